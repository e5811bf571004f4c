"""SearchCV: as good as scikit-learn's own where they do the same, and what only a study can do."""

import json
import math
import pickle
import re
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass

import cloudpickle
import numpy as np
import pytest
from scipy.stats import randint, uniform
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    RepeatedStratifiedKFold,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import trimtab as tt
from trimtab.core.protocols import Decision
from trimtab.sklearn import SearchCV

X, Y = load_iris(return_X_y=True)
SVC_SPACE = {"C": tt.Float(1e-2, 1e3, log=True), "gamma": tt.Float(1e-4, 10, log=True)}


def scores(search):
    names = [n for n in search.cv_results_ if "_time" not in n and "param" not in n]
    return {name: search.cv_results_[name].tolist() for name in names}


class Fragile(ClassifierMixin, BaseEstimator):
    """Does as its parameter says."""

    def __init__(self, a=0):
        self.a = a

    def fit(self, X, y, sample_weight=None):
        if self.a == "interrupt":
            raise KeyboardInterrupt
        if self.a == "raise" or (self.a == "first" and 0 in X[:, 0]):
            raise RuntimeError("as you wish")
        self.classes_ = np.unique(y)
        self.weight_ = None if sample_weight is None else float(np.sum(sample_weight))
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[-1])

    def score(self, X, y, sample_weight=None):
        return 0.5 if isinstance(self.a, str) else float(self.a)


# -- the same as scikit-learn ------------------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_grid_gives_what_scikit_learn_gives(n_jobs):
    """GRD-15, TOO-06: grid search by `method`, as scikit-learn has it, to the last bit."""
    grid = {"max_depth": [2, 3, None], "min_samples_leaf": [1, 2], "criterion": ["gini", "entropy"]}
    tree = DecisionTreeClassifier(random_state=0)
    mine = SearchCV(tree, grid, method="grid", cv=5, scoring="accuracy", n_jobs=n_jobs).fit(X, Y)
    other = GridSearchCV(tree, grid, cv=5, scoring="accuracy").fit(X, Y)
    assert mine.cv_results_["params"] == other.cv_results_["params"]
    assert scores(mine) == scores(other)
    assert (mine.best_params_, mine.best_score_) == (other.best_params_, other.best_score_)
    np.testing.assert_array_equal(mine.predict(X), other.predict(X))


def test_sub_grids_too_with_several_metrics():
    grid = [{"C": [1, 2], "kernel": ["rbf"]}, {"kernel": ["linear"]}]
    options = {"scoring": {"acc": "accuracy", "f1": "f1_macro"}, "refit": "f1", "cv": 3}
    mine = SearchCV(SVC(), grid, sampler="grid", return_train_score=True, **options).fit(X, Y)
    other = GridSearchCV(SVC(), grid, return_train_score=True, **options).fit(X, Y)
    assert mine.cv_results_["params"] == other.cv_results_["params"]
    assert scores(mine) == scores(other)
    assert mine.cv_results_["param_C"].mask.tolist() == [False, False, True]
    assert mine.study_.best_value == mine.best_score_


def test_random_candidates_score_what_cross_validation_says():
    """RND-14, TOO-06: random search by `method`; scores equal those of `cross_val_score`."""
    space = {"C": uniform(0.1, 9.9), "degree": randint(1, 4), "kernel": ["poly", "rbf"]}
    search = SearchCV(SVC(), space, method="random", n_iter=6, cv=3, random_state=42).fit(X, Y)
    for params, mean in zip(
        search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
    ):
        assert mean == np.mean(cross_val_score(SVC(**params), X, Y, cv=3))
        assert 0.1 <= params["C"] <= 10
        assert params["degree"] in (1, 2, 3)
    again = SearchCV(SVC(), space, method="random", n_iter=6, cv=3, random_state=42).fit(X, Y)
    assert again.cv_results_["params"] == search.cv_results_["params"]


def test_a_model_finds_a_good_svc_in_twelve():
    """BOL-20, TOO-06: Bayesian search by `method`, with everything that a fitted search has."""
    search = SearchCV(SVC(), SVC_SPACE, method="gp", n_iter=12, cv=3, random_state=42).fit(X, Y)
    assert search.best_score_ >= 0.95
    assert type(search.best_params_["C"]) is float
    assert len(search.table()) == 12


