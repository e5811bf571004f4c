"""Optimizers as a comparison sees them: our samplers, and peers in environments of their own.

Every method has the same face, ask and tell, after COCO's separation of solver and experiment (Hansen et
al. 2021, Optimization Methods and Software 36). A peer is a command that speaks JSON lines, so what it
needs is never imported here, and its CPU time is that of its process alone.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from trimtab.errors import TrimtabError, Unsupported
from trimtab.space.domain import Categorical, Float, Int, Ordinal
from trimtab.space.space import Space
from trimtab.study.create import create_study
from trimtab.study.study import Study


class PeerFailed(TrimtabError, RuntimeError):
    """A peer's process ended, or said something that is no configuration."""


class Session(Protocol):
    """One run of a method."""

    def ask(self) -> dict[str, Any]:
        """The next configuration."""

    def tell(self, config: Mapping[str, Any], value: float) -> None:
        """What it is worth; less is better."""

    @property
    def seconds(self) -> float:
        """CPU seconds spent in asking and telling."""

    def close(self) -> None:
        """End the run."""


class Method(Protocol):
    """Something that can be compared."""

    @property
    def name(self) -> str:
        """What tables call it."""

    def begin(self, space: Space, seed: int, n_trials: int) -> Session:
        """Start a run."""


@dataclass(frozen=True)
class Ours:
    """A sampler of Trimtab, in this process."""

    name: str
    sampler: str | Mapping[str, Any]

    def begin(self, space: Space, seed: int, n_trials: int) -> Session:
        """A study in memory."""
        return _OurSession(create_study(space, sampler=self.sampler, seed=seed))


@dataclass
class _OurSession:
    study: Study
    seconds: float = 0.0
    trial: Any = None

    def ask(self) -> dict[str, Any]:
        """The next trial's configuration."""
        started = time.process_time()
        self.trial = self.study.ask()
        found = dict(self.trial.config)
        self.seconds += time.process_time() - started
        return found

    def tell(self, config: Mapping[str, Any], value: float) -> None:
        """Settle the trial that is open."""
        started = time.process_time()
        self.study.tell(self.trial, value)
        self.seconds += time.process_time() - started

    def close(self) -> None:
        """Nothing to do."""


@dataclass(frozen=True)
class Peer:
    """A command that answers JSON lines.

    It is sent {"begin": columns, "seed": s, "n_trials": n}, then {"ask": true} and {"tell": value} in
    turns, and answers each line with {"config": {...}, "seconds": cpu} or {"seconds": cpu}.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str] | None = field(default=None, repr=False)

    def begin(self, space: Space, seed: int, n_trials: int) -> Session:
        """Start the process. Raises PeerFailed if it does not answer."""
        env = None if self.env is None else dict(self.env)
        # NOTE: a file, for a pipe that nobody reads is full after 64 kB and halts whoever writes.
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - the session closes it
        try:
            process = subprocess.Popen(
                list(self.command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=env,
            )
        except OSError as failure:
            errors.close()
            raise PeerFailed(f"peer {self.name!r} did not start: {failure}") from failure
        session = _PeerSession(self.name, process, errors)
        session.said({"begin": plain_columns(space), "seed": seed, "n_trials": n_trials})
        return session


@dataclass
class _PeerSession:
    name: str
    process: "subprocess.Popen[str]"
    errors: IO[bytes]
    seconds: float = 0.0

    def said(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a line."""
        line = ""
        if self.process.stdin is not None and self.process.stdout is not None:
            try:
                self.process.stdin.write(json.dumps(message) + "\n")
                self.process.stdin.flush()
                line = self.process.stdout.readline()
            except BrokenPipeError:
                line = ""
            except UnicodeDecodeError as failure:
                raise self._failed(f"said what is no text: {failure}") from failure
        if not line:
            raise self._failed("ended")
        try:
            answer: dict[str, Any] = json.loads(line)
            self.seconds = float(answer["seconds"])
            if "ask" in message:
                dict(answer["config"])
        except (ValueError, KeyError, TypeError) as failure:
            wanted = '{"config": {...}, "seconds": cpu}' if "ask" in message else '{"seconds": cpu}'
            raise self._failed(f"said {line[:_START].rstrip()!r}, not {wanted}") from failure
        return answer

    def _failed(self, what: str) -> PeerFailed:
        """The error, with the end of what it wrote to standard error; the process is ended."""
        self.process.kill()
        self.process.communicate()
        size = self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(size - _TAIL, 0))
        said = self.errors.read().decode("utf-8", "replace").strip()[-_END:]
        self.errors.close()
        return PeerFailed(f"peer {self.name!r} {what}: {said or 'no message'}")

    def ask(self) -> dict[str, Any]:
        """Its next configuration."""
        return dict(self.said({"ask": True})["config"])

    def tell(self, config: Mapping[str, Any], value: float) -> None:
        """Pass the value on; the peer knows which configuration is open."""
        self.said({"tell": value})

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()
        self.errors.close()


def plain_columns(space: Space) -> list[dict[str, Any]]:
    """The columns as plain values: name, type (float, int, cat), low, high, log, or choices.

    Conditions and constraints are left out, for most peers know none: they see a flat space.
    """
    found: list[dict[str, Any]] = []
    for name, domain in space.domains.items():
        if isinstance(domain, Float | Int):
            kind = "int" if isinstance(domain, Int) else "float"
            bounds = {"low": domain.low, "high": domain.high, "log": domain.log}
            found.append({"name": name, "type": kind, **bounds})
        elif isinstance(domain, Categorical | Ordinal):
            found.append({"name": name, "type": "cat", "choices": list(domain.choices)})
        else:
            raise Unsupported(
                f"{name}={domain!r} has no plain form that peers know; use Float or Int"
            )
    return found


_START = 200  # characters of an answer that is none
_TAIL = 4096  # bytes of standard error that are looked at
_END = 400  # characters of it that are shown
