"""Successive halving as search classes (Karnin, Koren & Somekh 2013): see `ladder` for the method."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.model_selection import ParameterGrid, ParameterSampler

from trimtab.integration.sklearn.ladder import Halving
from trimtab.integration.sklearn.private import Interval, StrOptions


class HalvingGridSearchCV(Halving):
    """Successive halving over every combination; the signature and results are scikit-learn's.

    factor: every rung keeps 1/factor of the candidates, and gives them factor times the resource.
    resource: "n_samples", or a parameter of the estimator that takes whole numbers above 0.
    max_resources: the most that a candidate may use; "auto": all samples.
    min_resources: what every candidate starts with; "smallest": a few samples of each class and fold;
        "exhaust": so much that the last rung uses all there is.
    aggressive_elimination: repeat the first rung until few enough candidates are left.
    The other parameters are those of `GridSearchCV`.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **Halving._parameter_constraints,
        "param_grid": [dict, list],
    }

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        factor: float = 3,
        resource: str = "n_samples",
        max_resources: int | str = "auto",
        min_resources: int | str = "exhaust",
        aggressive_elimination: bool = False,
        cv: Any = 5,
        scoring: Any = None,
        refit: Any = True,
        error_score: Any = np.nan,
        return_train_score: bool = True,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.param_grid = param_grid
        self.factor = factor
        self.resource = resource
        self.max_resources = max_resources
        self.min_resources = min_resources
        self.aggressive_elimination = aggressive_elimination
        self.cv = cv
        self.scoring = scoring
        self.refit = refit
        self.error_score = error_score
        self.return_train_score = return_train_score
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _candidates(self) -> Sequence[dict[str, Any]]:
        return ParameterGrid(self.param_grid)


class HalvingRandomSearchCV(Halving):
    """Successive halving over drawn candidates; the signature and results are scikit-learn's.

    n_candidates: how many start; "exhaust": so many that the last rung uses all the resources.
    The other parameters are those of `HalvingGridSearchCV` and `RandomizedSearchCV`.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **Halving._parameter_constraints,
        "param_distributions": [dict, list],
        "n_candidates": [
            Interval(Integral, 0, None, closed="neither"),
            StrOptions({"exhaust"}),
        ],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_candidates: int | str = "exhaust",
        factor: float = 3,
        resource: str = "n_samples",
        max_resources: int | str = "auto",
        min_resources: int | str = "smallest",
        aggressive_elimination: bool = False,
        cv: Any = 5,
        scoring: Any = None,
        refit: Any = True,
        error_score: Any = np.nan,
        return_train_score: bool = True,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.param_distributions = param_distributions
        self.n_candidates = n_candidates
        self.factor = factor
        self.resource = resource
        self.max_resources = max_resources
        self.min_resources = min_resources
        self.aggressive_elimination = aggressive_elimination
        self.cv = cv
        self.scoring = scoring
        self.refit = refit
        self.error_score = error_score
        self.return_train_score = return_train_score
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _check(self, x: Any, y: Any, cv: Any, split_params: Any) -> None:
        if self.min_resources == self.n_candidates == "exhaust":
            raise ValueError("n_candidates and min_resources cannot be both set to 'exhaust'.")
        super()._check(x, y, cv, split_params)

    def _candidates(self) -> Sequence[dict[str, Any]]:
        n: Any = self.n_candidates
        if n == "exhaust":
            n = self.max_resources_ // self.min_resources_
        return ParameterSampler(self.param_distributions, n, random_state=self.random_state)
