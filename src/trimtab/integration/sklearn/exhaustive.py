"""Every candidate of a list, each on every split: grid search and random search.

Random search for hyperparameters: Bergstra & Bengio 2012. The candidates are those of scikit-learn's
`ParameterGrid` and `ParameterSampler`, so that the same `random_state` tries the same ones.
"""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.utils.parallel import Parallel

from trimtab.integration.sklearn.fits import Fits
from trimtab.integration.sklearn.private import Interval
from trimtab.integration.sklearn.search import Found, Search


class _Exhaustive(Search):
    n_jobs: int | None
    pre_dispatch: int | str

    def _candidates(self) -> Sequence[dict[str, Any]]:
        raise NotImplementedError(f"{type(self).__name__} does not list its candidates")

    def _search(self, fits: Fits, context: Any) -> Found:
        candidates = list(self._candidates())
        search = context.subcontext(
            task_name="search",
            max_subtasks=len(candidates) * self.n_splits_,
            sequential_subtasks=False,
        ).call_on_fit_task_begin(estimator=self)
        with Parallel(n_jobs=self.n_jobs, pre_dispatch=self.pre_dispatch) as parallel:
            out = fits.evaluate(candidates, parallel, search)
        search.call_on_fit_task_end(estimator=self)
        return Found(candidates, out)


class GridSearchCV(_Exhaustive):
    """Every combination of the listed values; the signature and results are scikit-learn's.

    param_grid: a dict of lists, or a list of such dicts, one for each sub-grid.
    scoring: a name, a scorer, a callable, or several as list, tuple or dict; None: the estimator's own.
    n_jobs: fits at once; None is 1, or what joblib's context says; -1 is one for each CPU.
    refit: True, the metric that decides, False, or a callable from `cv_results_` to the best row.
    cv: number of folds, a splitter, or (train, test) pairs; None is 5.
    error_score: the score of a fit that fails, or "raise".
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **Search._parameter_constraints,
        "param_grid": [dict, list],
    }

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        error_score: Any = np.nan,
        return_train_score: bool = False,
    ) -> None:
        self.estimator = estimator
        self.param_grid = param_grid
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.verbose = verbose
        self.pre_dispatch = pre_dispatch
        self.error_score = error_score
        self.return_train_score = return_train_score

    def _candidates(self) -> Sequence[dict[str, Any]]:
        return ParameterGrid(self.param_grid)


class RandomizedSearchCV(_Exhaustive):
    """`n_iter` candidates drawn from distributions; the signature and results are scikit-learn's.

    param_distributions: a dict of lists and `scipy.stats` distributions, or a list of such dicts, of
        which one is drawn first. With lists alone, no candidate is drawn twice.
    random_state: an int makes the candidates reproducible.
    The other parameters are those of `GridSearchCV`.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **Search._parameter_constraints,
        "param_distributions": [dict, list],
        "n_iter": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int = 10,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
    ) -> None:
        self.estimator = estimator
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.verbose = verbose
        self.pre_dispatch = pre_dispatch
        self.random_state = random_state
        self.error_score = error_score
        self.return_train_score = return_train_score

    def _candidates(self) -> Sequence[dict[str, Any]]:
        return ParameterSampler(
            self.param_distributions, self.n_iter, random_state=self.random_state
        )
