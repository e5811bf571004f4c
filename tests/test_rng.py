"""Random streams: named, independent of order and of blocks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.errors import InvalidArgument
from trimtab.rng import ASK, INIT, TELL, column_uniforms, draw_key, fresh_seed, stream, trial_seed


def test_a_stream_is_its_path():
    assert stream(1, ASK, 5).random(3).tolist() == stream(1, ASK, 5).random(3).tolist()
    firsts = {
        stream(seed, *path).random()
        for seed in (0, 1, 2**62)
        for path in ((INIT,), (ASK,), (ASK, 0), (ASK, 1), (TELL, 0), (TELL, 0, 0))
    }
    assert len(firsts) == 18


def test_the_numbers_are_pinned():
    # Philox and SeedSequence are stable across versions of NumPy; a change here would break resuming
    assert column_uniforms(1, 2, 0, 3).tolist() == [
        0.30931491118583454,
        0.3569562367935075,
        0.036904530468356844,
    ]
    assert trial_seed(0, 0) == 1735201683


@given(st.integers(0, 2**130), st.lists(st.integers(0, 2**70), max_size=4))
@settings(deadline=None, max_examples=60)
def test_a_stream_is_numpys_of_that_seed_and_path(seed, path):
    sequence = np.random.SeedSequence(seed, spawn_key=path)
    expected = np.random.default_rng(sequence).integers(2**63, size=4)
    assert stream(seed, *path).integers(2**63, size=4).tolist() == expected.tolist()


def test_a_negative_seed_is_refused():
    with pytest.raises(InvalidArgument, match="-1"):
        stream(-1, ASK)


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**64 - 1), st.integers(0, 10_000))
@settings(deadline=None, max_examples=60)
def test_blocks_do_not_matter(key, column, start):
    whole = column_uniforms(key, column, start, 13)
    parts = [column_uniforms(key, column, start + i, 1)[0] for i in range(13)]
    assert whole.tolist() == parts
    assert ((whole >= 0) & (whole < 1)).all()


def test_columns_and_keys_differ():
    draws = np.array([column_uniforms(k, c, 0, 2000) for k in (1, 2) for c in (1, 2)])
    correlation = np.corrcoef(draws) - np.eye(4)
    assert np.abs(correlation).max() < 5 / np.sqrt(2000)
    assert np.abs(draws.mean(axis=1) - 0.5).max() < 5 * np.sqrt(1 / 12 / 2000)


def test_trial_seeds_are_32_bits_and_differ():
    seeds = {trial_seed(s, n) for s in range(10) for n in range(200)}
    assert len(seeds) >= 1999  # one collision among 2000 draws of 2**32 would be a rare accident
    assert all(0 <= s < 2**32 for s in seeds)


def test_fresh_seeds():
    seeds = {fresh_seed() for _ in range(20)}
    assert len(seeds) == 20
    assert all(0 <= s < 2**63 for s in seeds)
    assert 0 <= draw_key(np.random.default_rng(0)) < 2**63


@pytest.mark.parametrize("number", [0, 1, 2**40])
def test_trial_seed_is_a_function(number):
    assert trial_seed(7, number) == trial_seed(7, number)
