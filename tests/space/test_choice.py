"""Categorical and Ordinal."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import trimtab as tt
from trimtab.errors import SpaceError
from trimtab.space.domain import Categorical, Ordinal

DRAWS = np.random.default_rng(11).random(10_000)


def double(x):
    return 2 * x


def test_the_very_objects_come_back():
    listed = [None, True, "relu", 1000, 0.5, (64, 32), [1], double]
    domain = Categorical(listed)
    for got, wanted in zip(domain.values(np.arange(8.0)), listed, strict=True):
        assert got is wanted
    assert [domain.code("x", v) for v in listed] == list(range(8))


def test_types_count():
    domain = Categorical([1, True, 1.0])
    assert [domain.code("x", v) for v in (1, True, 1.0)] == [0, 1, 2]
    with pytest.raises(SpaceError, match="x=True"):
        Categorical([1, 2]).code("x", True)


def test_numpy_choices_become_native():
    assert all(type(c) is int for c in Categorical(np.array([16, 32])).choices)


def test_stored_forms_of_objects_are_found():
    domain = Categorical([(64, 32), double])
    assert domain.code("x", [64, 32]) == 0
    assert domain.code("x", f"{double.__module__}.double") == 1


def test_weights_are_the_odds():
    """RND-09: chi² of 10,000 draws."""
    domain = Categorical(["a", "b", "c"], weights=[7, 2, 1])
    counts = np.bincount(domain.from_unit(DRAWS).astype(int))
    assert stats.chisquare(counts, np.array([0.7, 0.2, 0.1]) * len(DRAWS)).pvalue > 0.01
    codes = np.arange(3.0)
    assert np.array_equal(domain.from_unit(domain.to_unit(codes)), codes)
    assert math.isnan(domain.to_unit(np.array([math.nan]))[0])


@pytest.mark.parametrize("weights", [[0, 1, 1], [1, 0, 1], [1, 1, 0], [0, 1, 0], [0.1, 0.2, 0]])
def test_a_choice_of_weight_zero_is_never_drawn(weights):
    """RND-09: weight zero."""
    u = np.r_[0.0, 1.0, np.nextafter(1, 0), 0.5, 1 / 3, 2 / 3, DRAWS]
    drawn = set(Categorical([0, 1, 2], weights=weights).from_unit(u).astype(int).tolist())
    assert drawn == {i for i, w in enumerate(weights) if w}


def test_equal_slices():
    domain = Categorical(list("abcd"))
    assert domain.from_unit(np.array([0, 0.249, 0.25, 0.5, 0.75, 1.0])).tolist() == [
        0,
        0,
        1,
        2,
        3,
        3,
    ]
    assert domain.to_unit(np.arange(4.0)).tolist() == [0.125, 0.375, 0.625, 0.875]


@pytest.mark.parametrize(
    "choices, options, words",
    [
        ([], {}, "nothing to choose"),
        ("abc", {}, "no list"),
        (5, {}, "no list"),
        ([1, 1], {}, "twice"),
        ([math.nan, 1], {}, "nan"),
        ([1, 2], {"weights": [1]}, "one number for each"),
        ([1, 2], {"weights": [1, -1]}, "negative"),
        ([1, 2], {"weights": [0, 0]}, "above zero"),
        ([1, 2], {"weights": [1, math.inf]}, "finite"),
        ([1, 2], {"default": 3}, "default=3"),
        ({1: {}}, {}, "strings"),
    ],
)
def test_what_cannot_work_is_refused(choices, options, words):
    with pytest.raises(SpaceError, match=words):
        Categorical(choices, **options)


def test_none_is_a_default_only_where_it_is_a_choice():
    assert Categorical([None, 1], default=None).default_code == 0
    assert math.isnan(Categorical([2, 1], default=None).default_code)
    assert Ordinal([2, None], default=None).default_code == 1


def test_equality_sees_types_and_weights():
    assert Categorical([1, 2]) == Categorical((1, 2))
    assert Categorical([1, 2]) != Categorical([True, 2])
    assert Categorical([1, 2]) != Categorical([1, 2], weights=[1, 2])
    assert Categorical([1, 2]) != Ordinal([1, 2])
    assert len({Categorical([1]), Categorical([1]), Ordinal([1])}) == 2


def test_ordinals_are_monotone():
    domain = Ordinal([64, 128, 256, 512], default=128)
    codes = np.array([domain.code("x", v) for v in (64, 128, 256, 512)])
    assert np.all(np.diff(domain.to_unit(codes)) > 0)
    assert np.array_equal(domain.from_unit(domain.to_unit(codes)), codes)
    assert domain.text() == "Ordinal([64, 128, 256, 512], default=128)"
    with pytest.raises(SpaceError, match="x=100"):
        domain.code("x", 100)


def test_long_lists_are_shown_short():
    assert Categorical(range(100)).text().endswith("11, ...])")


@given(st.lists(st.floats(0.0, 1e9), min_size=2, max_size=6).filter(lambda w: sum(w) > 0))
def test_weights_that_are_read_back_are_the_same(weights):
    domain = Categorical(range(len(weights)), weights=weights)
    again = Categorical(range(len(weights)), weights=domain.weights)
    assert again.weights == domain.weights


def test_a_study_with_odd_weights_begins():
    study = tt.create_study(
        {"c": Categorical(list("abd"), weights=[0.31, 0.43, 0.04])}, sampler="random"
    )
    assert study.ask().config["c"] in "abd"
