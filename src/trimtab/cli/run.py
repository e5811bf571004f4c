"""`trimtab run` and `trimtab resume`: tune any program, or a Python function.

What stands behind `--` is the program, as in env(1) and the POSIX utility guidelines (2017); it is
started directly, never through a shell.
"""

from dataclasses import replace
from typing import Any

import click

from trimtab.cli.execute import execute, remembered
from trimtab.cli.place import STORAGE, STUDY, existing, options
from trimtab.cli.plan import Plan
from trimtab.study.create import find_study, load_study

_PROGRAM = "trimtab.program"

_HOW = options(
    click.option("--n-trials", type=click.IntRange(min=1), help="Trials the study has in the end."),
    click.option("--timeout", type=float, metavar="S", help="Seconds for this run."),
    click.option("--trial-timeout", type=float, metavar="S", help="Seconds for one trial."),
    click.option("--memory-limit", metavar="SIZE", help="For one trial, e.g. 2GB."),
    click.option("--gpus", type=float, metavar="G", help="For one trial; 0.5: two on each GPU."),
    click.option("--n-jobs", type=int, metavar="N", help="Trials at once; -1: one for each CPU."),
    click.option("--max-failures", type=click.IntRange(min=1), help="Give up after so many."),
    click.option("--progress", type=click.Choice(["auto", "panel", "plain", "json", "none"]),
                 help="How to show the run; json: one object a line on standard output."),
)  # fmt: skip


class WithProgram(click.Command):
    """A command that keeps what stands behind `--` apart from its own arguments."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """See `click.Command`."""
        if "--" in args:
            at = args.index("--")
            ctx.meta[_PROGRAM] = args[at + 1 :]
            args = args[:at]
        return super().parse_args(ctx, args)


@click.command(cls=WithProgram)
@click.argument("file", required=False, metavar="[TUNE.YAML] [-- PROGRAM ARGS...]")
@click.option("--minimize", metavar="METRIC", multiple=True, help="Smaller is better; repeatable.")
@click.option("--maximize", metavar="METRIC", multiple=True, help="Larger is better; repeatable.")
@_HOW
@click.option("--sampler", metavar="NAME", help="See `trimtab samplers`.")
@click.option("--scheduler", metavar="NAME", help="Ends losers early; see `trimtab schedulers`.")
@click.option("--fidelity", metavar="NAME=LOW..HIGH", help="What steps count, e.g. epoch=1..81.")
@click.option("--seed", type=int, help="Governs everything.")
@click.option("--storage", metavar="PATH", help="Default: trimtab.db")
@click.option("--study-name", metavar="NAME", help="Default: as the file or the program is called.")
@click.option("--metric-regex", metavar="NAME=REGEX", multiple=True,
              help="Find a metric in the output; repeatable.")  # fmt: skip
@click.option("--metric-file", metavar="PATH", help="Read the metrics from this JSON file.")
@click.pass_context
def run(ctx: click.Context, /, file: str | None, **given: Any) -> None:
    """Tune a program in any language, or a Python function.

    \b
    trimtab run --minimize loss --n-trials 50 -- python train.py --lr '{lr: 1e-5..1e-1 log}'
    trimtab run tune.yaml

    The program prints its result as a line of JSON, e.g. {"loss": 0.25}. With the same storage and
    name, another run completes the study to --n-trials trials.
    """
    values = {key: value for key, value in given.items() if value not in (None, ())}
    program = ctx.meta.get(_PROGRAM)
    if program:
        values["command"] = program
        if not (file or given["minimize"] or given["maximize"]):
            ctx.fail(
                "Missing option '--minimize METRIC' or '--maximize METRIC': what shall be optimized?"
            )
    elif file is None:
        ctx.fail("Nothing to run: give a YAML file, or a program behind '--'.")
    plan = Plan.of(values, "command line")
    ctx.exit(execute(plan.over(Plan.from_file(file)) if file is not None else plan))


@click.command()
@STORAGE
@STUDY
@_HOW
@click.pass_context
def resume(ctx: click.Context, /, storage: str, study: str | None, **given: Any) -> None:
    """Go on with STUDY, which `trimtab run` began, the only one in STORAGE unless named.

    The program, its parameters and limits are those of the last run, except where options say
    otherwise. Run it in the same folder.
    """
    journal = existing(storage)
    found = load_study(storage=journal, study_name=find_study(journal, study).name)
    values = {key: value for key, value in given.items() if value is not None}
    plan = Plan.of(values, "command line").over(remembered(found))
    ctx.exit(execute(replace(plan, storage=storage, study_name=found.name)))
