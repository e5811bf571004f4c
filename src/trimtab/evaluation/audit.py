"""Audits: which rungs say anything about the end, judged by trials that went on whatever they had measured.

Falkner, Klein & Hutter (2018), BOHB, ICML, section 4, for the correlation of budgets as what makes or breaks
methods that trust low ones. Only trials that were not chosen by rank tell it without bias: those that were
promoted are alike at the rung that they were chosen at (Thorndike 1949, restriction of range).
"""

import numpy as np

from trimtab.evaluation.paired import mean_ranks
from trimtab.evaluation.rung import Rung
from trimtab.typing import Array

_LEAST = 4  # audited trials that a verdict needs


def is_telling(rung: Rung, top: Rung, n: int, least: float) -> bool:
    """Whether the first `n` trials of a study are ranked alike at a rung and at a higher one.

    `least`: Spearman's correlation that counts as alike. True, where fewer than four have come to both.
    """
    both = [i for i in range(n) if i in rung and i in top]
    if len(both) < _LEAST:
        return True
    first, last = (np.array([r.place(i) for i in both], float) for r in (rung, top))
    return spearman(first, last) >= least


def spearman(a: Array, b: Array) -> float:
    """The correlation of ranks of n pairs, ties at their mean rank; 0 where one side is constant."""
    x, y = mean_ranks(a), mean_ranks(b)
    x, y = x - x.mean(), y - y.mean()
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size > 0 else 0.0
