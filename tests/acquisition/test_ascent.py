import numpy as np
import pytest
from scipy.optimize import minimize

from trimtab.acquisition.ascent import ascend

LOW, HIGH = np.zeros(4), np.ones(4)
STARTS = np.random.default_rng(0).random((9, 4))


def bowl(center, weights):
    def slopes(x):
        gap = x - center
        return -np.sum(weights * gap**2, axis=1), -2 * weights * gap

    return slopes


@pytest.mark.parametrize("weights", [np.ones(4), np.array([1.0, 10, 100, 1000])])
def test_inner_maximum(weights):
    center = np.array([0.2, 0.5, 0.7, 0.9])
    x, value = ascend(bowl(center, weights), STARTS, np.ones(4), LOW, HIGH, 60)
    assert x == pytest.approx(np.broadcast_to(center, x.shape), abs=1e-3)
    assert value == pytest.approx(0, abs=1e-4)


def test_maximum_on_a_wall():
    x, _ = ascend(bowl(np.array([-1.0, 2.0, 0.3, 0.6]), np.ones(4)), STARTS, np.ones(4), LOW, HIGH)
    assert x == pytest.approx(np.broadcast_to([0, 1, 0.3, 0.6], x.shape), abs=1e-3)


def test_curved_valley_like_scipy():
    def slopes(x):
        a, b = 4 * x[:, 0] - 2, 4 * x[:, 1] - 1
        gap = b - a**2
        by = np.stack([4 * (400 * a * gap + 2 * (1 - a)), -4 * 200 * gap], axis=1)
        return -(100 * gap**2 + (1 - a) ** 2), by

    _, value = ascend(slopes, STARTS[:, :2], np.ones(2), LOW[:2], HIGH[:2], 200)
    theirs = minimize(lambda p: -slopes(p[None])[0][0], [0.4, 0.5], bounds=[(0, 1)] * 2).fun
    assert value.max() >= -theirs - 1e-3
    assert (value > slopes(STARTS[:, :2])[0]).all()


def test_frozen_columns_and_gaps_stay():
    start = STARTS.copy()
    start[:, 3] = np.nan

    def slopes(x):
        value, slope = bowl(np.full(3, 0.5), np.ones(3))(x[:, :3])
        return value, np.column_stack([slope, np.zeros(len(x))])

    x, _ = ascend(slopes, start, np.array([1.0, 0, 1, 0]), LOW, HIGH)
    assert np.array_equal(x[:, 1], start[:, 1])
    assert np.isnan(x[:, 3]).all()
    assert x[:, 0] == pytest.approx(0.5, abs=1e-3)


def test_never_worse_than_the_start():
    def slopes(x):  # the gradient lies
        value, slope = bowl(np.full(4, 0.5), np.ones(4))(x)
        return value, -slope

    x, value = ascend(slopes, STARTS, np.ones(4), LOW, HIGH)
    assert np.array_equal(x, STARTS)
    assert value == pytest.approx(slopes(STARTS)[0])


def test_ends_where_little_is_gained():
    """A looser end costs fewer calls and loses about what it says."""
    counts = []

    def counted(x):
        counts[-1] += 1
        return bowl(np.full(4, 0.4), np.array([1.0, 2, 4, 8]))(x)

    values = []
    for enough in (1e-9, 1e-3):
        counts.append(0)
        values.append(ascend(counted, STARTS, np.ones(4), LOW, HIGH, 60, enough)[1])
    assert counts[1] < counts[0]
    assert values[1] == pytest.approx(values[0], abs=5e-3)
