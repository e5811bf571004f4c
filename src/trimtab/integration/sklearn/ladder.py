"""Successive halving: many candidates on little, the best few on more (Karnin, Koren & Somekh 2013;
Jamieson & Talwalkar 2016). Rung i gives factor**i times the smallest resource to the best 1/factor**i
of the candidates; the resource is the number of samples, or a parameter of the estimator.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import is_classifier
from sklearn.metrics import get_scorer_names
from sklearn.utils import resample
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.parallel import Parallel
from sklearn.utils.validation import validate_data

from trimtab.integration.sklearn.fits import Fits, report_failures
from trimtab.integration.sklearn.private import Interval, StrOptions, n_samples_of
from trimtab.integration.sklearn.results import mean_scores
from trimtab.integration.sklearn.search import Found, Search
from trimtab.typing import Array, Ints

_LEAST_PER_FOLD = 2  # samples of a class, for the smallest rung


@dataclass(frozen=True)
class Ladder:
    """The rungs of one halving, from how many candidates there are and what they may use."""

    n_candidates: int
    smallest: int
    largest: int
    factor: float
    is_aggressive: bool

    @property
    def n_required(self) -> int:
        """Rungs until fewer than `factor` candidates are left."""
        return 1 + floor(log(self.n_candidates, self.factor))

    @property
    def n_possible(self) -> int:
        """Rungs that the resources allow."""
        return 1 + floor(log(self.largest // self.smallest, self.factor))

    @property
    def n_rungs(self) -> int:
        """Rungs to climb; an aggressive ladder repeats the lowest as often as it takes."""
        return self.n_required if self.is_aggressive else min(self.n_possible, self.n_required)

    def resource(self, rung: int) -> int:
        """What every candidate gets at a rung."""
        power = rung
        if self.is_aggressive:
            power = max(0, rung - self.n_required + self.n_possible)
        return min(int(self.factor**power * self.smallest), self.largest)


def best_of(scores: Array, k: int) -> Ints:
    """Indices of the k highest scores (n,), ascending by score; NaN counts as the worst."""
    ascending = np.roll(np.argsort(scores), np.count_nonzero(np.isnan(scores)))
    return ascending[-k:]


def subsampled(
    splits: Sequence[tuple[Any, Any]], share: float, random_state: Any
) -> list[tuple[Any, Any]]:
    """A share of the rows of either side of every split, drawn without replacement."""

    def drawn(rows: Any) -> Any:
        n = int(share * len(rows))
        return resample(rows, replace=False, random_state=random_state, n_samples=n)

    return [(drawn(train), drawn(test)) for train, test in splits]


class Halving(Search):
    """A search on rungs; each kind says in `_candidates` which ones start at the lowest."""

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **{k: v for k, v in Search._parameter_constraints.items() if k != "pre_dispatch"},
        "scoring": [StrOptions(set(get_scorer_names())), callable, None],
        "random_state": ["random_state"],
        "max_resources": [Interval(Integral, 0, None, closed="neither"), StrOptions({"auto"})],
        "min_resources": [
            Interval(Integral, 0, None, closed="neither"),
            StrOptions({"exhaust", "smallest"}),
        ],
        "resource": [str],
        "factor": [Interval(Real, 0, None, closed="neither")],
        "aggressive_elimination": ["boolean"],
    }
    n_jobs: int | None
    random_state: Any
    max_resources: Any
    min_resources: Any
    resource: str
    factor: float
    aggressive_elimination: bool

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Search the parameters, and refit the best of the last rung on all of the data.

        X (n_samples, n_features), y (n_samples,) or None. `params` go to the estimator's fit, the scorer
        and the splitter.

        Raises:
            ValueError: bad arguments, too few resources, or every fit of a rung failed.
        """
        super().fit(X, y, **params)
        self.best_score_ = self.cv_results_["mean_test_score"][self.best_index_]
        return self

    def _candidates(self) -> Sequence[dict[str, Any]]:
        raise NotImplementedError(f"{type(self).__name__} does not list its candidates")

    def _check(self, x: Any, y: Any, cv: Any, split_params: Mapping[str, Any]) -> None:
        if not _is_constant(cv):
            raise ValueError(
                "The cv parameter must yield consistent folds across calls to split(). "
                "Set its random_state to an int, or set shuffle=False."
            )
        if self.resource != "n_samples" and self.resource not in self.estimator.get_params():
            raise ValueError(
                f"Cannot use resource={self.resource} which is not supported by estimator "
                f"{type(self.estimator).__name__}"
            )
        self._n_samples = n_samples_of(x)
        self.min_resources_ = self.min_resources
        if self.min_resources in ("smallest", "exhaust"):
            n_splits = cv.get_n_splits(x, y, **split_params)
            self.min_resources_ = self._least(y, n_splits) if self.resource == "n_samples" else 1
        self.max_resources_ = self.max_resources
        if self.max_resources == "auto":
            if self.resource != "n_samples":
                raise ValueError("resource can only be 'n_samples' when max_resources='auto'")
            self.max_resources_ = self._n_samples
        if self.min_resources_ > self.max_resources_:
            raise ValueError(
                f"min_resources_={self.min_resources_} is greater than "
                f"max_resources_={self.max_resources_}."
            )
        if self.min_resources_ == 0:
            raise ValueError("min_resources_=0: you might have passed an empty dataset X.")

    def _least(self, y: Any, n_splits: int) -> int:
        """Samples that give every fold a few of every class."""
        least = n_splits * _LEAST_PER_FOLD
        if is_classifier(self.estimator):
            y = validate_data(self, X="no_validation", y=y)
            check_classification_targets(y)
            least *= len(np.unique(y))
        return least

    def _search(self, fits: Fits, context: Any) -> Found:
        candidates = list(self._candidates())
        ladder = self._ladder(candidates)
        search = context.subcontext(
            task_name="search", max_subtasks=ladder.n_rungs
        ).call_on_fit_task_begin(estimator=self)
        self.n_resources_, self.n_candidates_ = [], []
        params: list[Mapping[str, Any]] = []
        out: list[Any] = []
        more: dict[str, list[int]] = {"iter": [], "n_resources": []}
        with Parallel(n_jobs=self.n_jobs) as parallel:
            for rung in range(ladder.n_rungs):
                n, resource = len(candidates), ladder.resource(rung)
                self.n_candidates_.append(n)
                self.n_resources_.append(resource)
                if self.verbose:
                    print(f"----------\niter: {rung}\nn_candidates: {n}\nn_resources: {resource}")
                inner = search.subcontext(
                    task_name="halving-iteration",
                    max_subtasks=n * self.n_splits_,
                    sequential_subtasks=False,
                ).call_on_fit_task_begin(estimator=self)
                candidates, raw = self._climb(fits, candidates, resource, parallel, inner)
                params += candidates
                out += raw
                more["iter"] += [rung] * n
                more["n_resources"] += [resource] * n
                kept = best_of(mean_scores(raw, self.n_splits_), ceil(n / self.factor))
                candidates = [candidates[i] for i in kept]
                inner.call_on_fit_task_end(estimator=self)
        self.n_remaining_candidates_ = len(candidates)
        search.call_on_fit_task_end(estimator=self)
        return Found(params, out, more, is_reported=True)

    def _climb(
        self, fits: Fits, candidates: list[Any], resource: int, parallel: Any, context: Any
    ) -> tuple[list[Any], list[Any]]:
        """One rung: the candidates as they were fitted, and the raw outputs."""
        if self.resource == "n_samples":
            share = resource / self._n_samples
            fits = fits.with_splits(subsampled(fits.splits, share, self.random_state))
        else:
            candidates = [{**params, self.resource: resource} for params in candidates]
        raw = fits.evaluate(candidates, parallel, context)
        report_failures(raw, self.error_score)  # a rung on which nothing works ends the search
        return candidates, raw

    def _ladder(self, candidates: Sequence[Mapping[str, Any]]) -> Ladder:
        if self.resource != "n_samples" and any(self.resource in c for c in candidates):
            raise ValueError(
                f"Cannot use parameter {self.resource} as the resource since it is part of the "
                "searched parameters."
            )
        n, largest = len(candidates), self.max_resources_
        ladder = Ladder(n, self.min_resources_, largest, self.factor, self.aggressive_elimination)
        if self.min_resources == "exhaust":  # so much that the last rung uses all there is
            start = largest // self.factor ** (ladder.n_required - 1)
            self.min_resources_ = max(self.min_resources_, start)
            ladder = Ladder(
                n, self.min_resources_, largest, self.factor, self.aggressive_elimination
            )
        self.n_required_iterations_ = ladder.n_required
        self.n_possible_iterations_ = ladder.n_possible
        self.n_iterations_ = ladder.n_rungs
        if self.verbose:
            for name in ("n_iterations_", "n_required_iterations_", "n_possible_iterations_"):
                print(f"{name.rstrip('_')}: {getattr(self, name)}")
            print(f"min_resources_: {self.min_resources_}\nmax_resources_: {largest}")
            print(f"aggressive_elimination: {self.aggressive_elimination}\nfactor: {self.factor}")
        return ladder

    @staticmethod
    def _select_best_index(refit: Any, refit_metric: str, results: Mapping[str, Any]) -> Any:
        """The best row of the last rung; scores of lower rungs rest on less."""
        last = np.flatnonzero(results["iter"] == np.max(results["iter"]))
        scores = results["mean_test_score"][last]
        return last[0 if np.isnan(scores).all() else np.nanargmax(scores)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.array_api_support = False
        return tags


def _is_constant(cv: Any) -> bool:
    """Whether a splitter gives the same splits each time; one that says nothing does, if it is fixed."""
    is_seeded = isinstance(getattr(cv, "random_state", 0), Integral)
    return is_seeded or not getattr(cv, "shuffle", True)
