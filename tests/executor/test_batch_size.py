"""Batch sizes that fit: halved with their learning rate, or found by bisection in few calls."""

import gc
import weakref
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab as tt


class OutOfMemoryError(RuntimeError):
    """As torch.cuda has it."""


class Held:
    """Something large."""


ERRORS = [
    MemoryError(),
    OutOfMemoryError("no"),
    RuntimeError("CUDA error: out of memory"),
    OSError(12, "Cannot allocate memory"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_a_batch_is_halved_until_it_fits_and_its_rate_along(error: Exception) -> None:
    """MEM-01: more than 48 is too much: 128, 64, 32, and the learning rate in proportion."""

    def run(size: int, lr: float) -> tuple[int, float]:
        if size > 48:
            raise error
        return size, lr

    found = tt.fit_batch(run, 128, lr=0.4)
    assert found.tried == (128, 64, 32) and found.batch_size == 32
    assert found.lr == pytest.approx(0.1) and found.value == (32, found.lr)


def test_without_a_rate_the_run_gets_the_size_alone() -> None:
    found = tt.fit_batch(lambda size: size * 2, 7)
    assert (found.value, found.batch_size, found.lr, found.tried) == (14, 7, None, (7,))


def test_what_the_failed_run_held_is_gone_before_the_next_one() -> None:
    seen: list[Any] = []

    def run(size: int) -> int:
        assert all(reference() is None for reference in seen)
        held = Held()
        held.me = held  # type: ignore[attr-defined]  # a cycle, as models have
        seen.append(weakref.ref(held))
        if size > 10:
            raise MemoryError
        return size

    gc.disable()
    try:
        assert tt.fit_batch(run, 64).tried == (64, 32, 16, 8)
    finally:
        gc.enable()


def test_other_errors_and_the_last_size_are_not_caught() -> None:
    def wrong(size: int) -> None:
        raise RuntimeError("shapes differ")

    def never(size: int) -> None:
        sizes.append(size)
        raise MemoryError(str(size))

    sizes: list[int] = []
    with pytest.raises(RuntimeError, match="shapes differ"):
        tt.fit_batch(wrong, 8)
    with pytest.raises(RuntimeError, match="shapes differ"):
        tt.largest_batch(wrong)
    with pytest.raises(MemoryError, match="4"):
        tt.fit_batch(never, 16, least=3)
    assert sizes == [16, 8, 4]


@pytest.mark.parametrize(("limit", "expected"), [(48, 48), (1, 1), (1023, 1023), (5000, 1024)])
def test_the_largest_batch_is_found_in_eleven_calls(limit: int, expected: int) -> None:
    """MEM-06: a limit of 48 in 1 to 1024; a limit above the range gives its end."""
    calls: list[int] = []

    def fits(size: int) -> bool:
        calls.append(size)
        if size > limit and size % 2:
            raise MemoryError
        return size <= limit

    assert tt.largest_batch(fits, 1, 1024) == expected
    assert len(calls) <= 11


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 300), st.integers(0, 300), st.integers(1, 700))
def test_bisection_agrees_with_looking_at_every_size(low: int, more: int, limit: int) -> None:
    fitting = [size for size in range(low, low + more + 1) if size <= limit]
    if fitting:
        assert tt.largest_batch(lambda size: size <= limit, low, low + more) == fitting[-1]
    else:
        with pytest.raises(tt.InvalidArgument, match="not even that"):
            tt.largest_batch(lambda size: size <= limit, low, low + more)


def test_sizes_that_make_no_sense_are_refused() -> None:
    for call in (
        lambda: tt.fit_batch(len, 0),
        lambda: tt.fit_batch(len, 2, least=3),
        lambda: tt.largest_batch(len, 0),
        lambda: tt.largest_batch(len, 5, 4),
        lambda: tt.fit_batch(len, 2.0),  # type: ignore[arg-type]
    ):
        with pytest.raises(tt.InvalidArgument, match="whole number"):
            call()
