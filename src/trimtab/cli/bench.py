"""`trimtab bench`: samplers on functions with known optima; the regret of each trial as CSV.

Regret after every trial, not only at the end, is what theory bounds (Srinivas et al. 2010) and what anytime
curves show (Hansen et al. 2021).
"""

import csv
import io
from pathlib import Path

import click
import numpy as np

from trimtab.bench.axis import by_cost, common_grid
from trimtab.bench.curve import TASKS
from trimtab.bench.function import names
from trimtab.bench.method import Method, Ours
from trimtab.bench.puzzle import FunctionPuzzle
from trimtab.bench.regret import incumbents, standing
from trimtab.bench.runner import Run, read, run_once
from trimtab.bench.track import run_track, track
from trimtab.cli.table import print_table
from trimtab.evaluation.interval import mean_interval
from trimtab.evaluation.paired import mean_ranks
from trimtab.sampler.registry import sampler_of
from trimtab.viz.comparison import comparison_page


@click.command()
@click.option(
    "--method", "-m", "methods", multiple=True, default=("auto",), help="A sampler; repeatable."
)
@click.option("--methods", "listed", help="Several at once: random,tpe,gp.")
@click.option(
    "--function", "-f", "--f", "functions", multiple=True, default=("branin",), help="Repeatable."
)
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
@click.option(
    "--runs", type=click.Path(exists=True, dir_okay=False), help="Runs on record (JSONL)."
)
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False), help="A .csv file, or .html for a page."
)
def bench(
    methods: tuple[str, ...],
    listed: str | None,
    functions: tuple[str, ...],
    dim: int,
    noise: float,
    seeds: int,
    n_trials: int,
    table: bool,
    axis: str,
    runs: str | None,
    output: str | None,
) -> None:
    """Run samplers on functions with known optima; CSV of the regret after every trial.

    Columns: method, problem, seed, trial (from 1), value, simple_regret, cumulative_regret. With --axis cost:
    problem, cost and a column of mean regrets for each method, at the same costs. -f crossing and other
    tasks of learning curves take methods such as random+hyperband; there a step costs 1, and -n counts
    whole evaluations. --runs takes runs that were written down before in place of running any.
    """
    if listed is not None:
        methods = tuple(name.strip() for name in listed.split(","))
    if axis == "cost" or runs is not None:
        _emit(_by_cost(_paid(methods, functions, dim, noise, seeds, n_trials, runs)), output)
        return
    specs = {name: _KNOWN.get(name.lower(), name) for name in methods}
    for spec in specs.values():
        sampler_of(spec)  # an unknown name is refused before anything runs
    made: list[Method] = [Ours(name, spec) for name, spec in specs.items()]
    puzzles = [FunctionPuzzle(name, dim, noise) for name in functions]
    done = [run_once(m, p, seed, n_trials) for p in puzzles for m in made for seed in range(seeds)]
    for run in done:
        if run.error:
            click.echo(f"{run.method} on {run.problem}, seed {run.seed}: {run.error}", err=True)
    if output and output.endswith(".html"):
        found = standing(done, {p.name: p.level() for p in puzzles}, n_trials)
        Path(output).write_text(
            comparison_page(found, "Samplers on functions", {}), encoding="utf-8"
        )
        return
    if table:
        rows = [row for p in puzzles for row in _finals(done, p.name, float(p.task.least or 0.0))]
        print_table(("problem", "method", "seeds", "regret", "low", "high", "mean rank"), rows)
        return
    _emit(_as_csv(done, {p.name: float(p.task.least or 0.0) for p in puzzles}), output)


def _emit(text: str, output: str | None) -> None:
    if output:
        Path(output).write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)


def _paid(
    methods: tuple[str, ...], functions: tuple[str, ...], dim: int, noise: float, seeds: int,
    n_trials: int, record: str | None,
) -> list[tuple[float, list[Run]]]:  # fmt: skip
    """For each problem its least value, and runs that know what they cost."""
    if record is not None:
        known = read(Path(record))
        return [
            (0.0, [r for r in known if r.problem == p]) for p in sorted({r.problem for r in known})
        ]
    found: list[tuple[float, list[Run]]] = []
    for name in functions:
        if name in TASKS:
            task = track(name)
            runs = [run_track(m, task, s, n_trials) for m in methods for s in range(seeds)]
            found.append((float(task.least or 0.0), runs))
            continue
        puzzle = FunctionPuzzle(name, dim, noise)
        made = [Ours(m, _KNOWN.get(m.lower(), m)) for m in methods]
        runs = [run_once(m, puzzle, s, n_trials) for m in made for s in range(seeds)]
        found.append((float(puzzle.task.least or 0.0), runs))
    return found


def _by_cost(found: list[tuple[float, list[Run]]]) -> str:
    """CSV: at the same costs, each method's mean regret over seeds; empty before it has one."""
    methods = list(dict.fromkeys(run.method for _, runs in found for run in runs))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("problem", "cost", *methods))
    for least, runs in found:
        grid = common_grid(runs)
        curves = by_cost(runs, grid, least)
        for i, cost in enumerate(grid.tolist()):
            cells = [curves[m][i] if m in curves else np.nan for m in methods]
            shown = ["" if np.isnan(cell) else repr(float(cell)) for cell in cells]
            writer.writerow((runs[0].problem, repr(cost), *shown))
    return out.getvalue()


def _finals(runs: list[Run], problem: str, least: float) -> list[tuple[object, ...]]:
    """For each method: its mean final regret over seeds with Student's interval, and its mean rank."""
    good = [run for run in runs if run.problem == problem and not run.error]
    methods = list(dict.fromkeys(run.method for run in good))
    final = {(run.method, run.seed): float(incumbents(run)[-1]) - least for run in good}
    seeds = [s for s in {run.seed for run in good} if all((m, s) in final for m in methods)]
    ranks = [mean_ranks(np.array([final[m, s] for m in methods])) for s in seeds]
    rows: list[tuple[object, ...]] = []
    for i, method in enumerate(methods):
        mine = [value for (name, _), value in final.items() if name == method]
        mean = float(np.mean(mine))
        ends = mean_interval(mine) if len(mine) > 1 else None
        low, high = (None, None) if ends is None else (ends.low, ends.high)
        rank = float(np.mean([row[i] for row in ranks])) if ranks else None
        rows.append((problem, method, len(mine), mean, low, high, rank))
    return rows


def _as_csv(runs: list[Run], least: dict[str, float]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    heads = ("method", "problem", "seed", "trial", "value", "simple_regret", "cumulative_regret")
    writer.writerow(heads)
    for run in runs:
        if run.error:
            continue
        simple = incumbents(run) - least[run.problem]
        total = np.cumsum(np.array(run.truths) - least[run.problem])
        for i, value in enumerate(run.values):
            regrets = (repr(float(simple[i])), repr(float(total[i])))
            writer.writerow((run.method, run.problem, run.seed, i + 1, repr(value), *regrets))
    return out.getvalue()


_KNOWN = {  # what papers call them
    "gp-ucb": {"name": "GP", "acquisition": "lcb"},
    "gp-ei": {"name": "GP", "acquisition": "log_ei"},
}
bench.epilog = (
    "Functions: "
    + ", ".join(name for name in names() if not name.startswith(("zdt", "dtlz")))
    + ". Learning curves: "
    + ", ".join(TASKS)
)
