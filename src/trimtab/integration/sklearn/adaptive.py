"""`SearchCV`: any sampler behind scikit-learn's search interface, on one durable study.

Trials are candidates, steps are folds, the value is the mean test score, maximized; sequential
model-based search as in Bergstra et al. (2011). With a storage, a search that is killed goes on where it
was: the table of results is made from the journal.
"""

import warnings
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import sklearn

from trimtab.core.fidelity import Fidelity
from trimtab.core.protocols import Promoter, Scheduler
from trimtab.core.trial import Record
from trimtab.errors import InvalidArgument, NothingYet, ResultError, TooManyFailures
from trimtab.integration.sklearn.candidates import Candidates
from trimtab.integration.sklearn.fits import Fits, report_failures
from trimtab.integration.sklearn.private import Interval, Silent, n_jobs_of
from trimtab.integration.sklearn.resume import check_same_search
from trimtab.integration.sklearn.search import Found, Search
from trimtab.integration.sklearn.trialfit import ENDED_EARLY, CandidateFits, raw_fits
from trimtab.plugin import require
from trimtab.sampler.registry import sampler_of
from trimtab.scheduler.registry import scheduler_of
from trimtab.study.create import create_study
from trimtab.study.study import Study

DEFAULT_SAMPLER = "Auto"
DEFAULT_TRIALS = 50  # where neither a count, nor a timeout, nor a finite design ends the search
_STUDY = "search"


