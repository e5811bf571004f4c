"""One thread for the linear algebra of a model.

OpenBLAS hands even a matrix of twenty rows to all cores, and its threads wait for each other by spinning:
beside busy workers what takes microseconds takes milliseconds. The matrices of a surrogate are small, so
one thread is as fast on an idle machine, hundreds of times faster on a busy one, and gives the same digits
on any number of cores. The wheels of NumPy and SciPy each bring an OpenBLAS of their own; with other
builds nothing is changed.
"""

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock

import numpy as np

Library = tuple[
    Callable[[], int], Callable[[int], None]
]  # how many threads it uses; how to change that

_SUFFIXES = ("64_", "")  # with 64-bit integers (NumPy's), and without (SciPy's)

_lock = Lock()
_inside = 0  # threads of ours that are at work
_before: list[tuple[Callable[[int], None], int]] = []  # what the first of them found


@contextmanager
def one_thread() -> Iterator[None]:
    """Within it, and in functions that it decorates, OpenBLAS uses the calling thread alone.

    May be nested, and entered by several threads at once; the last one out restores what was set before.
    SciPy's is left alone until SciPy has been imported, which nothing here should be the reason for.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _inside
    with _lock:
        if not _inside:
            found = libraries()
            _before[:] = [(set_count, count()) for count, set_count in found]
            for _, set_count in found:
                set_count(1)
        _inside += 1


def _leave() -> None:
    global _inside
    with _lock:
        _inside -= 1
        if not _inside:
            for set_count, n in _before:
                set_count(n)


def libraries() -> tuple[Library, ...]:
    """The OpenBLAS libraries of NumPy and, once it is imported, SciPy."""
    scipy = sys.modules.get("scipy.linalg")
    found = _libraries_of(str(Path(np.__file__).parent))
    if scipy is None or scipy.__file__ is None:
        return found
    return found + _libraries_of(str(Path(scipy.__file__).parent.parent))


@cache
def _libraries_of(package: str) -> tuple[Library, ...]:
    root, found = Path(package), []
    for folder in (root.with_name(f"{root.name}.libs"), root / ".dylibs"):
        for path in sorted(folder.glob("*openblas*")):
            with suppress(OSError):  # a file that this process cannot load
                found += _functions(ctypes.CDLL(str(path)))
    return tuple(found)


def _functions(library: ctypes.CDLL) -> list[Library]:
    for suffix in _SUFFIXES:
        names = [f"scipy_openblas_{verb}_num_threads{suffix}" for verb in ("get", "set")]
        if all(hasattr(library, name) for name in names):
            count, set_count = (getattr(library, name) for name in names)
            count.argtypes, count.restype = [], ctypes.c_int
            set_count.argtypes, set_count.restype = [ctypes.c_int], None
            return [(count, set_count)]
    return []
