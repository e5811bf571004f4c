"""Garbage between trials: models are full of cycles, and Python's collector counts objects, not bytes.

It runs when enough objects have been made (Schemenauer 2000, Python 2.0's collector of cycles), however large
they are, so twenty trials may leave twenty models behind. Here it is run when the process has grown.
"""

import gc
import os
import time

_MANY = 32 * 2**20  # bytes that the process may grow before we look
_OFTEN = 0.005  # seconds: between trials that are quicker than this the process is not looked at
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_STATM = "/proc/self/statm"


class _Sweeper:
    """Remembers how large the process was when its garbage was last collected."""

    def __init__(self) -> None:
        self._before = _resident()
        self._looked = 0.0

    def sweep(self) -> None:
        """Collect garbage if the process has grown by much; costs 20 microseconds where it has not."""
        now = time.perf_counter()
        if now - self._looked < _OFTEN:
            return
        self._looked = now
        if _resident() - self._before > _MANY:
            gc.collect()
            self._before = _resident()


def _resident() -> int:
    """Bytes of memory that this process holds; 0 where the system does not tell."""
    try:
        with open(_STATM) as file:
            return int(file.read().split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0


sweep = _Sweeper().sweep
