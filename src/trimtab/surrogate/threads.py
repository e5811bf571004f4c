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
from types import ModuleType

import numpy as np

Library = tuple[
    Callable[[], int], Callable[[int], None]
]  # how many threads it uses; how to change that

_SUFFIXES = ("64_", "")  # with 64-bit integers (NumPy's), and without (SciPy's)

_lock = Lock()
_inside = 0  # threads of ours that are at work
_before: list[tuple[Callable[[int], None], int]] = []  # what the first of them found
_has_scipy = False  # whether SciPy's library is among these


@contextmanager
def one_thread() -> Iterator[None]:
    """Within it, and in functions that it decorates, OpenBLAS uses the calling thread alone.

    May be nested, and entered by several threads at once; the last one out restores what was set before.
    SciPy's joins once it is imported, for which entering is no reason: see `scipy_linalg`.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def scipy_linalg() -> ModuleType:
    """scipy.linalg, imported when first needed, and within `one_thread` with one thread even then."""
    from scipy import linalg

    if _inside and not _has_scipy:
        with _lock:
            if _inside:  # NOTE: whoever was inside may have left, and nobody would restore it
                _limit()
    return linalg


def _enter() -> None:
    global _inside
    with _lock:
        if not _inside:
            _before.clear()
            _limit()
        _inside += 1


def _limit() -> None:
    """Give the libraries that are not limited yet one thread, and keep what they had."""
    global _has_scipy
    for count, set_count in libraries()[len(_before) :]:  # NOTE: SciPy's is the last
        _before.append((set_count, count()))
        set_count(1)
    _has_scipy = "scipy.linalg" in sys.modules


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
