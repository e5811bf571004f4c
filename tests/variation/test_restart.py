"""When a run ends, and what comes after it."""

import numpy as np
import pytest

from trimtab.variation.covariance import Gaussian, start_gaussian
from trimtab.variation.restart import Regime, counted, history_length, is_over, next_regime


def go(kind, n, cost=100, seed=0):
    rng, regime, found = np.random.default_rng(seed), Regime(10, 0.3), []
    for _ in range(n):
        found.append(regime)
        regime = next_regime(kind, counted(regime, cost * regime.popsize // 10), 10, 0.3, rng)
    return found


def test_ipop_doubles():
    assert [r.popsize for r in go("ipop", 5)] == [10, 20, 40, 80, 160]
    assert {r.sigma for r in go("ipop", 5)} == {0.3}


def test_bipop_takes_turns():
    runs = go("bipop", 30)
    large = [r.popsize for r in runs if not r.is_small]
    assert large == [10 * 2**i for i in range(len(large))]
    small = [r for r in runs if r.is_small]
    assert len(small) > len(large) > 2
    assert all(3e-3 <= r.sigma <= 0.3 and r.limit < np.inf for r in small)
    assert all(r.popsize <= max(large) // 2 for r in small)


def test_evaluations_are_counted_by_kind():
    regime = counted(counted(Regime(10, 0.3), 30), 5)
    assert (regime.n_run, regime.used_large, regime.used_small) == (35, 35, 0)


@pytest.mark.parametrize(
    ("sigma", "cov", "ended"),
    [
        (0.1, [1.0, 1.0], False),
        (1e-14, [1.0, 1.0], True),  # too small to matter
        (1e5, [1.0, 1.0], True),  # exploded
        (0.1, [1.0, 1e-16], True),  # no shape left
    ],
)
def test_distributions_that_have_nothing_to_give(sigma, cov, ended):
    g = Gaussian(np.array([0.5, 0.5]), sigma, np.diag(cov), np.zeros(2), np.zeros(2))
    falling = np.arange(99.0, 0, -1)
    assert is_over(g, 0.3, falling, falling[:4], 10) is ended


def test_flat_stretches_end_a_run():
    g, length = start_gaussian(np.full(2, 0.5), 0.1), history_length(2, 6)
    assert length == 20
    assert is_over(g, 0.1, np.full(20, 3.0), np.full(6, 3.0), length)
    assert not is_over(g, 0.1, np.full(19, 3.0), np.full(6, 3.0), length)
    assert not is_over(g, 0.1, np.full(20, 3.0), np.arange(6.0), length)
    assert is_over(g, 0.1, np.full(20, np.inf), np.full(6, np.inf), length)
