"""The memory of success, by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.variation.success import (
    drawn,
    glided,
    improvement_weights,
    lehmer_mean,
    packed,
    remembered,
    start_memory,
    unpacked,
)


def test_lehmer_mean_by_hand():  # ADP-02
    # weights 1/4, 3/4: (0.25 0.4^2 + 0.75 0.8^2) / (0.25 0.4 + 0.75 0.8) = 0.52 / 0.7
    assert lehmer_mean(np.array([0.4, 0.8]), np.array([0.25, 0.75])) == pytest.approx(0.52 / 0.7)
    assert lehmer_mean(np.zeros(2), np.full(2, 0.5)) == 0


def test_memory_is_a_ring():  # ADP-02
    f, rate, gains = np.array([0.4, 0.8]), np.array([0.2, 0.6]), np.array([1.0, 3.0])
    memory = remembered(start_memory(2), f, rate, gains)
    assert memory.f == pytest.approx([0.52 / 0.7, 0.5])
    assert memory.rate == pytest.approx([(0.25 * 0.04 + 0.75 * 0.36) / 0.5, 0.5])
    assert memory.next == 1
    assert remembered(remembered(memory, f, rate, gains), f, rate, gains).next == 1
    assert remembered(memory, f[:0], rate[:0], gains[:0]) is memory


def test_a_rate_of_zero_stays_zero():
    memory = remembered(start_memory(1), np.array([0.5]), np.array([0.0]), np.array([1.0]))
    assert memory.rate.tolist() == [-1.0]
    memory = remembered(memory, np.array([0.5]), np.array([0.7]), np.array([1.0]))
    assert memory.rate.tolist() == [-1.0]
    assert (drawn(memory, 50, np.random.default_rng(0))[1] == 0).all()


def test_gains_that_are_not_finite_count_alike():
    assert improvement_weights(np.array([1.0, np.inf])).tolist() == [0.5, 0.5]
    assert improvement_weights(np.array([1e300, 3e300])) == pytest.approx([0.25, 0.75])


def test_jade_glides():
    memory = glided(start_memory(1), np.array([0.4, 0.8]), np.array([0.2, 0.4]), 0.1)
    assert memory.f == pytest.approx([0.45 + 0.1 * 0.8 / 1.2])
    assert memory.rate == pytest.approx([0.45 + 0.03])


def test_draws_are_around_the_memory():
    f, rate = drawn(start_memory(3), 20_000, np.random.default_rng(1))
    assert ((f > 0) & (f <= 1) & (rate >= 0) & (rate <= 1)).all()
    assert np.median(f) == pytest.approx(0.5, abs=0.02)
    assert rate.std() == pytest.approx(0.1, abs=0.005)


@given(st.integers(0, 10**6), st.integers(0, 2**20))
@settings(deadline=None, max_examples=60)
def test_tags_carry_them_exactly(seed, member):
    f, rate = drawn(start_memory(2), 5, np.random.default_rng(seed))
    tags = packed(np.full(5, member), f, rate).tolist()
    assert [unpacked(t) for t in tags] == [
        (member, a, b) for a, b in zip(f.tolist(), rate.tolist(), strict=True)
    ]
    assert unpacked(-1)[0] == -1
