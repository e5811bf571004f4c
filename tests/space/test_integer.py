"""Int: exact whole numbers on every scale."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trimtab.errors import SpaceError
from trimtab.space.domain import Int, LogNormal, Normal

DRAWS = np.random.default_rng(3).random(50_000)


def test_steps_include_both_ends_evenly():
    domain = Int(10, 100, step=10)
    values = domain.values(domain.from_unit(DRAWS))
    assert sorted(set(values)) == list(range(10, 101, 10)) and type(values[0]) is int
    assert stats.chisquare(np.bincount(np.array(values) // 10)[1:]).pvalue > 0.01
    assert Int(0, 10, step=4).high == 8


def test_large_ints_stay_exact():
    domain = Int(2**62, 2**62 + 10)
    assert domain.values(np.arange(11.0)) == [2**62 + i for i in range(11)]
    assert domain.code("x", 2**62 + 7) == 7.0
    edge = Int(2**63 - 3, 2**63 - 1)
    assert edge.values(np.array([2.0])) == [2**63 - 1]
    assert Int(-(2**63), -(2**63) + 1).values(np.array([1.0])) == [-(2**63) + 1]
    assert Int(2**53 + 1, 2**53 + 1).values(np.array([0.0])) == [2**53 + 1]


@given(st.integers(-1000, 1000), st.integers(0, 3000), st.integers(1, 7))
@settings(deadline=None, max_examples=60)
def test_every_value_comes_back_from_the_middle_of_its_slice(low, width, step):
    domain = Int(low, low + width, step=step)
    codes = np.arange(float(domain.n_values))
    assert np.array_equal(domain.from_unit(domain.to_unit(codes)), codes)
    assert domain.values(codes) == list(range(low, low + width + 1, step))


@pytest.mark.parametrize(
    "domain",
    [
        Int(0, 2**50 - 1),
        Int(1, 2**40, log=True),
        Int(7, 10**6, log=True),
        Int(0, 60, prior=Normal(30, 10)),
        Int(0, 50, prior=LogNormal(1, 1)),
    ],
)
def test_round_trip_on_every_scale(domain):
    n = domain.n_values
    codes = np.unique(np.r_[0, 1, 2, n // 3, n // 2, n - 3, n - 2, n - 1]).astype(float)
    assert np.array_equal(domain.from_unit(domain.to_unit(codes)), codes)
    assert domain.from_unit(np.array([0.0, 1.0])).tolist() == [0.0, n - 1.0]
    assert np.all(np.diff(domain.to_unit(codes)) > 0)


def test_log_slices_are_widths_on_the_log_scale():
    domain = Int(1, 9, log=True)
    counts = np.bincount(domain.from_unit(DRAWS).astype(int))
    wanted = np.diff(np.log(np.arange(0.5, 10))) / math.log(9.5 / 0.5) * len(DRAWS)
    assert stats.chisquare(counts, wanted).pvalue > 0.01


def test_a_rounded_normal_has_the_differences_of_its_cdf():
    domain = Int(-3, 3, prior=Normal(0.4, 1.5))
    counts = np.bincount(domain.from_unit(DRAWS).astype(int), minlength=7)
    edges = stats.norm(0.4, 1.5).cdf(np.arange(-3.5, 4))
    wanted = np.diff(edges) / (edges[-1] - edges[0]) * len(DRAWS)
    assert stats.chisquare(counts, wanted).pvalue > 0.01


@pytest.mark.parametrize(
    "args, options, words",
    [
        ((1.5, 3), {}, "low=1.5"),
        ((True, 3), {}, "low=True"),
        ((3, 1), {}, "low=3 is above"),
        ((0, 2**63), {}, "64 bits"),
        ((0, 2**53), {}, "2\\*\\*50 values"),
        ((0, 5), {"log": True}, "ZeroOr"),
        ((1, 5), {"log": True, "step": 2}, "do not go together"),
        ((1, 2**41), {"log": True}, "2\\*\\*40"),
        ((1, 5), {"step": 0}, "step=0"),
        ((1, 5), {"step": 0.5}, "step=0.5"),
        ((1, 5), {"default": 2.0}, "default=2.0"),
    ],
)
def test_what_cannot_work_is_refused(args, options, words):
    with pytest.raises(SpaceError, match=words):
        Int(*args, **options)


@pytest.mark.parametrize("bad", [2.5, 2.0, "2", True, 0, 9, None])
def test_values_outside_are_refused_by_name(bad):
    with pytest.raises(SpaceError, match=r"^layers="):
        Int(1, 8).code("layers", bad)


def test_off_the_grid_names_the_nearest():
    with pytest.raises(SpaceError, match="nearest is 30"):
        Int(10, 100, step=10).code("x", 26)
    assert Int(1, 8).code("x", np.int64(3)) == 2.0
    assert Int(1, 8, default=3).text() == "Int(1, 8, default=3)"
