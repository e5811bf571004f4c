"""What a fitted search hands on to its best estimator: predict, transform, score and their kin.

A method is there where the estimator has it, before and after the fit (duck typing as in scikit-learn's
meta-estimators; Buitinck et al. 2013).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sklearn.exceptions import NotFittedError
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from trimtab.integration.sklearn.private import is_routing_enabled, raise_for_params


def needs_refit(search: Any, name: str) -> None:
    """Raises AttributeError where the search was told not to refit."""
    if not search.refit:
        raise AttributeError(
            f"This {type(search).__name__} instance was initialized with `refit=False`. {name} is "
            "available only after refitting on the best parameters. You can refit an estimator "
            "yourself with `best_params_`."
        )


def has(name: str) -> Callable[[Any], bool]:
    """Whether the best estimator, or before the fit the one given, has an attribute of that name."""

    def check(search: Any) -> bool:
        needs_refit(search, name)
        getattr(getattr(search, "best_estimator_", search.estimator), name)
        return True

    return check


def _delegated(name: str, what: str) -> Any:
    def method(self: Any, X: Any) -> Any:
        check_is_fitted(self)
        inner = self.best_estimator_
        try:
            return getattr(inner, name)(X)
        except ValueError as error:
            if "must use the same namespace" not in str(error):
                raise
            # X lies in another array library: name the method that the user called.
            text = re.sub(
                rf"{re.escape(type(inner).__name__)}\.\w+\(\)",
                f"{type(self).__name__}.{name}()",
                str(error),
            )
            raise ValueError(text) from None

    method.__name__ = name
    method.__doc__ = f"{what}, by the best estimator, for X (n_samples, n_features)."
    return available_if(has(name))(method)


class Delegate:
    """The methods that the best estimator answers; there only where it has them and `refit` is on."""

    refit: Any
    estimator: Any
    best_estimator_: Any
    scorer_: Any
    multimetric_: bool

    score_samples = _delegated("score_samples", "Scores of samples")
    predict = _delegated("predict", "Predictions")
    predict_proba = _delegated("predict_proba", "Class probabilities")
    predict_log_proba = _delegated("predict_log_proba", "Logarithms of class probabilities")
    decision_function = _delegated("decision_function", "Decision values")
    transform = _delegated("transform", "X transformed")
    inverse_transform = _delegated("inverse_transform", "X transformed back")

    def score(self, X: Any, y: Any = None, **params: Any) -> Any:
        """The score of the best estimator on this data, by the metric of the search.

        Raises:
            AttributeError: `refit=False`. NotFittedError: not fitted yet.
        """
        needs_refit(self, "score")
        check_is_fitted(self)
        raise_for_params(params, self, "score")
        routed = (
            process_routing(self, "score", **params).scorer["score"] if is_routing_enabled() else {}
        )
        scorer = self.scorer_
        if scorer is None:
            raise ValueError(
                f"scoring=None, and {self.best_estimator_} has no score method; give scoring=..."
            )
        if isinstance(scorer, Mapping) and self.multimetric_:
            scorer = scorer[self.refit]
        found = scorer(self.best_estimator_, X, y, **routed)
        return found[self.refit] if isinstance(found, Mapping) and self.multimetric_ else found

    @property
    def n_features_in_(self) -> int:
        """How many features were seen in the fit; there only after it."""
        try:
            check_is_fitted(self)
        except NotFittedError as error:
            raise AttributeError(
                f"{type(self).__name__} object has no n_features_in_ attribute."
            ) from error
        return self.best_estimator_.n_features_in_

    @property
    def classes_(self) -> Any:
        """The class labels (n_classes,); there only with `refit` and a classifier."""
        has("classes_")(self)
        return self.best_estimator_.classes_
