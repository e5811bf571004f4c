"""Methods x problems x seeds: run once each, in parallel processes, and never twice.

Each finished run is one line of JSON in a file that only grows, so a comparison that was cut off goes on
where it was, and one with more seeds or methods adds what is missing. A run that failed is a line too,
with its reason: it is said in the tables and not repeated until that line is removed.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol

from trimtab.bench.method import Method
from trimtab.errors import TrimtabError
from trimtab.space.space import Space


class Objective(Protocol):
    """What is minimized in one run: perhaps with noise, whose true value is known."""

    @property
    def space(self) -> Space:
        """Where to look."""

    def measured(self, config: Mapping[str, Any]) -> float:
        """What the method is told."""

    def true(self, config: Mapping[str, Any]) -> float:
        """What it is judged by; the same where there is no noise."""


class Puzzle(Protocol):
    """A problem of a comparison; it is sent to other processes and opened there."""

    @property
    def name(self) -> str:
        """What tables call it."""

    def open(self, seed: int) -> Objective:
        """The objective of one run; its noise is drawn from the seed."""


@dataclass(frozen=True)
class Run:
    """What one method did on one problem with one seed."""

    method: str
    problem: str
    seed: int
    values: tuple[float, ...] = ()  # as measured, in order
    truths: tuple[float, ...] = ()
    seconds: float = 0.0  # CPU time of asking and telling
    error: str = ""  # why it did not finish; empty if it did
    costs: tuple[float, ...] = ()  # spent in all when each value was there; empty: 1 a trial

    @property
    def key(self) -> tuple[str, str, int]:
        """Method, problem, seed."""
        return self.method, self.problem, self.seed


def run_once(method: Method, puzzle: Puzzle, seed: int, n_trials: int) -> Run:
    """One run; a failure of Trimtab's or a peer's is recorded, anything else is raised."""
    objective = puzzle.open(seed)
    values: list[float] = []
    truths: list[float] = []
    try:
        session = method.begin(objective.space, seed, n_trials)
        try:
            for _ in range(n_trials):
                config = session.ask()
                values.append(objective.measured(config))
                truths.append(objective.true(config))
                session.tell(config, values[-1])
            seconds = session.seconds
        finally:
            session.close()
    except TrimtabError as failure:
        return Run(method.name, puzzle.name, seed, error=f"{type(failure).__name__}: {failure}")
    return Run(method.name, puzzle.name, seed, tuple(values), tuple(truths), seconds)


def compare(
    methods: Sequence[Method],
    puzzles: Sequence[Puzzle],
    seeds: Iterable[int],
    n_trials: int,
    path: Path,
    *,
    n_workers: int = 1,
    seconds: float | None = None,
) -> list[Run]:
    """All runs, those that are in the file at `path` included; what is missing is run and added.

    Seeds come first, then problems, then methods, so that a comparison that is cut off is a fair one with
    fewer seeds. No run is started after `seconds`. Runs of fewer trials are made anew.
    """
    known = read(path)
    done = {run.key: run for run in known if run.error or len(run.values) >= n_trials}
    todo = [
        (m, p, s)
        for s in seeds
        for p in puzzles
        for m in methods
        if (m.name, p.name, s) not in done
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.read_bytes().endswith(b"\n"):
        with path.open("a") as file:  # the line that was cut off; the next one is not a part of it
            file.write("\n")
    end = time.monotonic() + seconds if seconds is not None else float("inf")
    for run in _runs(todo, n_trials, n_workers, end):
        done[run.key] = run
        with path.open("a") as file:
            file.write(json.dumps(asdict(run)) + "\n")
    return list(done.values())


def read(path: Path) -> list[Run]:
    """The runs of a file; none if it does not exist. A line that was cut off is left out."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text().splitlines():
        try:
            raw: dict[str, Any] = json.loads(line)
        except json.JSONDecodeError:
            continue
        for name in ("values", "truths", "costs"):
            raw[name] = tuple(raw.get(name, ()))
        found.append(Run(**raw))
    return found


_Job = tuple[Method, Puzzle, int]


def _runs(todo: Sequence[_Job], n_trials: int, n_workers: int, end: float) -> Iterable[Run]:
    if n_workers == 1:
        for method, puzzle, seed in todo:
            if time.monotonic() > end:
                return
            yield run_once(method, puzzle, seed, n_trials)
        return
    # NOTE: spawned, so that no worker inherits threads of a linear algebra library.
    with ProcessPoolExecutor(n_workers, get_context("spawn")) as pool:
        waiting: set[Future[Run]] = set()
        jobs = iter(todo)
        while True:
            while len(waiting) < n_workers and time.monotonic() <= end:
                job: _Job | None = next(jobs, None)
                if job is None:
                    break
                waiting.add(pool.submit(run_once, *job, n_trials))
            if not waiting:
                return
            ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in ended:
                yield future.result()
