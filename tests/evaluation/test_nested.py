import numpy as np
import pytest

import trimtab as tt
from trimtab.errors import InvalidArgument, WorkerDied
from trimtab.evaluation.evaluator import CrossValidated
from trimtab.evaluation.nested import nested_cv
from trimtab.evaluation.split import repeated_kfold


def make(tune=None, n_jobs=1):
    """Nested cross-validation of a support vector classifier on a small noisy problem."""
    from sklearn.svm import SVC

    rng = np.random.default_rng(3)
    x = rng.normal(size=(60, 4))
    y = (x[:, 0] + rng.normal(size=60) > 0).astype(int)
    outer = CrossValidated(
        lambda config: SVC(**config), x, y, repeated_kfold(60, 3, 1, rng, y.tolist())
    )

    def inner(rows, rng):
        return repeated_kfold(len(rows), 4, 1, np.random.default_rng(8), y[rows].tolist())

    def by_grid(objective, seed):
        space = {"C": [0.01, 0.1, 1.0, 10.0]}
        return tt.maximize(objective, space, 4, sampler="grid", seed=seed, progress=False)

    return outer, inner, nested_cv(outer, inner, tune or by_grid, n_jobs=n_jobs)


def test_it_equals_scikit_learns_nested_grid_search():
    """EVL-03: equals cross_val_score(GridSearchCV) to 1e-12."""
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.svm import SVC

    outer, inner, found = make()
    wanted = []
    for train, test in outer.splits:
        search = GridSearchCV(SVC(), {"C": [0.01, 0.1, 1.0, 10.0]}, cv=inner(train, None))
        search.fit(outer.x[train], outer.y[train])
        wanted.append(search.score(outer.x[test], outer.y[test]))
    assert found.outer == pytest.approx(wanted, abs=1e-12)
    search = GridSearchCV(SVC(), {"C": [1.0]}, cv=3)
    constant = make(tune=lambda objective, seed: {"C": 1.0})[2]
    assert constant.outer == pytest.approx(
        cross_val_score(search, outer.x, outer.y, cv=outer.splits), abs=1e-12
    )


def test_the_score_has_an_interval_and_the_optimism():
    outer, _, found = make()
    assert found.score == outer.interval(found.outer)
    assert found.optimism == pytest.approx(
        np.mean([f.inner for f in found.folds]) - found.outer.mean()
    )


def test_the_search_never_sees_an_outer_test_row():
    """EVL-03, EVL-08: an audit of every row index that a search was given."""
    n = 30
    x = np.arange(n, dtype=float)[:, None]
    seen = []

    class Recorder:
        def __init__(self):
            self.rows = set()

        def fit(self, x, y):
            self.rows = set(x[:, 0].astype(int).tolist())

        def score(self, x, y):
            seen.append(self.rows | set(x[:, 0].astype(int).tolist()))
            return 0.0

    outer = CrossValidated(
        lambda config: Recorder(), x, np.zeros(n), repeated_kfold(n, 3, 1, np.random.default_rng(0))
    )

    def tune(objective, seed):
        seen.clear()
        objective.scores({})
        looked = set().union(*seen)
        tested = [set(test.tolist()) for _, test in outer.splits]
        assert sum(not looked & test for test in tested) == 1 and len(looked) == 20
        return {}

    nested_cv(outer, lambda rows, rng: repeated_kfold(len(rows), 2, 1, rng), tune)


def shifted(n_jobs, is_deadly=False):
    import os

    class Shift:
        """Predicts a shifted mean; needs no library that takes long to load."""

        def __init__(self, shift):
            self.shift = shift

        def fit(self, x, y):
            self.mean = float(np.mean(y)) + self.shift

        def score(self, x, y):
            return -float(np.mean((y - self.mean) ** 2))

    y = np.random.default_rng(0).normal(size=24)
    splits = repeated_kfold(24, 2, 1, np.random.default_rng(1))

    def tune(objective, seed):
        print("this must not get between")
        if is_deadly:
            os._exit(7)
        found = np.random.default_rng(seed).normal(size=3).tolist()
        return max(({"shift": s} for s in found), key=lambda c: objective.scores(c).mean())

    def inner(rows, rng):
        return repeated_kfold(len(rows), 3, 1, rng)

    outer = CrossValidated(lambda config: Shift(**config), y[:, None], y, splits)
    return nested_cv(outer, inner, tune, seed=4, n_jobs=n_jobs)


def test_processes_give_the_same():
    assert shifted(2) == shifted(1)


def test_a_fold_that_dies_is_told():
    with pytest.raises(WorkerDied, match="exit code 7"):
        shifted(2, is_deadly=True)


def test_what_cannot_be_nested():
    with pytest.raises(InvalidArgument, match="tune returned a int"):
        make(tune=lambda objective, seed: 3)
    with pytest.raises(InvalidArgument, match="n_jobs=0"):
        make(n_jobs=0)
    outer, inner, _ = make(tune=lambda objective, seed: {"C": 1.0})
    with pytest.raises(InvalidArgument, match="two outer splits"):
        nested_cv(outer.first(1), inner, lambda objective, seed: {"C": 1.0})
