"""Learning-rate adaptation, against cmaes."""

import numpy as np
import pytest
from cmaes import CMA

from trimtab.variation.covariance import Rates, start_gaussian, updated
from trimtab.variation.learning_rate import slowed, start_signals


def test_the_same_rates_as_cmaes():
    d, popsize, rng = 4, 8, np.random.default_rng(0)
    other = CMA(mean=np.full(d, 0.5), sigma=0.3, population_size=popsize, seed=0, lr_adapt=True)
    g, rates, signals = start_gaussian(np.full(d, 0.5), 0.3), Rates(d, popsize), start_signals(d)
    for _ in range(60):
        steps = g.colored(rng.standard_normal((popsize, d)))
        y = rng.standard_normal(popsize)  # nothing but noise
        order = np.argsort(y)
        x = [(g.mean + g.sigma * steps[i], float(y[i])) for i in order]
        other.tell(x)
        g, signals = slowed(g, updated(g, rates, steps[order]), signals)
        assert signals[0].rate == pytest.approx(other._eta_mean, rel=1e-6)
        assert signals[1].rate == pytest.approx(other._eta_Sigma, rel=1e-6)
        assert np.allclose(g.mean, other.mean, rtol=1e-6, atol=1e-9)
        assert g.sigma == pytest.approx(other._sigma, rel=1e-6)
    assert signals[0].rate < 0.5  # noise slows it down


def test_no_columns_no_change():
    g = start_gaussian(np.empty(0), 0.3)
    signals = start_signals(0)
    assert slowed(g, g, signals) == (g, signals)
