"""Hyper-Tune's brackets: asynchronous Hyperband that learns from which budget on results can be trusted.

Li, Shen, Jiang, Zhang, Li, Liu, Zhang & Cui (2022). Hyper-Tune: Towards Efficient Hyper-parameter Tuning
at Scale. VLDB, section 4.1. Bracket k, which begins at budget r_k, gets new trials in proportion to
theta_k / r_k; theta_k is how often a surrogate of budget k ranks the configurations of the highest budget
with six results or more best of all (`surrogate/precision.py`). Brackets above that one keep the shares of
AsyncHyperband, and so does everything until two budgets have six results.
NOTE: shares are learned anew whenever there are a fifth more results. A trial's bracket depends on what
had been reported when it was asked for, so it is the same after a restart.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from trimtab.core.fidelity import range_of, rungs_of
from trimtab.core.history import History
from trimtab.design.check import check_count
from trimtab.design.setting import check_number
from trimtab.evaluation.async_bracket import (
    AsyncBrackets,
    InAsyncBrackets,
    bracket_of,
    even_shares,
)
from trimtab.rng import stream
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.precision import precision
from trimtab.surrogate.threads import one_thread
from trimtab.typing import Array


@dataclass(frozen=True)
class HyperTune(InAsyncBrackets["LearnedBrackets"]):
    """Promotion in brackets whose shares of the trials are learned from how their budgets rank."""

    min_budget: int | None = None  # r; None: the least of the study's fidelity, or 1
    max_budget: int | None = None  # R; None: the most of the study's fidelity
    eta: float = 3  # reduction factor, above 1
    n_brackets: int | None = None  # the first so many; None: all K of them

    def __post_init__(self) -> None:
        for name in ("min_budget", "max_budget", "n_brackets"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        check_number("eta", self.eta, 1, float("inf"))

    def shares(self, history: History) -> tuple[float, ...]:
        """The part of the next trials that each bracket gets."""
        return self.brackets(history).shares(history, len(history.curves))

    def opened(self, history: History) -> "LearnedBrackets":
        """See `InAsyncBrackets`."""
        low, high = range_of(history.fidelity, self.min_budget, self.max_budget, "HyperTune")
        levels = rungs_of(history.fidelity, low, high, self.eta)
        shares = even_shares(levels, self.n_brackets)
        return LearnedBrackets(levels, shares, len(history.directions), self.eta)


class LearnedBrackets(AsyncBrackets):
    """Brackets whose shares follow the results that there were when a trial was asked for."""

    def __init__(
        self, levels: tuple[int, ...], shares: tuple[float, ...], m: int, eta: float
    ) -> None:
        super().__init__(levels, shares, m, eta)
        self._even, self._m = shares, m
        self._home: list[int] = []  # the bracket of each trial
        self._at: list[int] = []  # entries of the curves before each row's
        self._rows: list[tuple[int, int, float]] = []  # level, number, loss
        self._filled: dict[int, int] = {}  # levels that a trial has come to
        self._learned: dict[int, tuple[float, ...]] = {}
        self._n_read = 0

    def bracket(self, history: History, number: int) -> int:
        """See `AsyncBrackets`."""
        while len(self._home) < min(number + 1, len(history)):
            i = len(self._home)
            self._home.append(self._bracket(history, i, history.n_before_asked[i]))
        if number < len(self._home):
            return self._home[number]
        return self._bracket(history, number, len(history.curves))

    def take(self, history: History, number: int, step: int, loss: Sequence[float]) -> None:
        """See `AsyncBrackets`; keeps the first result of each trial at each level."""
        super().take(history, number, step, loss)
        k = self._filled.get(number, 0)
        while self._m == 1 and k < len(self.levels) and self.levels[k] <= step:
            self._at.append(self._n_read)
            self._rows.append((k, number, loss[0] if math.isfinite(loss[0]) else math.inf))
            k += 1
        self._filled[number] = k
        self._n_read += 1

    def shares(self, history: History, position: int) -> tuple[float, ...]:
        """The part of the trials that each bracket gets, after so many entries of the curves."""
        n = _due(bisect_right(self._at, position - 1))
        if n not in self._learned:
            self._learned[n] = self._learn(history, n)
        return self._learned[n]

    def _bracket(self, history: History, number: int, position: int) -> int:
        return bracket_of(number, tuple(accumulate(self.shares(history, position))))

    @one_thread()
    def _learn(self, history: History, n: int) -> tuple[float, ...]:
        """Shares from the first n rows."""
        rows = self._rows[:n]
        counts = np.bincount([k for k, _, _ in rows], minlength=len(self.levels))
        enough = np.flatnonzero(counts >= _ENOUGH)
        top = int(enough[-1]) if len(enough) else 0
        head = [int(k) for k in enough if k < len(self._even)]
        if not top or len(head) < 2:
            return self._even
        data = [self._data(history, [row for row in rows if row[0] == k]) for k in enough]
        theta = precision(embedding_of(history.space), data, stream(n))
        weight = np.zeros(len(self._even))
        for k, trust in zip(enough.tolist(), theta, strict=True):
            if k < len(weight):
                weight[k] = trust / self.levels[k]
        return learned_shares(self._even, weight, head[-1])

    @staticmethod
    def _data(history: History, rows: list[tuple[int, int, float]]) -> tuple[Array, Array]:
        rows = rows[-_MOST:]
        numbers = np.array([number for _, number, _ in rows], np.int64)
        x = history.space.to_unit(history.codes(numbers))
        return x, np.array([loss for _, _, loss in rows])


def learned_shares(even: tuple[float, ...], weight: Array, top: int) -> tuple[float, ...]:
    """Shares in which brackets 0..top divide what they had by their weights (K,); the others keep theirs."""
    head = sum(even[: top + 1])
    total = float(weight[: top + 1].sum())
    if total <= 0:
        return even
    return (*(head * float(w) / total for w in weight[: top + 1]), *even[top + 1 :])


def _due(n: int) -> int:
    """The largest of 1, 2, 3, ..., each a fifth more than the one before, that is at most n."""
    if n < 1:
        return 0
    found = 1
    while (after := max(found + 1, math.ceil(1.2 * found))) <= n:
        found = after
    return found


_ENOUGH = 6  # results at a budget
_MOST = 100  # results that a surrogate is fitted to: the latest
