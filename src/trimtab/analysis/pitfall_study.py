"""Known pitfalls of tuning, looked for in a study's history; see `pitfall` for the codes.

Overfitting of the validation score: Cawley & Talbot (2010), On Over-fitting in Model Selection; its size
by data fission (see `optimism`). Differences within the noise: Nadeau & Bengio (2003).
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from trimtab.analysis.edge import edges
from trimtab.analysis.pitfall import NOTE, Finding, of_space
from trimtab.core.history import COMPLETE, FAILED, History
from trimtab.errors import InvalidArgument
from trimtab.evaluation.evaluator import ERROR, SCORES, SPLITS
from trimtab.evaluation.locked import LOOKS
from trimtab.evaluation.optimism import corrected, fold_scores
from trimtab.evaluation.statistic import Comparison, student
from trimtab.space.columns import CATEGORICAL
from trimtab.typing import Array, Ints

_LATE = 0.2  # the last part of a run, in which it should not improve much any more
_ENOUGH = 10  # complete trials, below which there is little to say
_PER_PARAMETER = 5  # trials
_FAILURES = 0.2
_UNUSED = 0.4  # of a range, on its own scale
DETERMINISTIC = "deterministic"  # a study's attribute: True where the objective has no noise


def of_history(history: History, *, improving: float = 0.01) -> list[Finding]:
    """What is wrong with a study, its space included; the parts that need one objective need one.

    improving: how much better the best value may get in the last fifth of the trials, relative to it,
        before more trials are advised.
    """
    found = of_space(history.space)
    found += [f for rule in _ANY for f in rule(history)]
    if len(history.directions) == 1 and history.counts[COMPLETE]:
        found += still_improving(history, improving)
        found += [f for rule in _SINGLE for f in rule(history)]
    return found


def still_improving(history: History, threshold: float = 0.01) -> list[Finding]:
    """T201: the best value improved by more than `threshold`, relative, in the last fifth of the trials."""
    losses = history.losses()[np.array(history.order, np.int64), 0]
    losses = losses[np.isfinite(losses)]
    if len(losses) < _ENOUGH:
        return []
    best = np.minimum.accumulate(losses)
    before, after = float(best[math.ceil((1 - _LATE) * len(best)) - 1]), float(best[-1])
    scale = abs(before) if before else float(losses.std()) or 1.0
    gain = (before - after) / scale
    if gain <= threshold:
        return []
    evidence = (
        f"the best value improved by {gain:.1%} in the last {_LATE:.0%} of {len(best)} trials"
    )
    return [Finding("T201", "budget", evidence, "run more trials: the same call goes on")]


def few_trials(history: History) -> list[Finding]:
    """T203: too few trials for the number of parameters."""
    n, d = history.counts[COMPLETE], len(history.space.names)
    if n >= _PER_PARAMETER * d:
        return []
    remedy = f"run {_PER_PARAMETER * d} or more, or fix the parameters that matter least"
    return [Finding("T203", "budget", f"{n} complete trials for {d} parameters", remedy)]


def at_edge(history: History) -> list[Finding]:
    """T104: the best results lie at the end of a range."""
    return [
        Finding(
            "T104",
            edge.name,
            f"the best value, {edge.value:g}, lies at the {edge.side} end of its range, with "
            f"{edge.share:.0%} of the good trials",
            "widen the range there",
        )
        for edge in edges(history)
    ]


def never_tried(history: History) -> list[Finding]:
    """T105: choices that no trial has tried, or a large part of a range without any."""
    n, space = len(history), history.space
    if n < _ENOUGH:
        return []
    codes = history.codes()
    unit, found = space.to_unit(codes), []
    remedy = "take it out of the space, or run more trials"
    for j, name in enumerate(space.names):
        u = unit[~np.isnan(unit[:, j]), j]
        size = int(space.columns.n_values[j])
        if space.columns.kind[j] == CATEGORICAL and len(u) >= 10 * size:
            missing = sorted(set(range(size)) - set(codes[~np.isnan(codes[:, j]), j].astype(int)))
            if missing:
                names = ", ".join(map(repr, space.domains[name].values(np.array(missing, float))))
                found.append(Finding("T105", name, f"{len(u)} trials never tried {names}", remedy))
        elif size != 1 and len(u) >= 3 * _ENOUGH:
            width = np.diff(np.concatenate([[0.0], np.sort(u), [1.0]])).max()
            if width > _UNUSED:
                words = f"{width:.0%} of the range has not one of {len(u)} trials"
                found.append(Finding("T105", name, words, remedy))
    return found


def too_good(history: History) -> list[Finding]:
    """T301: the selected score owes more than its standard error to having been selected."""
    try:
        numbers, table = fold_scores(history)
    except InvalidArgument:
        return []  # different splits: T403 says so
    if len(numbers) < 2 or table.shape[1] < 2:
        return []
    is_greater = history.directions[0].sign < 0
    best = int(np.argmax(table.mean(axis=1) * (1 if is_greater else -1)))
    number = int(numbers[best])
    error = history.record(number).user_attrs.get(ERROR)
    if not isinstance(error, int | float):
        return []
    found = corrected(table, _share(error, table[best]), is_greater)
    if found.optimism <= error:
        return []
    return [
        Finding(
            "T301",
            f"trial {number}",
            f"its score, {found.naive:.4g}, is the best of {len(numbers)} and about {found.optimism:.2g} "
            f"too good (standard error {error:.2g}); corrected, it is {found.honest.value:.4g}",
            "report the corrected score, or that of nested_cv",
        )
    ]


def _share(error: float, scores: Array) -> float:
    """What `fold_corrected` takes n_test / (n_train + n_test) for, from the error that was noted."""
    variance, n = float(scores.var(ddof=1)), len(scores)
    ratio = error**2 / variance - 1 / n if variance > 0 else 0.0  # n_test / n_train; 0 for seeds
    return ratio / (1 + ratio) if ratio > 1e-9 else 1 / n


def gap_to_test(history: History) -> list[Finding]:
    """T302: the test score is worse than the selected one by more than two standard errors of that."""
    values = [look["value"] for look in _looks(history) if look.get("value") is not None]
    best = _best(history)
    error = history.record(best).user_attrs.get(ERROR)
    if not values or not isinstance(error, int | float):
        return []
    sign = history.directions[0].sign
    selected = history.record(best).value or 0.0
    gap = sign * (values[0] - selected)
    if gap <= 2 * error:
        return []
    evidence = (
        f"{values[0]:.4g} on the test set, {selected:.4g} in validation, a gap of {gap / error:.1f} "
        f"standard errors after {history.counts[COMPLETE]} looks at the validation data"
    )
    return [Finding("T302", f"trial {best}", evidence, "trust the test score; select by nested_cv")]


def reopened_test(history: History) -> list[Finding]:
    """T303: the test set was looked at more than once."""
    n = sum(look.get("value") is not None for look in _looks(history))
    if n < 2:
        return []
    remedy = "hold out new rows, or report the first score and the number of looks"
    return [Finding("T303", "test set", f"it was opened {n} times", remedy)]


def single_runs(history: History) -> list[Finding]:
    """T304: trials are compared by a single run each, so nobody knows the noise.

    Configurations that were run again tell: a warning where their values differ, nothing where all agree,
    for then the objective has no noise; a note where no configuration was.
    """
    if history.counts[COMPLETE] < _ENOUGH or SCORES in history.record(_best(history)).user_attrs:
        return []
    if history.attrs.get(DETERMINISTIC) is True:
        return []
    spreads = _repeat_spreads(history)
    remedy = "wrap the objective in Repeated or CrossValidated"
    evidence = f"{history.counts[COMPLETE]} trials are compared by one run each, of unknown error"
    if not len(spreads):
        remedy += f"; if it has no noise, say so: study.set_user_attr({DETERMINISTIC!r}, True)"
        return [Finding("T304", "scores", evidence, remedy, NOTE)]
    if not spreads.any():
        return []
    evidence += (
        f"; {len(spreads)} configurations that were run again differ by up to {spreads.max():.3g}"
    )
    return [Finding("T304", "scores", evidence, remedy)]


def _repeat_spreads(history: History) -> Array:
    """The range of the values of each configuration that was run to its end more than once."""
    numbers = history.numbers(COMPLETE)
    losses = history.losses()[numbers, 0]
    codes = np.nan_to_num(history.codes(numbers), nan=np.inf)
    _, which = np.unique(codes, axis=0, return_inverse=True)
    groups = [losses[which.ravel() == i] for i in np.flatnonzero(np.bincount(which.ravel()) > 1)]
    return np.array([np.ptp(group) for group in groups])


def near_ties(history: History) -> list[Finding]:
    """T305, a note: the best trial and the runner-up are within the noise."""
    losses = np.where(history.is_feasible(), history.losses()[:, 0], np.nan)
    order = np.argsort(losses, kind="stable")[: int(np.isfinite(losses).sum())]
    if len(order) < 2:
        return []
    first, second = (dict(history.record(int(i)).user_attrs) for i in order[:2])
    found = _compared(first, second)
    if found is None or found.is_clear:
        return []
    subject = f"trials {order[0]} and {order[1]}"
    evidence = f"they differ by {abs(found.mean):.2g}: {found.verdict}"
    return [Finding("T305", subject, evidence, "take the simpler or the cheaper one", NOTE)]


def _compared(first: Mapping[str, Any], second: Mapping[str, Any]) -> Comparison | None:
    """The paired t-test of two trials' scores, with the correction that their standard errors had."""
    a, b = (np.asarray(attrs.get(SCORES, []), float) for attrs in (first, second))
    error = first.get(ERROR)
    if a.shape != b.shape or len(a) < 2 or not isinstance(error, int | float):
        return None
    own = float(a.var(ddof=1))
    factor = error**2 / own if own > 0 else 1 / len(a)
    d = a - b
    return student(float(d.mean()), math.sqrt(factor * float(d.var(ddof=1))), len(d) - 1, 0.95)


