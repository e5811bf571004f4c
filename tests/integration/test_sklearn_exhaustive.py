"""Grid and random search against scikit-learn's own: same signatures, same tables, same failures."""

import inspect
import re

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn import model_selection as theirs
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import FitFailedWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, ShuffleSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import trimtab as tt
from trimtab import sklearn as ours

NAMES = ("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV")
PIPE = Pipeline([("scale", StandardScaler()), ("model", SVC())])
CASES = {
    "svc": (
        SVC(),
        {"C": [0.1, 1, 10], "kernel": ["rbf", "linear"]},
        {"scoring": ["accuracy", "f1_macro"], "refit": "f1_macro", "return_train_score": True},
        load_iris,
    ),
    "ridge": (
        Ridge(),
        {"alpha": np.logspace(-3, 2, 6)},
        {"cv": KFold(4, shuffle=True, random_state=1)},
        load_diabetes,
    ),
    "pipeline": (
        PIPE,
        [
            {"model__kernel": ["linear"], "model__C": [1, 2]},
            {"model": [KNeighborsClassifier()], "model__n_neighbors": [3, 5], "scale": [None]},
        ],
        {"cv": 3},
        load_iris,
    ),
}


def same(mine, other):
    """Whether two tables agree, times aside, to the last bit."""
    assert list(mine) == list(other)
    for name, column in mine.items():
        if "_time" in name:
            continue
        if name == "params" or name.startswith("param_"):
            assert [str(value) for value in column] == [str(value) for value in other[name]]
            assert getattr(column, "dtype", None) == getattr(other[name], "dtype", None)
        else:
            np.testing.assert_array_equal(column, other[name])
            assert column.dtype == other[name].dtype


@pytest.mark.parametrize("name", NAMES)
def test_signatures_are_scikit_learns(name):
    mine, other = (inspect.signature(getattr(m, name)) for m in (ours, theirs))
    assert [(p.name, p.kind, str(p.default)) for p in mine.parameters.values()] == [
        (p.name, p.kind, str(p.default)) for p in other.parameters.values()
    ]


@pytest.mark.parametrize("name", CASES)
def test_grid_search_gives_the_same_table(name):
    """GRD-15: scikit-learn's own class, column by column."""
    estimator, grid, options, load = CASES[name]
    x, y = load(return_X_y=True)
    mine = ours.GridSearchCV(estimator, grid, **options).fit(x, y)
    other = theirs.GridSearchCV(estimator, grid, **options).fit(x, y)
    same(mine.cv_results_, other.cv_results_)
    assert mine.best_index_ == other.best_index_
    assert mine.best_score_ == other.best_score_
    np.testing.assert_array_equal(mine.predict(x), other.predict(x))
    assert mine.score(x, y) == other.score(x, y)


def test_random_search_tries_the_same_candidates():
    """RND-14: the very candidates of ParameterSampler."""
    x, y = load_iris(return_X_y=True)
    given = SVC(), {"C": uniform(0.1, 10), "kernel": ["rbf", "linear"]}
    options = {"n_iter": 6, "random_state": 3, "cv": 3}
    mine = ours.RandomizedSearchCV(*given, **options).fit(x, y)
    same(mine.cv_results_, theirs.RandomizedSearchCV(*given, **options).fit(x, y).cv_results_)


class Picky(ClassifierMixin, BaseEstimator):
    """Fails where it is told to."""

    def __init__(self, a=0):
        self.a = a

    def fit(self, X, y):
        if self.a < 0:
            raise ValueError("a is negative")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def test_fits_that_fail_get_the_error_score():
    x, y = load_iris(return_X_y=True)
    options = {"error_score": -1.0, "cv": 2}
    tables = []
    for module in (ours, theirs):
        search = module.GridSearchCV(Picky(), {"a": [0, -1]}, **options)
        with pytest.warns(FitFailedWarning, match="2 fits failed out of a total of 4"):
            tables.append(search.fit(x, y).cv_results_)
    same(*tables)
    assert tables[0]["mean_test_score"][1] == -1.0


def test_a_search_in_which_nothing_works_says_so():
    x, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match=re.compile("All the 2 fits failed.*a is negative", re.S)):
        ours.GridSearchCV(Picky(), {"a": [-1]}, cv=2).fit(x, y)
    with pytest.raises(ValueError, match="a is negative"):
        ours.GridSearchCV(Picky(), {"a": [-1]}, cv=2, error_score="raise").fit(x, y)


def test_every_candidate_sees_the_same_rows():
    x, y = load_iris(return_X_y=True)
    cv = ShuffleSplit(3, random_state=np.random.RandomState(0))  # other rows at every call
    table = ours.GridSearchCV(SVC(), {"C": [1.0, 1.0, 1.0]}, cv=cv).fit(x, y).cv_results_
    scores = np.array([table[f"split{i}_test_score"] for i in range(3)])
    assert (scores == scores[:, :1]).all()


def test_methods_are_there_where_the_estimator_has_them():
    search = ours.GridSearchCV(Ridge(), {"alpha": [1.0]})
    assert hasattr(search, "predict")
    assert not hasattr(search, "predict_proba")
    assert not hasattr(search, "n_features_in_")
    x, y = load_diabetes(return_X_y=True)
    unfitted = ours.GridSearchCV(Ridge(), {"alpha": [1.0]}, refit=False).fit(x, y)
    assert not hasattr(unfitted, "predict")
    with pytest.raises(AttributeError, match="`refit=False`"):
        unfitted.score(x, y)


def test_it_is_reached_by_its_short_name():
    assert tt.sklearn.GridSearchCV is ours.GridSearchCV
    assert set(ours.__all__) == {*NAMES, "SearchCV"}
    with pytest.raises(AttributeError, match="no attribute 'GirdSearchCV'"):
        _ = tt.sklearn.GirdSearchCV
