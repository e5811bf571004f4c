"""A stopping rule learned from past learning curves: stop what no winner has ever looked like.

Domhan, Springenberg & Hutter (2015), Speeding up Automatic Hyperparameter Optimization of Deep Neural
Networks by Extrapolation of Learning Curves, IJCAI, for ending what will not win; the limits are one-sided
normal tolerance limits (Hahn & Meeker 1991, Statistical Intervals, section 4.6): at each step, with
confidence 1 - risk, at least `coverage` of all winners would be better. Few past winners make wide limits,
and so a careful rule.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from trimtab.core.history import History
from trimtab.core.protocols import Decision
from trimtab.errors import InvalidArgument
from trimtab.typing import Array


@dataclass(frozen=True)
class Learned:
    """Stop a trial whose report at a step is beyond the limit there; first objective. See `learned`."""

    limits: tuple[tuple[int, float], ...]  # (step, value) with ascending steps
    direction: str = "minimize"  # of the values: which side of a limit is worse

    def __post_init__(self) -> None:
        given = self.limits
        is_well = isinstance(given, list | tuple) and all(
            isinstance(p, list | tuple)
            and len(p) == 2
            and type(p[0]) is int
            and isinstance(p[1], int | float)
            for p in given
        )
        steps = [p[0] for p in given] if is_well else []
        if not steps or any(b <= a for a, b in pairwise(steps)):
            raise InvalidArgument(
                f"limits={given!r} must be pairs (step, value) with ascending steps; let "
                "trimtab.scheduler.learned.learned(curves) find them"
            )
        if self.direction not in ("minimize", "maximize"):
            raise InvalidArgument(f"direction={self.direction!r} must be 'minimize' or 'maximize'")
        object.__setattr__(self, "limits", tuple((s, float(v)) for s, v in given))

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: the latest report, where there is a limit at its step."""
        reports = history.reports(number)
        if not reports:
            return Decision.CONTINUE
        step = max(reports)
        limit = history.memo((self, "limits"), lambda: dict(self.limits)).get(step)
        value = reports[step][0]
        if limit is None:
            return Decision.CONTINUE
        sign = 1.0 if self.direction == "minimize" else -1.0
        return Decision.CONTINUE if sign * value <= sign * limit else Decision.STOP


def learned(
    curves: Sequence[Mapping[int, float]] | Array,
    *,
    direction: str = "minimize",
    winners: float = 0.2,
    coverage: float = 0.95,
    risk: float = 0.05,
) -> Learned:
    """A rule from past curves (n, T), with steps 1, ..., T, or mappings of steps to values.

    `winners`: the share with the best last values, from whom the limits are learned. There is a limit at each
    step that all winners have reported, but for the last one.

    Raises:
        InvalidArgument: fewer than three winners, or a share that is none.
    """
    for name, value in (("winners", winners), ("coverage", coverage), ("risk", risk)):
        if not 0 < value < 1:
            raise InvalidArgument(f"{name}={value!r} must lie between 0 and 1")
    sign = {"minimize": 1.0, "maximize": -1.0}.get(direction)
    if sign is None:
        raise InvalidArgument(f"direction={direction!r} must be 'minimize' or 'maximize'")
    rows = [dict(row) if isinstance(row, Mapping) else _numbered(row) for row in curves]
    rows = [row for row in rows if row and np.isfinite(list(row.values())).all()]
    rows.sort(key=lambda row: sign * row[max(row)])
    best = rows[: round(len(rows) * winners)]
    if len(best) < 3:
        raise InvalidArgument(
            f"{len(rows)} whole curves have {len(best)} winners; give three winners or more, by more "
            f"curves or a larger share than winners={winners}"
        )
    shared = sorted(set.intersection(*(set(row) for row in best)))[:-1]
    values = sign * np.array([[row[step] for step in shared] for row in best])
    factor = tolerance_factor(len(best), coverage, 1 - risk)
    limits = values.mean(axis=0) + factor * values.std(axis=0, ddof=1)
    return Learned(
        tuple((s, float(sign * v)) for s, v in zip(shared, limits.tolist(), strict=True)), direction
    )


def curves_of(trials: Iterable[Any]) -> list[dict[int, float]]:
    """The curves of all complete trials of a study, of the first objective."""
    return [
        {step: values[0] for step, values in trial.reports.items()}
        for trial in trials
        if trial.state == "complete" and trial.reports
    ]


def tolerance_factor(n: int, coverage: float, confidence: float) -> float:
    """k such that mean + k s of n normal values exceeds a share `coverage` of all, with that confidence."""
    from scipy import stats

    shift = float(stats.norm.ppf(coverage)) * math.sqrt(n)
    return float(stats.nct.ppf(confidence, n - 1, shift)) / math.sqrt(n)


def _numbered(row: Any) -> dict[int, float]:
    return {i + 1: float(v) for i, v in enumerate(np.asarray(row, np.float64).tolist())}
