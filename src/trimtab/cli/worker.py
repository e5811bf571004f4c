"""`trimtab worker`: one of any number of processes that work on one study, on any number of hosts.

There is no driver: what a worker leaves behind, another one takes over (as in the bag of tasks of Linda,
Gelernter 1985). Start it from Slurm, Kubernetes or by hand, as often as you like.
"""

from dataclasses import replace
from typing import Any

import click

from trimtab.cli import exit_code
from trimtab.cli.execute import (
    conclude,
    function_named,
    objective_of,
    options_of,
    remembered,
    terminating,
)
from trimtab.cli.place import STORAGE, existing
from trimtab.cli.plan import Plan
from trimtab.errors import InvalidArgument
from trimtab.study.create import find_study, load_study
from trimtab.study.share import work
from trimtab.study.study import Study


@click.command()
@STORAGE
@click.argument("study")
@click.argument("objective", required=False, metavar="[MODULE:FUNCTION]")
@click.option(
    "--n-trials",
    type=click.IntRange(min=1),
    help="Trials the study has in the end, whoever runs them.",
)
@click.option("--timeout", type=float, metavar="S", help="Seconds for this worker.")
@click.option("--trial-timeout", type=float, metavar="S", help="Seconds for one trial.")
@click.option("--memory-limit", metavar="SIZE", help="For one trial, e.g. 2GB.")
@click.option("--gpus", type=float, metavar="G", help="For one trial; 0.5: two on each GPU.")
@click.option("--n-jobs", type=int, metavar="N", help="Trials at once; -1: one for each CPU.")
@click.option("--max-failures", type=click.IntRange(min=1), help="Give up after so many.")
@click.option(
    "--progress",
    type=click.Choice(["auto", "panel", "plain", "json", "none"]),
    help="How to show the run.",
)
@click.option("--dry-run", is_flag=True, help="Check that all is there, and run nothing.")
@click.pass_context
def worker(
    ctx: click.Context,
    /,
    storage: str,
    study: str,
    objective: str | None,
    dry_run: bool,
    **given: Any,
) -> None:
    """Work on STUDY in STORAGE until it has its trials, beside any number of other workers.

    \b
    trimtab worker postgresql://me@host/db study train:loss --n-trials 500
    trimtab worker study.db study

    MODULE:FUNCTION is the objective; without it, what `trimtab run` has begun the study with. The
    number of trials is shared: the study gets exactly so many, however many workers there are.
    """
    journal = existing(storage)
    found = load_study(storage=journal, study_name=find_study(journal, study).name)
    values = {key: value for key, value in given.items() if value is not None}
    plan = _plan(found, objective, Plan.of(values, "command line"))
    if plan.n_trials is None:
        raise InvalidArgument(
            "n_trials: nothing would end this study; give --n-trials, the same to every worker"
        )
    function = function_named(objective) if objective else objective_of(plan)[0]
    if dry_run:
        click.echo(
            f"study {found.name!r} has {len(found.trials)} of {plan.n_trials} trials", err=True
        )
        return
    with terminating():
        n = work(found, function, plan.n_trials, **options_of(plan))
    click.echo(f"this worker ran {n} trials", err=True)
    code = conclude(found, storage, plan.progress or "auto")
    ctx.exit(exit_code.DONE if code == exit_code.NOTHING and not n else code)


def _plan(study: Study, objective: str | None, given: Plan) -> Plan:
    if objective is None:
        return given.over(remembered(study))
    return replace(given, objective=objective)
