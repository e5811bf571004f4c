"""The fit of a search with cross-validation, from checked arguments to the refitted model.

The parts in order: scorers, metadata routed, splits fixed, candidates fitted (`_search`, which each class
of search defines), results made into one table, best candidate picked, model refitted on all data.
Reference for the behaviour: scikit-learn's developer documentation (2025) and its tests.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from inspect import signature
from numbers import Integral, Real
from typing import Any, ClassVar, Self
from warnings import warn

from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone, is_classifier
from sklearn.metrics import check_scoring, get_scorer_names
from sklearn.model_selection import check_cv
from sklearn.utils import Bunch, get_tags, indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing

from trimtab.integration.sklearn.delegate import Delegate
from trimtab.integration.sklearn.fits import (
    Fits,
    checked_params,
    fill_failed_scores,
    report_failures,
)
from trimtab.integration.sklearn.keep import Kept
from trimtab.integration.sklearn.private import (
    CallbackSupport,
    HasMethods,
    MultimetricScorer,
    StrOptions,
    check_multimetric_scoring,
    is_routing_enabled,
    parallel_block,
    root_context,
    validated,
)
from trimtab.integration.sklearn.results import cv_results


@dataclass(frozen=True)
class Found:
    """What the fits of a search came to; `out` is candidate by candidate, split by split."""

    params: Sequence[Mapping[str, Any]]
    out: Sequence[Any]
    more: Mapping[str, Sequence[Any]] = field(default_factory=dict)  # further columns of the table
    is_reported: bool = False  # failures have been told already


class Search(
    Delegate,
    Kept,
    MetaEstimatorMixin,  # type: ignore[misc]  # scikit-learn has no types
    CallbackSupport,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """A meta-estimator that searches parameters; each kind of search says how in `_search`."""

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "estimator": [HasMethods(["fit"])],
        "scoring": [StrOptions(set(get_scorer_names())), callable, list, tuple, dict, None],
        "n_jobs": [Integral, None],
        "refit": ["boolean", str, callable],
        "cv": ["cv_object"],
        "verbose": ["verbose"],
        "pre_dispatch": [Integral, str],
        "error_score": [StrOptions({"raise"}), Real],
        "return_train_score": ["boolean"],
    }
    scoring: Any
    cv: Any
    error_score: Any
    return_train_score: bool
    verbose: int

    def _search(self, fits: Fits, context: Any) -> Found:
        raise NotImplementedError(f"{type(self).__name__} does not say how it searches")

    def _check(self, x: Any, y: Any, cv: Any, split_params: Mapping[str, Any]) -> None:
        """Look at the data before any fit; for searches that need more than the usual checks."""

    @validated
    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Search the parameters, and refit the best on all of the data.

        X (n_samples, n_features), y (n_samples,) or None. `params` go to the estimator's fit, the scorer
        and the splitter; of arrays with n_samples rows every fold gets its own.

        Raises:
            ValueError: bad arguments, or every fit failed.
        """
        scorer, metric = self._scorer()
        X, y = indexable(X, y)
        params = checked_params(X, params)
        routed = self._routed(params)
        weights = params.get("sample_weight")
        told = {"estimator": self, "X": X, "y": y}
        told["metadata"] = None if weights is None else {"sample_weight": weights}
        root = root_context(self, 1 + (self.refit is not False)).call_on_fit_task_begin(**told)
        fits = Fits(
            estimator=clone(self.estimator),
            x=X,
            y=y,
            splits=self._splits(X, y, routed.splitter.split),
            scorer=scorer,
            fit_params=routed.estimator.fit,
            score_params=routed.scorer.score,
            return_train_score=self.return_train_score,
            error_score=self.error_score,
            verbose=self.verbose,
            caller=self,
        )
        found = self._search(fits, root)
        self._conclude(found, metric)
        if self.refit:
            self._refit(fits, root, told)
        self.scorer_ = scorer._scorers if isinstance(scorer, MultimetricScorer) else scorer
        root.call_on_fit_task_end(**told)
        return self

    def _splits(self, x: Any, y: Any, split_params: Mapping[str, Any]) -> list[tuple[Any, Any]]:
        """The splits of this search, fixed."""
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        self._check(x, y, cv, split_params)
        self.n_splits_ = cv.get_n_splits(x, y, **split_params)
        splits = list(cv.split(x, y, **split_params))
        if len(splits) != self.n_splits_:
            raise ValueError(
                "cv.split and cv.get_n_splits return inconsistent results. "
                f"Expected {self.n_splits_} splits, got {len(splits)}"
            )
        self._split_sizes = tuple(sum(len(split[i]) for split in splits) for i in (0, 1))
        return splits

    def _conclude(self, found: Found, metric: str) -> None:
        """The table of results, and the best candidate."""
        if not found.is_reported:
            report_failures(found.out, self.error_score)
        if callable(self.scoring):
            fill_failed_scores(found.out, self.error_score)
        results = cv_results(
            found.params, self.n_splits_, found.out, found.more, self.return_train_score
        )
        first = found.out[0]["test_scores"]
        self.multimetric_ = isinstance(first, Mapping)
        if callable(self.scoring) and self.multimetric_:
            self._check_refit(first)  # only now is it known which metrics there are
            metric = self.refit
        if self.refit or not self.multimetric_:
            self.best_index_ = self._select_best_index(self.refit, metric, results)
            if not callable(self.refit):
                self.best_score_ = results[f"mean_test_{metric}"][self.best_index_]
            self.best_params_ = results["params"][self.best_index_]
        self.cv_results_ = results

    @staticmethod
    def _select_best_index(refit: Any, refit_metric: str, results: Mapping[str, Any]) -> Any:
        """The row of the best candidate; named as in scikit-learn, whose tests call it."""
        if not callable(refit):
            return results[f"rank_test_{refit_metric}"].argmin()
        index = refit(results)
        if not isinstance(index, Integral):
            raise TypeError(f"best_index_ returned is not an integer: refit gave {index!r}")
        if not 0 <= int(index) < len(results["params"]):
            raise IndexError(f"best_index_ index out of range: refit gave {index!r}")
        return index

    def _refit(self, fits: Fits, root: Any, told: Mapping[str, Any]) -> None:
        # Parameters may be estimators themselves, which must not be fitted twice over: hence the clone.
        best = clone(fits.estimator).set_params(**clone(self.best_params_, safe=False))
        self.best_estimator_ = best
        context = root.subcontext(task_name="refit-with-best-params")
        with context.propagate_callback_context(best):
            context.call_on_fit_task_begin(**told)
            begun = time.time()
            best.fit(fits.x, *(() if fits.y is None else (fits.y,)), **fits.fit_params)
            self.refit_time_ = time.time() - begun
        if hasattr(best, "feature_names_in_"):
            self.feature_names_in_ = best.feature_names_in_
        context.call_on_fit_task_end(**told)

    # -- scorers and metadata ---------------------------------------------------------------------

    def _scorer(self) -> tuple[Any, str]:
        """The scorer, and the metric that decides."""
        if callable(self.scoring):
            return self.scoring, "score"
        if self.scoring is None or isinstance(self.scoring, str):
            return check_scoring(self.estimator, self.scoring), "score"
        scorers = check_multimetric_scoring(self.estimator, self.scoring)
        self._check_refit(scorers)
        raises = self.error_score == "raise"
        return MultimetricScorer(scorers=scorers, raise_exc=raises), self.refit

    def _check_refit(self, scores: Mapping[str, Any]) -> None:
        is_metric = isinstance(self.refit, str) and self.refit in scores
        if self.refit is not False and not is_metric and not callable(self.refit):
            raise ValueError(
                "For multi-metric scoring, the parameter refit must be set to a scorer key or a "
                "callable to refit an estimator with the best parameter setting on the whole data. "
                f"refit={self.refit!r} was passed; the keys are {sorted(scores)}; refit=False does "
                "without."
            )

    def _routed(self, params: Mapping[str, Any]) -> Any:
        """Who gets which of the parameters of `fit`: estimator.fit, scorer.score, splitter.split."""
        if is_routing_enabled():
            return process_routing(self, "fit", **params)
        own = dict(params)
        groups = own.pop("groups", None)
        weights = own.get("sample_weight")
        score = {}
        if weights is not None and self._scorer_takes_weights():
            score = {"sample_weight": weights}
        return Bunch(
            estimator=Bunch(fit=own),
            splitter=Bunch(split={"groups": groups}),
            scorer=Bunch(score=score),
        )

    def _scorer_takes_weights(self) -> bool:
        """Whether any scorer takes sample weights; warns of each that does not."""
        scorer, _ = self._scorer()
        named = scorer._scorers if isinstance(scorer, MultimetricScorer) else {"": scorer}
        takes = {name: _takes_weights(one) for name, one in named.items()}
        for name in (name for name, does in takes.items() if not does):
            shown = f"{name}={named[name]}" if name else str(named[name])
            warn(
                f"The scoring {shown} does not support sample_weight, which may lead to statistically "
                f"incorrect results when fitting {self} with sample_weight. ",
                stacklevel=4,
            )
        return any(takes.values())

    def get_metadata_routing(self) -> MetadataRouter:
        """Which of our methods hands metadata to which method of estimator, scorer and splitter."""
        scorer, _ = self._scorer()
        to = MethodMapping
        return (
            MetadataRouter(owner=self)
            .add(estimator=self.estimator, method_mapping=to().add(caller="fit", callee="fit"))
            .add(
                scorer=scorer,
                method_mapping=to()
                .add(caller="score", callee="score")
                .add(caller="fit", callee="score"),
            )
            .add(splitter=self.cv, method_mapping=to().add(caller="fit", callee="split"))
        )

    # -- how scikit-learn sees a search -----------------------------------------------------------

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.estimator_type = inner.estimator_type
        tags.classifier_tags = deepcopy(inner.classifier_tags)
        tags.regressor_tags = deepcopy(inner.regressor_tags)
        tags.input_tags.pairwise = inner.input_tags.pairwise
        tags.input_tags.sparse = inner.input_tags.sparse
        tags.array_api_support = inner.array_api_support
        return tags

    def _sk_visual_block_(self) -> Any:
        name = "best_estimator_" if hasattr(self, "best_estimator_") else "estimator"
        return parallel_block(name, getattr(self, name))


def _takes_weights(scorer: Callable[..., Any]) -> bool:
    accepts = getattr(scorer, "_accept_sample_weight", None)  # scikit-learn's own scorers
    return bool(accepts()) if accepts else "sample_weight" in signature(scorer).parameters