def mixed_fidelities(history: History) -> list[Finding]:
    """T401: complete trials ended at different steps, so that their values are not comparable."""
    ends: dict[int, int] = {}
    for number in history.numbers(COMPLETE).tolist():
        steps = history.reports(number)
        if steps:
            ends[max(steps)] = ends.get(max(steps), 0) + 1
    if len(ends) < 2:
        return []
    words = ", ".join(f"{n} at step {step}" for step, n in sorted(ends.items())[:4])
    remedy = "compare trials of one budget, or let those that end early be pruned"
    return [Finding("T401", "scores", f"complete trials ended at different steps: {words}", remedy)]


def mixed_splits(history: History) -> list[Finding]:
    """T403: trials were scored on different splits."""
    keys = {
        history.record(n).user_attrs.get(SPLITS) for n in history.numbers(COMPLETE).tolist()
    } - {None}
    if len(keys) < 2:
        return []
    evidence = f"trials were scored on {len(keys)} different sets of splits"
    return [Finding("T403", "scores", evidence, "draw the splits once, with a fixed seed")]


def failures(history: History) -> list[Finding]:
    """T501: many trials failed."""
    n_failed, n = history.counts[FAILED], history.n_finished
    if n < _ENOUGH or n_failed < _FAILURES * n:
        return []
    remedy = "see `trimtab trials --state failed`; forbid what fails with a constraint"
    return [Finding("T501", "trials", f"{n_failed} of {n} trials failed", remedy)]


def _looks(history: History) -> list[Any]:
    found = history.attrs.get(LOOKS, [])
    return [look for look in found if isinstance(look, dict)] if isinstance(found, list) else []


def _best(history: History) -> int:
    losses = np.where(history.is_feasible(), history.losses()[:, 0], np.nan)
    filled: Ints = np.where(np.isnan(losses), np.inf, losses).argsort(kind="stable")
    return int(filled[0])


_ANY: tuple[Callable[[History], list[Finding]], ...] = (
    few_trials,
    never_tried,
    mixed_fidelities,
    mixed_splits,
    failures,
    reopened_test,
)
_SINGLE = (at_edge, too_good, gap_to_test, single_runs, near_ties)
