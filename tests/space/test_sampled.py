"""Callables as domains."""

import random

import numpy as np
import pytest
from scipy import stats

from trimtab.errors import SpaceError
from trimtab.space.columns import CATEGORICAL, FLOAT, INTEGER
from trimtab.space.sampled import sampled
from trimtab.space.space import Space


def test_floats_follow_the_law_of_the_callable():
    domain = sampled(lambda rng: rng.normal(3, 2))
    drawn = domain.from_unit(np.random.default_rng(0).random(5000))
    assert domain.kind == FLOAT and stats.kstest(drawn, stats.norm(3, 2).cdf).statistic < 0.03
    assert np.allclose(domain.from_unit(domain.to_unit(drawn)), drawn)


def test_two_spaces_of_one_callable_are_the_same():
    spaces = [
        Space({"x": lambda rng: rng.normal(), "n": lambda rng: rng.integers(1, 500)}) for _ in "ab"
    ]
    assert spaces[0] == spaces[1] and spaces[0].columns.kind.tolist() == [FLOAT, INTEGER]
    runs = [space.sample(np.random.default_rng(4), 20) for space in spaces]
    assert runs[0] == runs[1] and all(1 <= c["n"] < 500 for c in runs[0])


def test_few_values_are_choices_with_their_odds():
    domain = sampled(lambda rng: [16, 32, None][rng.choice(3, p=[0.5, 0.25, 0.25])])
    assert domain.kind == CATEGORICAL and set(domain.choices) == {16, 32, None}
    odds = dict(zip(domain.choices, domain.weights, strict=True))
    assert odds[16] == pytest.approx(0.5, abs=0.05) and odds[None] == pytest.approx(0.25, abs=0.05)
    assert sampled(lambda rng: int(rng.integers(5))).choices == (0, 1, 2, 3, 4)


def test_the_form_without_a_generator_is_warned_about():
    with pytest.warns(UserWarning, match="not reproducible"):
        domain = sampled(lambda: random.choice(["a", "b"]))
    assert domain.choices == ("a", "b")
    with pytest.warns(UserWarning, match="not reproducible"):
        assert sampled(random.random).kind == FLOAT


def test_what_cannot_work_is_refused():
    with pytest.raises(SpaceError, match="2 arguments"):
        sampled(lambda a, b: 0)
    with pytest.raises(SpaceError, match="not all numbers"):
        sampled(lambda rng: str(rng.random()))