def test_it_is_an_estimator_like_any_other():
    search = SearchCV(make_pipeline(StandardScaler(), SVC()), {"svc__C": [1, 2]}, sampler="grid")
    copied = clone(search).fit(X, Y)
    assert not hasattr(search, "study_")
    loaded = pickle.loads(pickle.dumps(copied))
    np.testing.assert_array_equal(loaded.predict(X), copied.predict(X))
    assert len(copied.study_.trials) == 2
    outer = cross_val_score(search, X, Y, cv=3)  # nested
    assert outer.tolist() == cross_val_score(
        GridSearchCV(make_pipeline(StandardScaler(), SVC()), {"svc__C": [1, 2]}), X, Y, cv=3
    ).tolist()  # fmt: skip


def test_groups_and_weights_go_where_they_belong():
    groups = np.arange(len(Y)) % 5
    search = SearchCV(Fragile(), {"a": [0.1, 0.2]}, sampler="grid", cv=GroupKFold(5))
    search.fit(X, Y, groups=groups)
    assert search.n_splits_ == 5
    with config_context(enable_metadata_routing=True):
        inner = Fragile().set_fit_request(sample_weight=True).set_score_request(sample_weight=False)
        routed = SearchCV(inner, {"a": [0.1, 0.2]}, sampler="grid", cv=3)
        routed.fit(X, Y, sample_weight=np.ones(len(Y)))
        assert routed.best_estimator_.weight_ == len(Y)


# -- what fails --------------------------------------------------------------------------------------


def test_candidates_that_fail_are_in_the_table_and_never_the_best():
    search = SearchCV(Fragile(), {"a": [0.2, "raise", "first"]}, sampler="grid", cv=KFold(3))
    with (
        pytest.warns(FitFailedWarning, match="5 fits failed out of a total of 9"),
        pytest.warns(UserWarning, match="One or more of the test scores"),
    ):
        search.fit(np.arange(len(Y))[:, np.newaxis], Y)
    means = search.cv_results_["mean_test_score"]
    assert means[0] == pytest.approx(0.2)
    assert np.isnan(means[1:]).all()
    assert search.cv_results_["split0_test_score"][2] == 0.5  # the fold without row 0 in training
    assert search.best_params_ == {"a": 0.2}
    assert [str(t.state) for t in search.study_.trials] == ["complete", "failed", "failed"]


def test_a_number_for_failed_fits_counts():
    search = SearchCV(Fragile(), {"a": ["raise", 0.2]}, sampler="grid", cv=2, error_score=0.1)
    with pytest.warns(FitFailedWarning, match="2 fits failed"):
        search.fit(X, Y)
    assert [t.value for t in search.study_.trials] == [0.1, 0.2]
    assert search.best_params_ == {"a": 0.2}
    assert search.cv_results_["mean_test_score"].tolist() == [0.1, 0.2]


def test_raise_raises():
    search = SearchCV(Fragile(), {"a": ["raise", 0.2]}, sampler="grid", cv=2, error_score="raise")
    with pytest.raises(RuntimeError, match="as you wish"):
        search.fit(X, Y)


@pytest.mark.parametrize("n_trials", [2, 30])
def test_a_search_in_which_nothing_works_says_so(n_trials):
    space = {"a": ["raise"], "b": tt.Float(0, 1)}
    search = SearchCV(Both(), space, sampler="random", n_trials=n_trials, cv=2, random_state=0)
    with pytest.raises(ValueError, match=re.compile("All the .* fits failed.*as you wish", re.S)):
        search.fit(X, Y)
    assert len(search.study_.trials) == min(n_trials, 5)


class Both(Fragile):
    """Fragile with one parameter more."""

    def __init__(self, a=0, b=0.0):
        super().__init__(a)
        self.b = b


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"sampler": "random", "method": "grid"}, "mean the same"),
        ({"n_trials": 3, "n_iter": 4}, "mean the same"),
        ({"sampler": "rando"}, "did you mean 'Random'"),
        ({"n_trials": 0}, "n_trials"),
        ({"timeout": -1}, "timeout"),
    ],
)
def test_bad_arguments_are_told_before_any_fit(options, text):
    with pytest.raises(ValueError, match=text):
        SearchCV(Fragile("interrupt"), {"a": [1]}, **options).fit(X, Y)


def test_unknown_parameters_are_told_before_any_fit():
    with pytest.raises(tt.SpaceError, match="'max_features' is no parameter of Fragile"):
        SearchCV(Fragile("interrupt"), {"max_features": uniform(0.1, 0.9)}, n_trials=2).fit(X, Y)


# -- what ends early ---------------------------------------------------------------------------------


def test_ctrl_c_keeps_what_there_is_and_refits():
    search = SearchCV(Fragile(), {"a": [0.1, 0.3, "interrupt", 0.9]}, sampler="grid", cv=2)
    with pytest.warns(UserWarning, match="interrupted after 2 candidates"):
        search.fit(X, Y)
    assert search.best_params_ == {"a": 0.3}
    assert search.best_estimator_.a == 0.3
    assert len(search.cv_results_["params"]) == 2
    with pytest.raises(KeyboardInterrupt):
        SearchCV(Fragile(), {"a": ["interrupt"]}, sampler="grid", cv=2).fit(X, Y)


