"""Successive halving: the rungs by hand, the tables against scikit-learn's own."""

import numpy as np
import pytest
from sklearn import model_selection as theirs
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import KFold
from sklearn.svm import SVC

from trimtab import sklearn as ours
from trimtab.integration.sklearn.ladder import Ladder, best_of, subsampled


def test_the_rungs_by_hand():
    # 20 candidates, factor 3: 20, 7, 3 -> three rungs; resources 20, 60, 180
    ladder = Ladder(20, smallest=20, largest=200, factor=3, is_aggressive=False)
    assert (ladder.n_required, ladder.n_possible, ladder.n_rungs) == (3, 3, 3)
    assert [ladder.resource(i) for i in range(3)] == [20, 60, 180]


def test_an_aggressive_ladder_repeats_the_lowest_rung():
    ladder = Ladder(100, smallest=20, largest=200, factor=3, is_aggressive=True)
    assert (ladder.n_required, ladder.n_possible) == (5, 3)
    assert [ladder.resource(i) for i in range(ladder.n_rungs)] == [20, 20, 20, 60, 180]


def test_the_best_come_last_and_missing_scores_never():
    assert best_of(np.array([0.3, np.nan, 0.9, 0.5]), 2).tolist() == [3, 2]
    assert 1 not in best_of(np.array([0.3, np.nan, 0.9, 0.5]), 3)


def test_a_share_of_the_rows_of_either_side():
    splits = list(KFold(4).split(np.zeros(40)))
    for (train, test), (all_train, all_test) in zip(
        subsampled(splits, 0.5, 0), splits, strict=True
    ):
        assert (len(train), len(test)) == (15, 5)
        assert set(train) < set(all_train)
        assert set(test) < set(all_test)


@pytest.mark.parametrize("name", ["HalvingGridSearchCV", "HalvingRandomSearchCV"])
@pytest.mark.parametrize(
    "options",
    [{}, {"resource": "max_iter", "max_resources": 12, "min_resources": 2}],
    ids=["samples", "parameter"],
)
@pytest.mark.filterwarnings("ignore:Maximum number of iteration")
@pytest.mark.filterwarnings("ignore:The total space of parameters")
def test_the_same_table_as_scikit_learn(name, options):
    x, y = load_iris(return_X_y=True)
    grid = {"alpha": [1e-4, 1e-2, 1.0], "penalty": ["l2", "l1"]}
    model = SGDClassifier(random_state=0, tol=None, max_iter=4)
    mine, other = (
        getattr(module, name)(model, grid, cv=3, random_state=0, factor=2, **options).fit(x, y)
        for module in (ours, theirs)
    )
    for key, column in other.cv_results_.items():
        if "_time" not in key:
            np.testing.assert_array_equal(mine.cv_results_[key], column, err_msg=key)
    for attribute in (
        "n_resources_",
        "n_candidates_",
        "best_params_",
        "best_score_",
        "n_iterations_",
    ):
        assert getattr(mine, attribute) == getattr(other, attribute)


def test_folds_must_stay_the_same_from_rung_to_rung():
    x, y = load_iris(return_X_y=True)
    search = ours.HalvingGridSearchCV(SVC(), {"C": [1, 2]}, cv=KFold(3, shuffle=True))
    with pytest.raises(ValueError, match="must yield consistent folds"):
        search.fit(x, y)


def test_both_cannot_be_exhausted():
    x, y = load_iris(return_X_y=True)
    search = ours.HalvingRandomSearchCV(SVC(), {"C": [1, 2]}, min_resources="exhaust")
    with pytest.raises(ValueError, match="cannot be both set to 'exhaust'"):
        search.fit(x, y)
