"""`trimtab lint`: known pitfalls in a space, a script or a study, in the manner of lint (Johnson 1978).

Nothing is printed where nothing is found, and the exit code is then 0.
"""

import importlib.util
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import numpy as np

from trimtab.analysis.pitfall import WARNING, Finding, leak, of_space, of_splits, over_budget
from trimtab.analysis.pitfall_study import of_history
from trimtab.cli import exit_code
from trimtab.cli.load import load_mapping, space_in
from trimtab.cli.place import JSON, STUDY, open_study
from trimtab.cli.table import print_json, safe
from trimtab.errors import InvalidArgument
from trimtab.space.parse import space_of
from trimtab.space.space import Space
from trimtab.study.study import Study

_TEXT = (".yaml", ".yml", ".json")
_TESTED = ("val", "valid", "validation", "test")


@click.command()
@click.argument("target")
@STUDY
@click.option("--minutes-per-fit", type=float, metavar="M", help="What one model fit takes.")
@click.option("--folds", type=click.IntRange(min=1), default=1, help="Fits for each trial.")
@click.option("--hours", type=float, metavar="H", help="The time there is.")
@click.option("--notes", is_flag=True, help="Print what is worth knowing but no fault, too.")
@JSON
@click.pass_context
def lint(
    ctx: click.Context,
    target: str,
    study: str | None,
    minutes_per_fit: float | None,
    folds: int,
    hours: float | None,
    notes: bool,
    as_json: bool,
) -> None:
    """Known pitfalls in TARGET: a script, a YAML file with a space, or a storage with a STUDY.

    A script (.py) is imported: put what it runs behind `if __name__ == "__main__":`. Its spaces, studies,
    splits, and pairs of data such as x_train and x_test are looked at. With --minutes-per-fit and --hours,
    whether the whole grid or the n_trials of a YAML file can be done in time.

    Exit code 1 if there is a warning. With --json: a list of objects.
    """
    if (minutes_per_fit is None) != (hours is None):
        ctx.fail("--minutes-per-fit and --hours belong together.")
    found = _findings(target, study)
    if minutes_per_fit is not None and hours is not None:
        found += over_budget(_n_trials(target) * folds, minutes_per_fit, hours)
    shown = [f for f in found if notes or f.severity == WARNING]
    if as_json:
        print_json([asdict(f) for f in shown])
    else:
        for finding in shown:
            click.echo(safe(str(finding)))
    if any(f.severity == WARNING for f in found):
        ctx.exit(exit_code.ERROR)


def _findings(target: str, study: str | None) -> list[Finding]:
    suffix = Path(target).suffix.lower()
    if suffix in _TEXT:
        return of_space(space_in(target))
    if suffix == ".py":
        return list(dict.fromkeys(_in_script(_imported(target))))
    return of_history(open_study(target, study).history)


def _n_trials(target: str) -> float:
    """How many trials a plan has: `n_trials` of a YAML file, else all configurations of its space."""
    if Path(target).suffix.lower() not in _TEXT:
        raise InvalidArgument(f"{target}: --hours needs a YAML file, with a space and n_trials")
    n_trials = load_mapping(target).get("n_trials")
    if n_trials is None:
        n_trials = space_in(target).size
    if not isinstance(n_trials, int | float) or not 0 < n_trials < float("inf"):
        raise InvalidArgument(f"{target}: the space is continuous; say how many n_trials there are")
    return float(n_trials)


def _imported(path: str) -> Mapping[str, Any]:
    """What a script defines at its top level."""
    file = Path(path).resolve()
    if not file.is_file():
        raise InvalidArgument(f"{path}: no such file")
    spec = importlib.util.spec_from_file_location(f"_linted_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise InvalidArgument(f"{path}: cannot be imported as Python")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(file.parent))
    return vars(module)


def _in_script(names: Mapping[str, Any]) -> Iterator[Finding]:
    for name, value in names.items():
        if isinstance(value, Space):
            yield from of_space(value)
        elif isinstance(value, Mapping) and name.lower().endswith("space"):
            yield from of_space(space_of(value))
        elif isinstance(value, Study):
            yield from of_history(value.history)
        elif _are_splits(value):
            yield from of_splits(name, value)
        elif name.lower().endswith("_train"):
            for ending in _TESTED:
                for other in (name[:-5] + ending, name[:-5] + ending.upper()):
                    if other in names:
                        yield from leak(f"{name} and {other}", value, names[other])


def _are_splits(value: Any) -> bool:
    """Whether this is a list of pairs of arrays of whole numbers."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(pair, tuple)
            and len(pair) == 2
            and all(
                isinstance(p, np.ndarray) and p.ndim == 1 and np.issubdtype(p.dtype, np.integer)
                for p in pair
            )
            for pair in value
        )
    )