def test_a_callback_may_end_the_search():
    search = SearchCV(
        Fragile(), {"a": [0.1, 0.3, 0.9]}, sampler="grid", cv=2, callbacks=[lambda s, _: s.stop()]
    ).fit(X, Y)
    assert len(search.cv_results_["params"]) == 1


@dataclass(frozen=True)
class BelowHalf:
    """Stops a candidate after two folds whose mean is below .5."""

    def judge(self, history, number):
        points = history.record(number).reports
        bad = len(points) == 2 and points[2][0] < 0.5
        return Decision.STOP if bad else Decision.CONTINUE


def test_a_scheduler_ends_candidates_between_folds():
    search = SearchCV(Fragile(), {"a": [0.9, 0.1]}, sampler="grid", cv=4, scheduler=BelowHalf())
    search.fit(X, Y)  # without a warning: that scores are missing is meant
    assert search.best_params_ == {"a": 0.9}
    row = [search.cv_results_[f"split{i}_test_score"][1] for i in range(4)]
    assert row[:2] == [0.1, 0.1]
    assert np.isnan(row[2:]).all()
    assert search.cv_results_["rank_test_score"].tolist() == [1, 2]


@pytest.mark.parametrize("scheduler", ["asha", "median", "wilcoxon", "hyperband", "halving"])
def test_schedulers_race_candidates_fold_by_fold(scheduler):
    """Fewer fits than without, each fold of a candidate fitted once, and the best one has them all."""
    cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=3, random_state=0)
    options = {"sampler": "random", "n_trials": 12, "cv": cv, "random_state": 0}
    search = SearchCV(Counted(), SVC_SPACE, scheduler=scheduler, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search.fit(X, Y)
    whole = SearchCV(SVC(), SVC_SPACE, **options).fit(X, Y)
    table = np.column_stack([search.cv_results_[f"split{i}_test_score"] for i in range(9)])
    full = np.column_stack([whole.cv_results_[f"split{i}_test_score"] for i in range(9)])
    done = np.isfinite(table)
    assert not done.all() and done[search.best_index_].all()
    ended = {str(t.state) for t in search.study_.trials}
    assert ended == {"complete", "paused" if scheduler in ("hyperband", "halving") else "pruned"}
    configs = [whole.cv_results_["params"].index(p) for p in search.cv_results_["params"]]
    np.testing.assert_array_equal(table[done], full[configs][done])
    assert (done == (np.arange(9) < done.sum(1)[:, None])).all()  # from the first on
    assert [len(t.user_attrs["fits"]) for t in search.study_.trials] == done.sum(1).tolist()
    assert Counted.n_fits == done.sum() + 1  # and the refit
    assert search.best_score_ == np.nanmax(np.where(done.all(1), table.mean(1), np.nan))


class Counted(SVC):
    """Counts its fits, in this process."""

    n_fits = 0

    def fit(self, X, y, sample_weight=None):
        type(self).n_fits += 1
        return super().fit(X, y, sample_weight)


@pytest.fixture(autouse=True)
def from_nought():
    Counted.n_fits = 0


def test_a_race_that_nobody_finishes_is_told():
    search = SearchCV(
        Fragile(), {"a": [0.1, 0.2]}, sampler="grid", cv=4, scheduler=BelowHalf(), n_trials=2
    )
    with pytest.raises(tt.NothingYet, match="all 2 candidates before the last of 4 splits"):
        search.fit(X, Y)


@pytest.mark.slow
def test_ctrl_c_with_workers_keeps_what_there_is_and_refits(tmp_path):
    """An interrupt while two processes are at work: those that are done count, and the best is refitted."""
    script = tmp_path / "script.py"
    script.write_text(SLOW_SCRIPT)
    process = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        if line.startswith("done 3"):
            process.send_signal(signal.SIGINT)
            break
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    n, best, a = json.loads(out.splitlines()[-1])
    assert 3 <= n < 200 and best == max(a)
    assert "candidates; going on with the best of them" in err


SLOW_SCRIPT = """
import json, signal, time
import numpy as np
from sklearn.dummy import DummyClassifier
from trimtab.sklearn import SearchCV
import trimtab as tt

signal.signal(signal.SIGINT, signal.default_int_handler)

class Slow(DummyClassifier):
    def __init__(self, a=0.0):
        super().__init__()
        self.a = a
    def fit(self, X, y):
        time.sleep(0.05)
        return super().fit(X, y)
    def score(self, X, y):
        return self.a

n_done = 0
def told(study, trial):
    global n_done
    n_done += 1
    print("done", n_done, flush=True)

search = SearchCV(Slow(), {"a": tt.Float(0, 1)}, n_trials=200, sampler="random", n_jobs=2, cv=2,
                  random_state=0, callbacks=[told])
search.fit(np.zeros((20, 1)), np.arange(20) % 2)
params = [p["a"] for p in search.cv_results_["params"]]
print(json.dumps([len(params), search.best_estimator_.a, params]))
"""


def test_conditional_parameters_are_there_only_where_they_mean_something():
    space = tt.Space(
        {
            "kernel": ["rbf", "poly", "linear"],
            "C": tt.Float(1e-2, 1e2, log=True),
            "gamma": tt.Float(1e-4, 1, log=True).when(kernel="rbf"),
            "degree": tt.Int(2, 4).when(kernel="poly"),
        }
    )
    search = SearchCV(SVC(), space, sampler="tpe", n_trials=15, cv=3, random_state=0).fit(X, Y)
    kinds = [p["kernel"] for p in search.cv_results_["params"]]
    assert len(set(kinds)) == 3
    for params in search.cv_results_["params"]:
        own = {"rbf": {"gamma"}, "poly": {"degree"}, "linear": set()}[params["kernel"]]
        assert set(params) == {"kernel", "C"} | own
    mask = search.cv_results_["param_gamma"].mask.tolist()
    assert mask == [kind != "rbf" for kind in kinds]


@pytest.mark.parametrize("sampler", ["random", "gp", "tpe"])
def test_constraints_hold_for_every_candidate(sampler):
    search = SearchCV(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": tt.Int(1, 10), "min_samples_leaf": tt.Int(1, 20)},
        constraints=["min_samples_leaf <= max_depth * 2", lambda c: c["max_depth"] != 3],
        sampler=sampler,
        n_trials=12,
        cv=3,
        random_state=0,
    ).fit(X, Y)
    for params in search.cv_results_["params"]:
        assert params["min_samples_leaf"] <= 2 * params["max_depth"] and params["max_depth"] != 3


def test_a_candidate_that_takes_too_long_is_stopped(request):
    search = SearchCV(Slow(), {"a": [0.4, 60]}, sampler="grid", cv=2, trial_timeout=8.0)
    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # no worker can import a test
    request.addfinalizer(lambda: cloudpickle.unregister_pickle_by_value(sys.modules[__name__]))
    stopped = re.compile("2 fits failed out of a total of 4.*timeout after 8.0 s", re.S)
    with (
        pytest.warns(FitFailedWarning, match=stopped),
        pytest.warns(UserWarning, match="One or more of the test scores"),
    ):
        search.fit(X, Y)
    assert search.best_params_ == {"a": 0.4}
    assert math.isnan(search.cv_results_["mean_test_score"][1])


class Slow(Fragile):
    """Takes a while."""

    def fit(self, X, y):
        time.sleep(self.a if self.a > 1 else 0)
        return super().fit(X, y)


# -- storage -----------------------------------------------------------------------------------------


def searched(path, n_trials, **options):
    model = DecisionTreeClassifier(random_state=0)
    space = {"ccp_alpha": tt.Float(1e-4, 0.1, log=True), "criterion": ["gini", "entropy"]}
    given = {"sampler": "tpe", "cv": 3, "random_state": 7, "storage": path} | options
    return SearchCV(model, space, n_trials=n_trials, **given).fit(X, Y)


def test_a_search_goes_on_where_it_was(tmp_path):
    path = str(tmp_path / "s.db")
    first = searched(path, 3)
    assert len(first.cv_results_["params"]) == 3
    second = searched(path, 6)
    whole = searched(None, 6)
    assert second.cv_results_["params"] == whole.cv_results_["params"]
    assert scores(second) == scores(whole)
    done = searched(path, 6)
    assert (
        done.cv_results_["mean_fit_time"].tolist() == second.cv_results_["mean_fit_time"].tolist()
    )


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"cv": KFold(3, shuffle=True, random_state=1)}, "other splits.*fixed random_state"),
        ({"scoring": "f1_macro"}, "other scoring"),
        ({"random_state": 8}, "seed=8"),
    ],
)
def test_another_search_is_not_taken_for_the_same(tmp_path, options, text):
    path = str(tmp_path / "s.db")
    searched(path, 1)
    with pytest.raises(tt.InvalidArgument, match=text):
        searched(path, 2, **options)
    assert len(searched(path, 2, study_name="another", **options).study_.trials) == 2
