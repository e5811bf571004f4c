"""Ctrl-C and SIGTERM during a run: they end it, but never between a write and our knowing of it.

POSIX.1 (2001) has the signals. Python raises KeyboardInterrupt between any two byte codes; were that
just after a trial became durable, nobody would know that it is ours to put back. So a signal that
comes while something is written waits until that is done; a second one does not wait.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self


class Terminated(KeyboardInterrupt):
    """SIGTERM came: leaves objectives and executors by the same way as Ctrl-C does."""


class Interrupts:
    """While entered: SIGINT raises KeyboardInterrupt as ever, and SIGTERM leaves as SystemExit(143).

    Handlers of the user's own, and threads other than the main one, are left alone.
    """

    def __init__(self) -> None:
        self._replaced: dict[int, Any] = {}
        self._n_holds = 0
        self._came: int | None = None  # the signal that waits

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            defaults: dict[int, Any] = {
                signal.SIGINT: signal.default_int_handler,
                signal.SIGTERM: signal.SIG_DFL,
            }
            for signum, default in defaults.items():
                if signal.getsignal(signum) is default:
                    self._replaced[signum] = default
                    signal.signal(signum, self._arrive)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for signum, default in self._replaced.items():
            signal.signal(signum, default)
        self._replaced.clear()
        if isinstance(error, Terminated):
            raise SystemExit(128 + signal.SIGTERM) from None

    @contextmanager
    def held(self) -> Iterator[None]:
        """A signal that comes inside is raised at the end."""
        self._n_holds += 1
        try:
            yield
        finally:
            self._n_holds -= 1
            came = self._came
            if came is not None and not self._n_holds:
                self._came = None
                _raise(came)

    def _arrive(self, signum: int, _: Any) -> None:
        if self._n_holds and self._came is None:
            self._came = signum
            return
        self._came = None
        _raise(signum)


def _raise(signum: int) -> None:
    raise Terminated if signum == signal.SIGTERM else KeyboardInterrupt
