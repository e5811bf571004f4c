"""Hyperband, asynchronous: each new trial begins at the first rung of one of several brackets.

Li et al. (2018), Hyperband, JMLR 18, for the brackets; Li et al. (2020), ASHA, MLSys, section 3.3, for
promotion within each; Klein, Tiao, Lienart, Archambeau & Seeger (2020), Model-based Asynchronous
Hyperparameter and Neural Architecture Search, arXiv:2003.10865, for brackets that are drawn trial by
trial. Bracket s has the rungs from the s-th on, and gets its share of the trials in proportion to K / ((K
- s) r_s), with K rungs at budgets r.
The shares are kept by a sequence over the trials' numbers; see `evaluation/async_bracket.py`.
"""

from dataclasses import dataclass

from trimtab.core.fidelity import range_of, rungs_of
from trimtab.core.history import History
from trimtab.design.check import check_count
from trimtab.design.setting import check_number
from trimtab.evaluation.async_bracket import AsyncBrackets, InAsyncBrackets, even_shares


@dataclass(frozen=True)
class AsyncHyperband(InAsyncBrackets[AsyncBrackets]):
    """Promotion in brackets that begin at different budgets; with several objectives, by dominance."""

    min_budget: int | None = None  # r; None: the least of the study's fidelity, or 1
    max_budget: int | None = None  # R; None: the most of the study's fidelity
    eta: float = 3  # reduction factor, above 1
    n_brackets: int | None = None  # the first so many; None: all K of them, 1 is PromotingASHA

    def __post_init__(self) -> None:
        for name in ("min_budget", "max_budget", "n_brackets"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        check_number("eta", self.eta, 1, float("inf"))

    def shares(self, levels: tuple[int, ...]) -> tuple[float, ...]:
        """The part of all trials that each bracket gets."""
        return even_shares(levels, self.n_brackets)

    def opened(self, history: History) -> AsyncBrackets:
        """See `InAsyncBrackets`."""
        low, high = range_of(history.fidelity, self.min_budget, self.max_budget, "AsyncHyperband")
        levels = rungs_of(history.fidelity, low, high, self.eta)
        return AsyncBrackets(levels, self.shares(levels), len(history.directions), self.eta)