class SearchCV(Search):
    """Search parameters with any sampler, by cross-validation.

    space: a dict of lists, ranges and distributions, a `Space`, or a list of dicts, of which one is chosen.
    sampler: a sampler or its name ("random", "grid", "gp", "tpe", ...); None is "auto". `method` is the
        same under another name.
    n_trials: candidates in all, those of earlier runs of the study included; None: all of a finite
        design, as many as the timeout allows, else 50. `n_iter` is the same under scikit-learn's name.
    timeout, trial_timeout: seconds for the search, and for one candidate on all splits.
    memory_limit: bytes for the process of one candidate. With any of these limits, or n_jobs > 1,
        candidates run in processes of their own.
    scheduler: one, or its name; may end a candidate after any split (step i is the mean of the first i),
        or pause it ("hyperband", "halving", "promoting_asha") and let the better ones go on.
    constraints: formulas such as "max_leaf_nodes <= max_depth * 4", or callables, that must hold.
    storage, study_name: keep the study; a search with the same names, data and splits goes on with it.
    n_jobs: candidates at once; an adaptive sampler then learns in the order in which they end.
    random_state: an int makes the candidates reproducible.
    callbacks: called as callback(study, trial) after every candidate; study.stop() ends the search.
    The other parameters are those of `GridSearchCV`; verbose=1 shows progress.

    After `fit` there are `study_` (not kept by pickle), and all that `GridSearchCV` has. Ctrl-C ends the
    search, keeps what there is and refits the best.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **{k: v for k, v in Search._parameter_constraints.items() if k != "pre_dispatch"},
        "n_trials": [Interval(Integral, 1, None, closed="left"), None],
        "n_iter": [Interval(Integral, 1, None, closed="left"), None],
        "timeout": [Interval(Real, 0, None, closed="neither"), None],
        "trial_timeout": [Interval(Real, 0, None, closed="neither"), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any,
        space: Any,
        *,
        sampler: Any = None,
        method: Any = None,
        n_trials: int | None = None,
        n_iter: int | None = None,
        timeout: float | None = None,
        trial_timeout: float | None = None,
        memory_limit: int | None = None,
        scheduler: Scheduler | str | None = None,
        constraints: Any = (),
        storage: Any = None,
        study_name: str | None = None,
        callbacks: Sequence[Callable[[Any, Record], Any]] = (),
        executor: Any = "auto",
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        random_state: Any = None,
        verbose: int = 0,
        error_score: Any = np.nan,
        return_train_score: bool = False,
    ) -> None:
        self.estimator = estimator
        self.space = space
        self.sampler = sampler
        self.method = method
        self.n_trials = n_trials
        self.n_iter = n_iter
        self.timeout = timeout
        self.trial_timeout = trial_timeout
        self.memory_limit = memory_limit
        self.scheduler = scheduler
        self.constraints = constraints
        self.storage = storage
        self.study_name = study_name
        self.callbacks = callbacks
        self.executor = executor
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.refit = refit
        self.cv = cv
        self.random_state = random_state
        self.verbose = verbose
        self.error_score = error_score
        self.return_train_score = return_train_score

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        state.pop("study_", None)  # it holds locks and open files
        return state

    def table(self) -> Any:
        """`cv_results_` as a pandas DataFrame, a row for each candidate.

        Raises:
            MissingExtra: pandas is not installed.
        """
        return require("pandas", "pandas", "SearchCV.table").DataFrame(self.cv_results_)

    def _search(self, fits: Fits, context: Any) -> Found:
        sampler = sampler_of(
            _one_of("sampler", self.sampler, "method", self.method) or DEFAULT_SAMPLER
        )
        n_trials = self._count(sampler)
        candidates = Candidates.of(self.space, self.constraints, self.estimator)
        scheduler = scheduler_of(self.scheduler)
        is_promoter = isinstance(scheduler, Promoter)
        fidelity = Fidelity("split", 1, self.n_splits_) if is_promoter else None
        study = self.study_ = create_study(
            candidates.space,
            direction="maximize",
            sampler=sampler,
            scheduler=scheduler,
            fidelity=fidelity,
            storage=self.storage,
            study_name=self.study_name or (None if self.storage is None else _STUDY),
            load_if_exists=self.storage is not None,
            seed=self._seed(),
        )
        if self.storage is not None:
            check_same_search(study, fits, self.estimator, self.scoring)
        search = context.subcontext(
            task_name="search",
            max_subtasks=None if n_trials is None else n_trials * self.n_splits_,
            sequential_subtasks=False,
        ).call_on_fit_task_begin(estimator=self)
        metric = self.refit if isinstance(self.refit, str) else None
        self._run(study, fits, candidates, metric, n_trials, search)
        search.call_on_fit_task_end(estimator=self)
        return self._found(study, candidates)

    def _run(
        self,
        study: Study,
        fits: Fits,
        candidates: Candidates,
        metric: str | None,
        n_trials: int | None,
        search: Any,
    ) -> None:
        n_jobs = n_jobs_of(self.n_jobs)
        limits = (self.timeout, self.trial_timeout, self.memory_limit)
        is_here = (
            n_jobs == 1 and limits == (None, None, None) and self.executor in ("auto", "serial")
        )
        objective = CandidateFits(
            fits,
            candidates,
            metric,
            self.scheduler is not None,
            isinstance(scheduler_of(self.scheduler), Promoter),
            n_trials,
            search if is_here else Silent(),  # callbacks of scikit-learn stay in this process
            sklearn.get_config(),
        )
        options: dict[str, Any] = {
            "timeout": self.timeout,
            "trial_timeout": self.trial_timeout,
            "memory_limit": self.memory_limit,
            "callbacks": self.callbacks,
            "n_jobs": n_jobs,
            "executor": self.executor,
            "progress": "auto" if self.verbose else False,
            # Without numbers for failed fits the first failure ends the search, but no missing score does.
            "catch": (ResultError,) if self.error_score == "raise" else (Exception,),
        }
        try:
            if n_trials is None:
                study.optimize(objective, **options)
            else:
                study.run(objective, int(n_trials), **options)
        except TooManyFailures:
            report_failures(self._found(study, candidates).out, self.error_score)
            raise
        except KeyboardInterrupt:
            if not study.history.n_finished:
                raise
            warnings.warn(
                f"interrupted after {study.history.n_finished} candidates; going on with the best of them",
                stacklevel=5,
            )

    def _found(self, study: Study, candidates: Candidates) -> Found:
        records = [r for r in study.trials if r.state.is_finished or r.state in ENDED_EARLY]
        if not records:
            raise NothingYet(
                f"timeout={self.timeout}: no candidate was finished in that time; give more of it"
            )
        if all(record.state in ENDED_EARLY for record in records):
            raise NothingYet(
                f"scheduler={self.scheduler!r} ended or paused all {len(records)} candidates before the last "
                f"of {self.n_splits_} splits, so there is no best one; give more n_trials"
            )
        out = raw_fits(records, self.n_splits_, self.error_score)
        self._has_pruned = any(record.state in ENDED_EARLY for record in records)
        return Found([candidates.params(record.config) for record in records], out)

    def _conclude(self, found: Found, metric: str) -> None:
        with warnings.catch_warnings():
            if self._has_pruned:  # that their scores are missing is meant
                warnings.filterwarnings("ignore", "One or more of the")
            super()._conclude(found, metric)

    def _count(self, sampler: Any) -> int | None:
        n = _one_of("n_trials", self.n_trials, "n_iter", self.n_iter)
        if n is None and self.timeout is None and not sampler.supports.is_finite:
            return DEFAULT_TRIALS
        return n

    def _seed(self) -> int | None:
        if self.random_state is None:
            return None
        return _drawn_seed(self.random_state)


def _one_of(name: str, value: Any, alias: str, other: Any) -> Any:
    if value is not None and other is not None:
        raise InvalidArgument(f"{name}={value!r} and {alias}={other!r} mean the same; give one")
    return value if other is None else other


def _drawn_seed(random_state: Any) -> int:
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(sklearn.utils.check_random_state(random_state).randint(np.iinfo(np.int32).max))
