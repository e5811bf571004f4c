"""Boosted quantiles: calibrated in the middle, wider where targets scatter."""

import numpy as np

from trimtab.space.domain import Float
from trimtab.space.space import Space
from trimtab.surrogate.axes import axes_of
from trimtab.surrogate.boosted import boosted, predict_boosted


def test_the_middle_follows_and_the_width_grows_with_the_noise():
    rng = np.random.default_rng(0)
    x = rng.random((300, 1))
    noise = np.where(x[:, 0] > 0.5, 0.5, 0.05)
    y = 4 * x[:, 0] + noise * rng.standard_normal(300)
    model = boosted(axes_of(Space({"x": Float(0, 1)})), x, y, rng)
    q = np.linspace(0.05, 0.95, 60)[:, None]
    mean, variance = predict_boosted(model, q)
    assert np.sqrt(np.mean((mean - 4 * q[:, 0]) ** 2)) < 0.3
    sd = np.sqrt(variance)
    assert np.median(sd[q[:, 0] > 0.55]) > 2 * np.median(sd[q[:, 0] < 0.45])
