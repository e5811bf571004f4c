"""`trimtab recommend`: which method suits a space and a budget, and why, in one line for each phase.

The choice is that of the samplers `auto` and `autopromoted` (Rice 1976, The Algorithm Selection Problem);
a budget alone is answered from the tuning guides.
"""

from dataclasses import asdict

import click

from trimtab.cli.load import space_in
from trimtab.cli.place import JSON
from trimtab.cli.table import print_json
from trimtab.space.space import Space
from trimtab.study.estimate import recommend as recommended


@click.command()
@click.argument("file", required=False)
@click.option(
    "--param", "-p", "params", multiple=True, metavar="NAME=DOMAIN", help="e.g. lr=1e-5..1 log"
)
@click.option("--dim", type=click.IntRange(min=1), metavar="D", help="Parameters, without a space.")
@click.option("--mixed", is_flag=True, help="With --dim: one of them is a choice.")
@click.option("--n-trials", "-n", type=click.IntRange(min=1), help="The budget.")
@click.option(
    "--eval-seconds", type=click.FloatRange(min=0), metavar="S", help="An evaluation takes."
)
@click.option(
    "--n-jobs", "--parallel", "-j", "n_jobs", type=click.IntRange(min=1), default=1,
    help="Evaluations at once.",
)  # fmt: skip
@click.option("--noisy", is_flag=True, help="The same configuration gives different values.")
@click.option("--promote", is_flag=True, help="A scheduler pauses trials and promotes the best.")
@click.option("--objectives", type=click.IntRange(min=1), default=1, help="How many.")
@JSON
def recommend(
    file: str | None,
    params: tuple[str, ...],
    dim: int | None,
    mixed: bool,
    n_trials: int | None,
    eval_seconds: float | None,
    n_jobs: int,
    noisy: bool,
    promote: bool,
    objectives: int,
    as_json: bool,
) -> None:
    """Which method suits the space in FILE (YAML), or of --param, or of --dim parameters, and why.

    -n alone is answered from the tuning guides; beside a space they are quoted. With --json: an object with
    strategy, why, sampler, phases, advice, conditions and notes.
    """
    space = _space(file, params, dim, n_trials)
    found = recommended(
        n_trials, space, dim=dim, mixed=mixed, eval_seconds=eval_seconds, n_jobs=n_jobs,
        is_noisy=noisy, n_objectives=objectives, promotes=promote,
    )  # fmt: skip
    if as_json:
        phases = [{"method": p.method, "from": p.start, "why": p.why} for p in found.phases]
        about = {"strategy": found.strategy, "why": found.why, "sampler": found.sampler}
        advice = None if found.advice is None else str(found.advice)
        conditions = [asdict(condition) for condition in found.conditions]
        more = {"advice": advice, "conditions": conditions, "notes": found.notes}
        print_json({**about, "phases": phases, **more})
        return
    counted = "observation" if promote else "trial"
    for phase in found.phases:
        click.echo(f"from {counted} {phase.start}: {phase.method}: {phase.why}")
    if not found.phases:
        click.echo(f"{found.strategy}: {found.why}")
    for remark in found.remarks:
        click.echo(remark)


def _space(
    file: str | None, params: tuple[str, ...], dim: int | None, n_trials: int | None
) -> Space | None:
    """The space of FILE or --param; None where there is --dim, or a budget alone."""
    n_given = sum(map(bool, (file, params, dim)))
    if n_given > 1:
        raise click.UsageError("give the space once: a FILE, --param NAME=DOMAIN, or --dim D")
    if not n_given and n_trials is None:
        raise click.UsageError(
            "give a budget, --n-trials N, or a space: a FILE, --param NAME=DOMAIN, or --dim D"
        )
    if file:
        return space_in(file)
    pairs = [param.partition("=") for param in params]
    for name, is_named, _ in pairs:
        if not is_named:
            raise click.UsageError(f"--param {name!r}: write NAME=DOMAIN, e.g. 'lr=1e-5..1e-1 log'")
    return Space([(name.strip(), text.strip()) for name, _, text in pairs]) if pairs else None
