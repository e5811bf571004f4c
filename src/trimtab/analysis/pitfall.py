"""Known pitfalls of tuning, looked for in a space: each with a code, the evidence, and the remedy.

A list of them is in Bischl et al. (2023), Hyperparameter Optimization: Foundations, Algorithms, Best
Practices and Open Challenges. Those of a study that has run are in `pitfall_study`.

T1xx the space, T2xx the budget, T3xx what a score means, T4xx what is compared with what, T5xx failures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

WARNING, NOTE = "warning", "note"
_WIDE = 1000.0  # times the low end: three orders of magnitude


@dataclass(frozen=True)
class Finding:
    """One pitfall: `code`, what it is about, what shows it, and what to do. A note is no fault."""

    code: str
    subject: str
    evidence: str
    remedy: str
    severity: str = WARNING

    def __str__(self) -> str:
        return f"{self.code} {self.subject}: {self.evidence}; {self.remedy}"


def of_space(space: Space) -> list[Finding]:
    """What is wrong with a space before anything runs."""
    found = []
    for name, domain in space.domains.items():
        if isinstance(domain, Float | Int) and _is_wide_and_linear(domain):
            share = 100 * (1 - (domain.high / 10 - domain.low) / (domain.high - domain.low))
            found.append(
                Finding(
                    "T101",
                    name,
                    f"{domain.text()} is linear over {domain.high / domain.low:.3g}-fold values: "
                    f"{share:.0f} % of draws lie in the topmost tenfold",
                    "use log=True",
                )
            )
        if domain.n_values == 1 or (isinstance(domain, Float) and domain.low == domain.high):
            found.append(
                Finding(
                    "T102",
                    name,
                    f"{domain.text()} has a single value",
                    "widen it, or make it a constant of the objective",
                )
            )
        if isinstance(domain, Categorical) and _is_ordered(domain.choices):
            found.append(
                Finding(
                    "T103",
                    name,
                    f"{domain.text()} lists numbers, whose order samplers cannot see",
                    "use Ordinal([...]), or Int or Float with a step",
                )
            )
    return found


def _is_wide_and_linear(domain: Float | Int) -> bool:
    is_plain = not domain.log and domain.prior is None
    return is_plain and domain.low > 0 and domain.high >= _WIDE * domain.low


def _is_ordered(choices: Sequence[Any]) -> bool:
    is_number = all(isinstance(c, int | float) and not isinstance(c, bool) for c in choices)
    return len(choices) > 3 and is_number


def over_budget(n_fits: float, minutes_per_fit: float, hours: float) -> list[Finding]:
    """Whether a plan of so many model fits takes longer than there is time, one after the other.

    Raises:
        InvalidArgument: a number that is not above 0.
    """
    if not (n_fits > 0 and minutes_per_fit > 0 and hours > 0):
        raise InvalidArgument(
            f"n_fits={n_fits}, minutes_per_fit={minutes_per_fit} and hours={hours} must be above 0"
        )
    needed = n_fits * minutes_per_fit / 60
    if needed <= hours:
        return []
    n_fit = int(hours * 60 / minutes_per_fit)
    return [
        Finding(
            "T202",
            "plan",
            f"{n_fits:.0f} fits of {minutes_per_fit:g} min take {needed:.3g} h; there are {hours:g} h",
            f"plan {n_fit} fits, use {needed / hours:.0f} or more workers, or fewer folds",
        )
    ]


def leak(name: str, train: Any, test: Any) -> list[Finding]:
    """Whether training and test rows are the same: one object, shared memory, or shared row indices.

    train, test: two parts of the data, or two one-dimensional arrays of whole numbers, taken for indices.
    """
    evidence = ""
    if train is test:
        evidence = "the training and the test part are the same object"
    elif isinstance(train, np.ndarray) and isinstance(test, np.ndarray):
        if _are_indices(train) and _are_indices(test):
            n = len(np.intersect1d(train, test))
            evidence = f"{n} of {len(test)} test rows are training rows too" if n else ""
        elif np.shares_memory(train, test):
            evidence = "the training and the test part share rows in memory"
    if not evidence:
        return []
    remedy = "draw disjoint parts, e.g. with trimtab.evaluation.split.holdout"
    return [Finding("T402", name, evidence, remedy)]


def _are_indices(part: Any) -> bool:
    return part.ndim == 1 and np.issubdtype(part.dtype, np.integer)


def of_splits(name: str, splits: Sequence[tuple[Any, Any]]) -> list[Finding]:
    """The first pair (train, test) of row indices that shares rows, if one does."""
    for i, (train, test) in enumerate(splits):
        found = leak(f"{name}[{i}]", np.asarray(train), np.asarray(test))
        if found:
            return found
    return []
