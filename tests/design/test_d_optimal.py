"""D-optimal designs against brute force and known optima."""

from itertools import combinations_with_replacement

import numpy as np
import pytest

from trimtab.design.d_optimal import (
    coordinate_exchange,
    d_efficiency,
    d_optimal,
    exchange_gain,
    log_determinant,
)
from trimtab.design.factorial import three_level, two_level
from trimtab.design.model import interaction_terms, linear_terms, model_matrix, quadratic_terms
from trimtab.errors import InvalidArgument


def test_equals_brute_force() -> None:
    candidates, terms = three_level(2), quadratic_terms(2)
    f = model_matrix(candidates, terms)
    best = max(log_determinant(f[list(c)]) for c in combinations_with_replacement(range(9), 6))
    chosen = d_optimal(candidates, 6, terms, np.random.default_rng(0))
    assert log_determinant(f[chosen]) == pytest.approx(best, abs=1e-9)


def test_units_do_not_matter() -> None:
    small = three_level(2) * np.array([2.0**-20, 2.0**17])
    a = d_optimal(small, 6, quadratic_terms(2), np.random.default_rng(3))
    b = d_optimal(three_level(2), 6, quadratic_terms(2), np.random.default_rng(3))
    assert np.array_equal(a, b)


@pytest.mark.parametrize("terms", [linear_terms(3), interaction_terms(3)])
def test_finds_the_orthogonal_design(terms: tuple[tuple[int, ...], ...]) -> None:
    candidates = three_level(3)
    chosen = d_optimal(candidates, 8, terms, np.random.default_rng(1))
    m = model_matrix(candidates[chosen], terms)
    assert (m.T @ m == 8 * np.eye(len(terms))).all()
    assert d_efficiency(m) == pytest.approx(1.0)


def test_gain_is_the_growth_of_the_determinant() -> None:
    rng = np.random.default_rng(2)
    runs, candidates = rng.normal(size=(6, 3)), rng.normal(size=(4, 3))
    gain = exchange_gain(runs, candidates, np.linalg.inv(runs.T @ runs))
    before = np.linalg.det(runs.T @ runs)
    for i in range(6):
        for j in range(4):
            after = runs.copy()
            after[i] = candidates[j]
            assert gain[i, j] == pytest.approx(np.linalg.det(after.T @ after) / before - 1)


def test_coordinate_exchange() -> None:
    x = coordinate_exchange([-1.0, 0.0, 1.0], 5, 8, linear_terms(5), np.random.default_rng(0))
    assert x.shape == (8, 5)
    assert d_efficiency(model_matrix(x, linear_terms(5))) > 0.95
    for seed in range(3):
        y = coordinate_exchange(
            [-1.0, 0.0, 1.0], 2, 6, quadratic_terms(2), np.random.default_rng(seed)
        )
        f = model_matrix(three_level(2), quadratic_terms(2))
        chosen = d_optimal(three_level(2), 6, quadratic_terms(2), np.random.default_rng(seed))
        ours = log_determinant(model_matrix(y, quadratic_terms(2)))
        assert ours == pytest.approx(log_determinant(f[chosen]), abs=0.1)


def test_impossible_models_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="cannot estimate the 6 terms"):
        d_optimal(two_level(2), 6, quadratic_terms(2), np.random.default_rng(0))
    with pytest.raises(InvalidArgument, match="n must be at least 6"):
        d_optimal(three_level(2), 5, quadratic_terms(2), np.random.default_rng(0))
    with pytest.raises(InvalidArgument, match="add levels"):
        coordinate_exchange([-1.0, 1.0], 2, 6, quadratic_terms(2), np.random.default_rng(0))
