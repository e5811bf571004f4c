"""`trimtab recommend`: which method suits a space and a budget, and why, in one line for each phase.

The choice is that of the samplers `auto` and `autopromoted` (Rice 1976, The Algorithm Selection Problem).
"""

import click

from trimtab.cli.load import space_in
from trimtab.cli.place import JSON
from trimtab.cli.table import print_json
from trimtab.core.problem import Problem
from trimtab.space.domain import Categorical, Float
from trimtab.space.space import Space
from trimtab.study.estimate import planner, reached
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
@click.option("--n-jobs", "-j", type=click.IntRange(min=1), default=1, help="Evaluations at once.")
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

    With --json: an object with strategy, why, sampler and phases.
    """
    space = _space(file, params, dim, mixed)
    found = recommended(
        n_trials, space, eval_seconds=eval_seconds, n_jobs=n_jobs, is_noisy=noisy,
        n_objectives=objectives, promotes=promote,
    )  # fmt: skip
    auto = planner(n_trials, eval_seconds, n_jobs, promote)
    plan = reached(auto, Problem(space, objectives))
    if as_json:
        phases = [{"method": p.method, "from": p.start, "why": p.why} for p in plan]
        about = {"strategy": found.strategy, "why": found.why, "sampler": found.sampler}
        print_json({**about, "phases": phases})
        return
    counted = "observation" if promote else "trial"
    for phase in plan:
        click.echo(f"from {counted} {phase.start}: {phase.method}: {phase.why}")
    if noisy:
        click.echo("noise: trust trimtab.believed_best(study) rather than the luckiest trial")


def _space(file: str | None, params: tuple[str, ...], dim: int | None, mixed: bool) -> Space:
    given = [
        what for what, is_there in (("FILE", file), ("--param", params), ("--dim", dim)) if is_there
    ]
    if len(given) != 1:
        raise click.UsageError("give the space once: a FILE, --param NAME=DOMAIN, or --dim D")
    if file:
        return space_in(file)
    if params:
        pairs = [param.partition("=") for param in params]
        for name, is_named, _ in pairs:
            if not is_named:
                raise click.UsageError(
                    f"--param {name!r}: write NAME=DOMAIN, e.g. 'lr=1e-5..1e-1 log'"
                )
        return Space([(name.strip(), text.strip()) for name, _, text in pairs])
    domains: dict[str, Float | Categorical] = {f"x{i}": Float(0, 1) for i in range(dim or 1)}
    if mixed:
        domains["x0"] = Categorical(["a", "b"])
    return Space(domains)
