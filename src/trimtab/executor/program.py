"""One run of a program in a session of its own: its lines as they come, and its end with all its children.

Output is read by two threads (as `Popen.communicate` does since PEP 324, 2003), so that neither pipe
fills up while the other is waited for.
"""

import os
import queue
import secrets
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from typing import IO

from trimtab.errors import TrialPruned, TrialTimeout
from trimtab.executor import tree
from trimtab.executor.handle import Trial
from trimtab.executor.worker import ProgramFailed

_TAIL = 65_536  # bytes of standard error that a failure quotes
_TICK = 0.1  # seconds
_AFTER = 0.3  # seconds that output may still come after the program has ended


class Program:
    """A running program.

    Raises:
        ProgramFailed: it cannot be started.
    """

    def __init__(
        self,
        words: list[str],
        trial: Trial,
        *,
        env: Mapping[str, str],
        cwd: str | None,
        timeout: float | None,
    ) -> None:
        self.output: list[str] = []
        self._errors: deque[bytes] = deque()
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._trial = trial
        self._limit = timeout
        self._mark = f"{os.environ.get(tree.MARK, 'command')}/{secrets.token_hex(4)}"
        given = {"TRIMTAB_TRIAL": str(trial.number), "TRIMTAB_SEED": str(trial.seed)}
        try:
            self._process = subprocess.Popen(
                words,
                env={**os.environ, **env, **given, tree.MARK: self._mark},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise ProgramFailed(f"cannot start {words[0]!r}: {error}") from error
        self._start = time.monotonic()
        self._threads = [
            threading.Thread(target=target, args=(stream,), daemon=True)
            for target, stream in (
                (self._read_out, self._process.stdout),
                (self._read_errors, self._process.stderr),
            )
        ]
        for thread in self._threads:
            thread.start()

    def lines(self) -> Iterator[str]:
        """The lines of standard output, as they come, until the program has ended.

        Raises:
            TrialTimeout: it runs for too long.
            TrialPruned: the study has given the trial up.
        """
        is_drained, ended = False, None
        while ended is None or not (is_drained or time.monotonic() - ended >= _AFTER):
            try:
                line = self._lines.get(timeout=_TICK / 10 if is_drained else _TICK)
                is_drained = line is None
                if line is not None:
                    yield line
            except queue.Empty:
                pass  # nothing was printed
            if self._limit is not None and time.monotonic() - self._start >= self._limit:
                raise TrialTimeout(f"timeout after {float(self._limit)} s{self.told()}")
            if self._trial.is_stopped:
                raise TrialPruned("the study has given this trial up")
            if ended is None and tree.has_exited(self._process.pid):
                ended = time.monotonic()

    def end(self) -> None:
        """End the program, if it still runs, with all its children."""
        tree.end_trees([(self._process.pid, self._mark)])
        self._process.wait()
        for thread in self._threads:
            thread.join(1.0)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def check(self) -> None:
        """Raises ProgramFailed unless the program has exited with 0."""
        code = self._process.returncode
        if code:
            how = f"exit code {code}" if code > 0 else f"signal {-code}"
            raise ProgramFailed(f"the program failed: {how}{self.told()}")

    def told(self) -> str:
        """The end of standard error, to be appended to a message."""
        text = b"".join(self._errors)[-_TAIL:].decode(errors="replace").strip()
        return f"; its standard error ends with:\n{text}" if text else ""

    def _read_out(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._lines.put(line.decode(errors="replace").rstrip("\r\n"))
        self._lines.put(None)

    def _read_errors(self, stream: IO[bytes]) -> None:
        size = 0
        while chunk := os.read(stream.fileno(), 8192):
            self._errors.append(chunk)
            size += len(chunk)
            while size - len(self._errors[0]) > _TAIL:
                size -= len(self._errors.popleft())
