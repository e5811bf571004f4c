"""`trimtab bench`: samplers on functions with known optima; the regret of each trial as CSV.

Regret after every trial, not only at the end, is what theory bounds (Srinivas et al. 2010) and what anytime
curves show (Hansen et al. 2021).
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import click
import numpy as np
from click.core import ParameterSource

from trimtab.bench.axis import cost_rows, finals
from trimtab.bench.curve import TASKS
from trimtab.bench.function import names, task
from trimtab.bench.method import Ours
from trimtab.bench.puzzle import FunctionPuzzle, named
from trimtab.bench.regret import Level, incumbents, standing
from trimtab.bench.runner import Run, read, run_once
from trimtab.bench.theory import theory
from trimtab.bench.track import run_track, track
from trimtab.cli.table import print_table
from trimtab.sampler.registry import sampler_of
from trimtab.scheduler.registry import scheduler_of
from trimtab.typing import Array
from trimtab.viz.comparison import comparison_page


@click.command()
@click.option("--method", "-m", "methods", multiple=True, help="A sampler; repeatable. [auto]")
@click.option("--methods", "listed", help="Several at once: random,tpe,gp.")
@click.option("--function", "-f", "--f", "functions", multiple=True, help="Repeatable. [branin]")
@click.option(
    "--dim", type=click.IntRange(min=2), default=5, help="Dimensions, where they are open."
)
@click.option("--noise", type=click.FloatRange(min=0), default=0.0, help="Share of the spread.")
@click.option("--seeds", type=click.IntRange(min=1), default=1, help="Runs of each.")
@click.option("--n-trials", "-n", type=click.IntRange(min=1), default=50, help="Trials of a run.")
@click.option("--table", is_flag=True, help="Final regrets with 95 % intervals, and mean ranks.")
@click.option(
    "--axis", type=click.Choice(["trial", "cost"]), default="trial", help="What curves run along."
)
@click.option("--theory", "bounded", is_flag=True, help="A column: the bound on gp-ucb's regret.")
@click.option(
    "--runs", type=click.Path(exists=True, dir_okay=False), help="Runs on record (JSONL)."
)
@click.option(
    "--least", "least", multiple=True, metavar="PROBLEM=VALUE", help="Where it is not known."
)
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False),
    help="A .csv file, .jsonl for the runs, or .html for a page.",
)  # fmt: skip
@click.pass_context
def bench(
    context: click.Context,
    methods: tuple[str, ...],
    listed: str | None,
    functions: tuple[str, ...],
    dim: int,
    noise: float,
    seeds: int,
    n_trials: int,
    table: bool,
    axis: str,
    bounded: bool,
    runs: str | None,
    least: tuple[str, ...],
    output: str | None,
) -> None:
    """Run samplers on functions with known optima; CSV of the regret after every trial.

    Columns: method, problem, seed, trial (from 1), value, simple_regret, cumulative_regret. With --axis cost:
    problem, cost and a column of mean regrets for each method, at the same costs. -f crossing and other
    tasks of learning curves take methods such as random+hyperband; there a step costs 1, and -n counts
    whole evaluations. --runs takes runs that were written down before, by -o FILE.jsonl, in place of running
    any; -m and -f then choose among them. --table prints a table, and -o writes its file beside it.

    --theory adds cumulative_bound, what Srinivas et al. (2010), theorem 2, allow gp-ucb on a draw of a
    Matern-5/2 process as variable as the function.
    """
    suffix = Path(output).suffix if output else ""
    _refuse_mixtures(context, suffix)
    given = _given(least)
    if listed is not None:
        methods = tuple(name.strip() for name in listed.split(","))
    if runs is not None:
        done = _on_record(runs, methods, functions)
    else:
        puzzles = _puzzles(functions or ("branin",), dim, noise, axis)
        done = _made(methods or ("auto",), puzzles, seeds, n_trials)
    if suffix == ".jsonl":
        _write("".join(json.dumps(asdict(run)) + "\n" for run in done), output)
    good = _finished(done)
    if table:
        _print_finals(good, _floors(good, given), axis == "cost")
    if suffix == ".html":
        _write(_page(good), output)
    elif suffix != ".jsonl" and (output or not table):
        _write(_csv(good, _floors(good, given), axis, bounded), output)


def _write(text: str, output: str | None) -> None:
    if output:
        Path(output).write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)


def _finished(runs: Sequence[Run]) -> list[Run]:
    """Those with values; why the others have none is said."""
    for run in runs:
        if run.error:
            click.echo(f"{run.method} on {run.problem}, seed {run.seed}: {run.error}", err=True)
    good = [run for run in runs if not run.error and run.values]
    if not good:
        raise click.ClickException("no run has a value to compare")
    return good


def _given(least: Sequence[str]) -> dict[str, float]:
    """Least values by problem, as they were written."""
    found = {}
    for text in least:
        problem, _, value = text.rpartition("=")
        try:
            found[problem] = float(value)
        except ValueError as error:
            raise click.UsageError(f"--least {text!r}: write PROBLEM=NUMBER") from error
    return found


def _refuse_mixtures(context: click.Context, suffix: str) -> None:
    """What one option asks for and another cannot have."""
    asked = context.params
    if asked["axis"] == "cost" and (suffix == ".html" or asked["bounded"]):
        raise click.UsageError("a page and --theory go by trial; leave --axis cost out")
    if asked["bounded"] and (asked["table"] or suffix in (".html", ".jsonl")):
        raise click.UsageError(
            "--theory is a column of the CSV; leave --table, .html and .jsonl out"
        )
    if asked["runs"] is None:
        return
    for name, flag in _OF_RUNS.items():
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"{flag} is of the runs themselves; leave it out beside --runs")


def _on_record(path: str, methods: Sequence[str], functions: Sequence[str]) -> list[Run]:
    """The runs of a file, the last of each, of these methods and functions where there are any."""
    known = {run.key: run for run in read(Path(path))}
    found = []
    for run in known.values():
        is_wanted = {run.problem, named(run.problem).function} & set(functions) or not functions
        if is_wanted and (run.method in methods or not methods):
            found.append(run)
    return found


def _puzzles(
    functions: Sequence[str], dim: int, noise: float, axis: str
) -> list[FunctionPuzzle | str]:
    """The functions, and the tasks of learning curves by name."""
    if axis != "cost" and (tracks := [name for name in functions if name in TASKS]):
        raise click.UsageError(f"-f {tracks[0]}: learning curves go by cost; add --axis cost")
    return [name if name in TASKS else FunctionPuzzle(name, dim, noise) for name in functions]


def _made(
    methods: Sequence[str], puzzles: Sequence[FunctionPuzzle | str], seeds: int, n_trials: int
) -> list[Run]:
    """Every method on every puzzle; an unknown name is refused before anything runs."""
    for puzzle in puzzles:
        for name in methods:
            sampler, _, scheduler = (
                name.partition("+") if isinstance(puzzle, str) else (name, "", "")
            )
            sampler_of(_KNOWN.get(sampler.lower(), sampler))
            if scheduler:
                scheduler_of(scheduler)
    found = []
    for puzzle in puzzles:
        for name in methods:
            for seed in range(seeds):
                if isinstance(puzzle, str):
                    run = run_track(name, track(puzzle), seed, n_trials, known=_KNOWN)
                else:
                    ours = Ours(name, _KNOWN.get(name.lower(), name))
                    run = run_once(ours, puzzle, seed, n_trials)
                found.append(run)
    return found


def _floors(runs: Sequence[Run], given: Mapping[str, float]) -> dict[str, float]:
    """The least value of each problem: what regret is measured from."""
    found = {}
    for problem in dict.fromkeys(run.problem for run in runs):
        least = given.get(problem, named(problem).least)
        if least is None:
            raise click.UsageError(
                f"nobody knows the least value of problem {problem!r}, so there is no regret; "
                f"say it: --least {problem}=VALUE"
            )
        found[problem] = float(least)
    return found


def _print_finals(good: Sequence[Run], floors: Mapping[str, float], is_by_cost: bool) -> None:
    rows: list[Sequence[object]] = []
    for problem, least in floors.items():
        found, end = finals([r for r in good if r.problem == problem], least, is_by_cost)
        if end is not None:
            after = "cost" if is_by_cost else "trial"
            click.echo(f"{problem}: after {after} {end:g}, the last that all runs have", err=True)
        rows += [(problem, *row) for row in found]
    print_table(("problem", "method", "seeds", "regret", "low", "high", "mean rank"), rows)


def _csv(good: Sequence[Run], floors: Mapping[str, float], axis: str, bounded: bool) -> str:
    """The file of comma-separated values."""
    out = io.StringIO()
    rows = cost_rows(good, floors) if axis == "cost" else _trial_rows(good, floors, bounded)
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _page(good: Sequence[Run]) -> str:
    levels: dict[str, Level] = {}
    for problem in dict.fromkeys(run.problem for run in good):
        known = named(problem)
        if known.function not in names():
            raise click.UsageError(
                f"nobody knows what is typical of problem {problem!r}, which a page shows regret by; "
                "choose functions with -f, or ask for --table"
            )
        levels[problem] = FunctionPuzzle(known.function, known.d, known.noise).level()
    n_trials = min(len(run.values) for run in good)
    return comparison_page(standing(good, levels, n_trials), "Samplers on functions", {})


def _trial_rows(
    good: Sequence[Run], floors: Mapping[str, float], bounded: bool
) -> Iterator[Sequence[object]]:
    heads = ("method", "problem", "seed", "trial", "value", "simple_regret", "cumulative_regret")
    yield (*heads, "cumulative_bound") if bounded else heads
    bounds = _bounds(good) if bounded else {}
    for run in good:
        simple = incumbents(run) - floors[run.problem]
        total = np.cumsum(np.array(run.truths) - floors[run.problem])
        bound = bounds.get(run.problem) if run.method.lower() == "gp-ucb" else None
        for i, value in enumerate(run.values):
            numbers = [repr(float(number)) for number in (value, simple[i], total[i])]
            if bounded:
                numbers.append("" if bound is None else repr(float(bound[i])))
            yield (run.method, run.problem, run.seed, i + 1, *numbers)


def _bounds(good: Sequence[Run]) -> dict[str, Array]:
    """What theory allows on each function."""
    found = {}
    for problem in dict.fromkeys(run.problem for run in good):
        known, n = named(problem), max(len(run.values) for run in good if run.problem == problem)
        if known.function in names():
            found[problem] = theory(task(known.function, known.d), n)
    return found


_OF_RUNS = {"dim": "--dim", "noise": "--noise", "seeds": "--seeds", "n_trials": "--n-trials"}
_KNOWN = {  # what papers call them
    "gp-ucb": {"name": "GP", "acquisition": "lcb", "kappa": "compact"},  # theorem 2
    "gp-lcb": {"name": "GP", "acquisition": "lcb"},
    "gp-ei": {"name": "GP", "acquisition": "log_ei"},
}
bench.epilog = (
    "Functions: "
    + ", ".join(name for name in names() if not name.startswith(("zdt", "dtlz")))
    + ". Learning curves: "
    + ", ".join(TASKS)
)
