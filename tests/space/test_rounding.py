"""Fifteen digits, against Python's own correctly rounded formatting."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.space.domain import Float
from trimtab.space.rounding import fifteen_digits


@settings(deadline=None, max_examples=100)
@given(st.lists(st.floats(-1e30, 1e30, allow_subnormal=False), min_size=1, max_size=50))
def test_equals_formatting(values):
    x = np.array(values)
    expected = np.array([float(f"{v:.15g}") for v in values])
    found = fifteen_digits(x)
    # Halfway cases may go either way by one in the fifteenth digit, never further.
    assert np.all(np.abs(found - expected) <= 1.1e-14 * np.abs(expected))
    assert np.array_equal(fifteen_digits(found), found)


def test_typical_draws_are_exact():
    x = np.exp(np.random.default_rng(0).uniform(np.log(1e-7), np.log(1e3), 20_000))
    found = fifteen_digits(x)
    assert np.array_equal(
        found, np.array([float(f"{v:.15g}") for v in found])
    )  # each is a 15-digit decimal
    assert np.all(np.abs(found / x - 1) <= 1e-14)


def test_what_was_typed_comes_back():
    lr = Float(1e-5, 1e-1, log=True)
    typed = np.array([1e-5, 1e-4, 3e-4, 1e-3, 0.01, 0.05, 0.1])
    assert np.array_equal(lr.from_unit(lr.to_unit(typed)), typed)
    assert lr.from_unit(np.array([0.0, 0.5, 1.0])).tolist() == [1e-5, 1e-3, 0.1]


def test_a_narrow_range_far_from_zero_keeps_its_resolution():
    far = Float(1e6, 1e6 + 1e-6)
    assert len(np.unique(far.from_unit(np.linspace(0, 1, 5001)))) > 4000
