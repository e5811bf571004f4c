import numpy as np
import pytest

import trimtab as tt
from trimtab.viz.axis import far_out, numeric_axis, parameter_axis, thinned, value_axis


def test_linear_and_log_places():
    assert numeric_axis("a", 0, 10).place(np.array([0, 5, 10.0])).tolist() == [0, 0.5, 1]
    places = numeric_axis("a", 1e-4, 1.0, is_log=True).place(np.array([1e-4, 1e-2, 1.0]))
    assert np.allclose(places, [0, 0.5, 1])


def test_values_beyond_the_ends_lie_on_them_and_nan_stays():
    places = numeric_axis("a", 0, 1).place(np.array([-5, 7, np.nan, np.inf]))
    assert places[:2].tolist() == [0, 1] and np.isnan(places[2]) and places[3] == 1


@pytest.mark.parametrize("value", [0.0, 3.0, -1e-9, 1e300, -1e308])
def test_one_value_still_makes_an_axis(value):
    axis = numeric_axis("a", value, value)
    assert axis.low < axis.high and np.isfinite(axis.place(np.array([value]))).all()


def test_the_scale_is_that_of_the_domain():
    codes = np.array([1e-5, 1e-3, np.nan])
    axis, values = parameter_axis("lr", tt.Float(1e-5, 1e-1, log=True), codes)
    assert axis.is_log and axis.place(values)[:2].tolist() == pytest.approx([0, 0.5])
    assert [label for _, label in axis.labels][:1] == ["10⁻⁵"]
    assert np.isnan(values[2])


def test_indexed_numbers_are_drawn_at_their_values():
    _, values = parameter_axis("n", tt.Int(10, 20, step=5), np.array([0, 1, 2.0]))
    assert values.tolist() == [10, 15, 20]
    _, values = parameter_axis("x", tt.Float(0, 1, step=0.25), np.array([1, 3.0]))
    assert values.tolist() == [0.25, 0.75]


def test_choices_are_strips():
    axis, values = parameter_axis("c", tt.Categorical(["a", "b"]), np.array([0, 1, np.nan]))
    assert axis.place(values)[:2].tolist() == [0.25, 0.75]
    assert axis.labels == [(0.25, "a"), (0.75, "b")]
    assert len(parameter_axis("c", tt.Ordinal(range(500)), np.array([3.0]))[0].labels) <= 10


def test_an_exact_zero_has_its_own_place():
    axis, values = parameter_axis(
        "l2", tt.ZeroOr(tt.Float(1e-6, 1, log=True)), np.array([0, 1e-6, 1.0])
    )
    zero, low, high = axis.place(values)
    assert 0 < zero < low < high == 1
    assert axis.labels[0] == (pytest.approx(zero), "0")


def test_an_unbounded_prior_takes_the_range_of_the_values():
    domain = tt.Float(prior=tt.Normal(0, 1))
    axis, _ = parameter_axis("x", domain, np.array([-2.0, 3.0]))
    assert (axis.low, axis.high) == (-2, 3)
    parameter_axis("x", domain, np.array([np.nan]))


def test_far_results_do_not_squeeze_the_others():
    values = np.array([*np.linspace(1, 2, 30), 1e9, np.inf, np.nan])
    axis = value_axis("v", values, 1.0)
    assert axis.low <= 1 and 2 <= axis.high < 10
    assert axis.place(np.array([1e9])).tolist() == [1.0]
    upward = value_axis("v", -values, -1.0)
    assert upward.low == pytest.approx(-axis.high) and upward.high == pytest.approx(-axis.low)


def test_nothing_is_far_among_equals():
    assert far_out(np.ones(5)) == np.inf
    assert far_out(np.arange(10.0)) == np.inf


def test_thinning_keeps_the_ends_and_the_chosen():
    assert thinned(5, 10) == [0, 1, 2, 3, 4]
    found = thinned(1000, 10, [123])
    assert len(found) == 11 and {0, 123, 999} <= set(found)
