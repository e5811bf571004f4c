"""Digits, primes and keyed words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.design.sequence import (
    digit_count,
    digits,
    keyed_words,
    mixed,
    primes,
    row_indices,
)
from trimtab.errors import InvalidArgument


def test_splitmix_reference_words() -> None:
    # Steele, Lea & Flood (2014): the first outputs for state 0, as published with the generator
    state = np.arange(3, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    assert [hex(w) for w in mixed(state)] == [
        "0xe220a8397b1dcdaf",
        "0x6e789e6aa1b965f4",
        "0x6c45d188009454f",
    ]


def test_keyed_words_are_a_function_of_key_and_path() -> None:
    column, digit = np.arange(5)[:, None], np.arange(7)[None, :]
    words = keyed_words(3, column, digit)
    assert words.shape == (5, 7)
    assert np.array_equal(keyed_words(3, column[:2], digit), words[:2])
    assert len(np.unique(words)) == 35
    assert not np.array_equal(keyed_words(4, column, digit), words)
    low, high = keyed_words(5, column), keyed_words(5 + 2**64, column)
    assert not np.array_equal(low, high)  # the upper half of a long key counts
    with pytest.raises(InvalidArgument, match="key must be at least 0"):
        keyed_words(-1, column)


def test_keyed_bits_look_fair() -> None:
    words = keyed_words(0, np.arange(10_000))
    ones = [int(((words >> np.uint64(k)) & np.uint64(1)).sum()) for k in range(64)]
    assert max(abs(c - 5000) for c in ones) < 5 * 50  # five standard deviations


def test_primes() -> None:
    assert primes(0) == ()
    assert primes(10) == (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)
    assert primes(28)[26:] == (103, 107)
    assert primes(1000)[-1] == 7919


@given(st.integers(2, 10**6))
@settings(deadline=None, max_examples=50)
def test_digit_count_is_the_most_that_fits(base: int) -> None:
    count = digit_count(base)
    assert base**count <= 2**53 < base ** (count + 1)


@given(st.integers(0, 10**9), st.integers(2, 50))
@settings(deadline=None, max_examples=50)
def test_digits_give_the_index_back(index: int, base: int) -> None:
    figure = digits(np.array([index]), base, digit_count(base))[0]
    assert ((figure >= 0) & (figure < base)).all()
    assert sum(int(f) * base**i for i, f in enumerate(figure)) == index


def test_rows_past_the_end_are_refused() -> None:
    assert row_indices(3, 2, leap=5).tolist() == [15, 20]
    assert row_indices(8, 2, limit=10).tolist() == [8, 9]
    with pytest.raises(InvalidArgument, match="past the end"):
        row_indices(9, 2, limit=10)
    with pytest.raises(InvalidArgument, match="start must be at least 0"):
        row_indices(-1, 2)
