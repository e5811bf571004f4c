import numpy as np
import pytest

from trimtab.evaluation.friedman import friedman
from trimtab.evaluation.standing import Standing

CURVES = np.random.default_rng(0).random((4, 6, 10))
FOUND = Standing(
    ("a", "b", "c", "d"),
    tuple("uvwxyz"),
    10,
    CURVES,
    CURVES,
    np.ones((4, 6)),
    ((1,) * 6,) * 4,
)


def test_ranks_and_test_are_those_of_friedman():
    test = FOUND.test(7)
    assert test.ranks == pytest.approx(FOUND.ranks(7).mean(axis=1))
    other = friedman(CURVES[:, :, 6].T, is_greater_better=False)
    assert test.critical_difference() == other.critical_difference()


def test_problems_with_a_gap_are_left_out_of_the_test():
    curves = CURVES.copy()
    curves[1, 2] = np.nan
    found = Standing(
        FOUND.methods, FOUND.problems, 10, curves, curves, FOUND.seconds, FOUND.n_seeds
    )
    assert found.test(10).n == 5
