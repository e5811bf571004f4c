"""The table of results: ranks against SciPy, columns against scikit-learn's, statistics by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata
from sklearn.linear_model import Ridge
from sklearn.model_selection._search import _yield_masked_array_for_each_param
from sklearn.pipeline import make_pipeline

from trimtab.integration.sklearn.results import cv_results, masked_columns, mean_scores, ranks

SCORES = st.lists(st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(-1e6, 1e6)), min_size=1)


def raw(test, train=None, seconds=1.0):
    found = {"test_scores": test, "fit_time": seconds, "score_time": 2 * seconds}
    return found if train is None else {**found, "train_scores": train}


@settings(deadline=None, max_examples=100)
@given(SCORES)
def test_ranks_are_those_of_scipy(scores):
    means = np.array(scores)
    assert ranks(means).tolist() == rankdata(-means, method="min").tolist()


def test_missing_scores_rank_last_together():
    assert ranks(np.array([0.5, np.nan, 0.9, np.nan])).tolist() == [2, 3, 1, 3]
    assert ranks(np.array([np.nan, np.nan])).tolist() == [1, 1]
    assert ranks(np.array([np.nan, -np.inf, 2.0])).tolist()[2] == 1


@pytest.mark.parametrize(
    "params",
    [
        [{"a": 1}, {"a": 2}],
        [{"a": 1}, {"a": 2.5}],
        [{"a": True}, {"a": False}],
        [{"a": None}, {"a": 3}],
        [{"a": "x"}, {"a": "longer"}],
        [{"a": 1}, {"a": "x"}],
        [{"a": (1, 2)}, {"a": (1, 3)}],
        [{"a": [1]}, {"a": [1, 2]}],
        [{"a": np.float32(1)}, {"a": np.float32(2)}],
        [{"a": 1, "b": 2}, {"b": 3}, {"c": "z"}],
        [{"a": Ridge()}, {"a": make_pipeline(Ridge())}],
        [{"a": 2**70}, {"a": 1}],
        [{}, {}],
    ],
)
def test_columns_are_those_of_scikit_learn(params):
    theirs = dict(_yield_masked_array_for_each_param(params))
    ours = masked_columns(params)
    assert list(ours) == list(theirs)
    for name, column in ours.items():
        assert column.dtype == theirs[name].dtype
        assert column.mask.tolist() == theirs[name].mask.tolist()
        assert column.tolist() == theirs[name].tolist()


def test_the_table_by_hand():
    out = [raw(1.0, 2.0), raw(3.0, 2.0), raw(0.0, 5.0), raw(1.0, 7.0)]
    table = cv_results([{"a": 1}, {"a": 2}], 2, out, {"iter": [0, 0]}, with_train=True)
    assert table["split0_test_score"].tolist() == [1.0, 0.0]
    assert table["split1_test_score"].tolist() == [3.0, 1.0]
    assert table["mean_test_score"].tolist() == [2.0, 0.5]
    assert table["std_test_score"].tolist() == [1.0, 0.5]
    assert table["rank_test_score"].tolist() == [1, 2]
    assert table["mean_train_score"].tolist() == [2.0, 6.0]
    assert table["mean_score_time"].tolist() == [2.0, 2.0]
    assert table["iter"].tolist() == [0, 0]
    assert "rank_train_score" not in table
    assert mean_scores(out, 2).tolist() == [2.0, 0.5]


def test_every_scorer_has_its_columns():
    out = [raw({"f1": 0.2, "acc": 0.8}), raw({"f1": 0.4, "acc": 0.6})]
    table = cv_results([{"a": 1}, {"a": 2}], 1, out, {}, with_train=False)
    assert table["rank_test_f1"].tolist() == [2, 1]
    assert table["rank_test_acc"].tolist() == [1, 2]


def test_a_score_that_is_missing_is_told():
    with pytest.warns(UserWarning, match="One or more of the test scores are non-finite"):
        cv_results([{}], 1, [raw(np.nan)], {}, with_train=False)
