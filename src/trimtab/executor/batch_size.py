"""Batch sizes that fit into memory: halved when a training runs out of it, or searched for beforehand.

A smaller batch has a smaller learning rate, in proportion: the linear scaling rule of Goyal et al. (2017),
Accurate, large minibatch SGD.
"""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trimtab.errors import InvalidArgument

_WORDS = ("out of memory", "cannot allocate memory", "failed to allocate")


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a run returned, and the batch size and learning rate that it had; `tried`: all sizes, in order."""

    value: Any
    batch_size: int
    lr: float | None
    tried: tuple[int, ...]


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory, of the machine or of a GPU, was too small."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError | OSError) and any(word in text for word in _WORDS)


def fit_batch(
    run: Callable[..., Any], batch_size: int, *, lr: float | None = None, least: int = 1
) -> Fitted:
    """Call `run(batch_size)`, or `run(batch_size, lr)`, and after each lack of memory with half of it.

    The learning rate is halved along. What the failed attempt held is collected before the next one; the
    run has to begin anew each time. Any other error, and a lack of memory at `least`, is raised as it is.

    Raises:
        InvalidArgument: `least` is below 1, or `batch_size` below `least`.
    """
    _check("least", least, 1)
    size = first = _check("batch_size", batch_size, least)
    tried: list[int] = []
    while True:
        tried.append(size)
        rate = None if lr is None else lr * size / first
        try:
            value = run(size) if rate is None else run(size, rate)
            return Fitted(value, size, rate, tuple(tried))
        except (MemoryError, RuntimeError, OSError) as error:
            if not is_out_of_memory(error) or size // 2 < least:
                raise
        size //= 2
        gc.collect()  # after the block: until its end the error held the frames of the failed run


def largest_batch(fits: Callable[[int], Any], low: int = 1, high: int = 1024) -> int:
    """The largest size in [low, high] that fits, by bisection: at most 11 calls for 1 to 1024.

    `fits(size)`: False, or an error for lack of memory, where it does not; anything else where it does.

    Raises:
        InvalidArgument: `low` is below 1, `high` below `low`, or not even `low` fits.
    """
    _check("low", low, 1)
    _check("high", high, low)
    if _does_fit(fits, high):
        return high
    best, above = low - 1, high
    while above - best > 1:
        middle = (best + above) // 2
        if _does_fit(fits, middle):
            best = middle
        else:
            above = middle
    if best < low:
        raise InvalidArgument(f"low={low}: not even that fits; use a smaller model or more memory")
    return best


def _does_fit(fits: Callable[[int], Any], size: int) -> bool:
    try:
        return fits(size) is not False
    except (MemoryError, RuntimeError, OSError) as error:
        if not is_out_of_memory(error):
            raise
    gc.collect()
    return False


def _check(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidArgument(f"{name}={value!r} must be a whole number, {least} or more")
    return value
