"""A trial's checkpoints: folders that are there whole or not at all.

A checkpoint is written into a draft folder, flushed to disk and renamed, the way that files are replaced
safely (Pillai et al. 2014, All File Systems Are Not Created Equal). Who dies in between leaves a draft, which
is never loaded.

Every worker that takes a trial has a greater fencing token (Kleppmann 2016, How to do distributed locking).
It is part of a checkpoint's name, so a worker that has lost its lease without noticing never replaces
what its successor saved; and it leaves a mark when it first looks, after which older ones cannot save.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path

from trimtab.core.outcome import step_of
from trimtab.errors import InvalidArgument, LeaseLost

_LOSS = ".trimtab-loss"  # the file of a checkpoint that says how good it is


class Checkpoint:
    """The saved states of one trial, by step.

    `folder`: where they lie; None: nowhere. `token`: that of the worker's claim on the trial. `before`:
    called before a checkpoint becomes the latest, so that what was reported up to it is durable first:
    who goes on from it will not measure that again. `now`: the step that the trial is at, None before it
    has one.
    """

    def __init__(
        self, folder: str | None, token: int = 0, before: Callable[[], None] | None = None
    ) -> None:
        self._place = folder
        self._token = token
        self._before = before
        self._has_marked = False
        self._n_last, self._n_best = 1, 0
        self.now: int | None = None

    def __call__(
        self, step: int | None = None, *, loss: float | None = None
    ) -> AbstractContextManager[Path]:
        """The same as `save`: `with trial.checkpoint() as folder: ...`."""
        return self.save(step, loss=loss)

    @cached_property
    def _folder(self) -> Path | None:
        return None if self._place is None else Path(self._place)  # most trials never need it

    @property
    def step(self) -> int:
        """The step of the latest checkpoint; 0 where there is none."""
        self._mark()
        return max(self._saved(), default=(0, 0))[1]

    @property
    def folder(self) -> Path | None:
        """The latest checkpoint's folder, to load from; None where there is none."""
        self._mark()
        saved = self._saved()
        return self._at(*max(saved)) if saved else None

    @property
    def best(self) -> Path | None:
        """The folder with the smallest loss; None where none was saved with one."""
        ranked = self._ranked()
        return self._at(*ranked[0]) if ranked else None

    @property
    def steps(self) -> list[int]:
        """The steps of all checkpoints that are kept, in the order in which they were saved."""
        return [step for _, step in sorted(self._saved())]

    def keep(self, last: int = 1, best: int = 0) -> None:
        """Keep the `last` newest checkpoints, and the `best` ones with the smallest losses besides.

        Without it, the newest one alone. It holds from the next `save` on.

        Raises:
            InvalidArgument: not whole numbers, or no newest one: a trial goes on from that.
        """
        for name, n, least in (("last", last, 1), ("best", best, 0)):
            if isinstance(n, bool) or not isinstance(n, int) or n < least:
                raise InvalidArgument(f"{name}={n!r} must be a whole number, {least} or more")
        self._n_last, self._n_best = last, best

    @contextmanager
    def save(self, step: int | None = None, *, loss: float | None = None) -> Iterator[Path]:
        """A new folder to save into; it becomes the latest checkpoint when the block ends well.

        `step`: how far the trial has come; None: the step of its loop over `trial.steps()`, else of its
        latest report. `loss`: how good it is, smaller is better, for `keep(best=...)`; NaN is never among
        the best.

        Raises:
            InvalidArgument: the trial has nowhere to save to, or has come to no step yet.
            LeaseLost: another worker has taken the trial over; nothing was saved.
        """
        number = self._step(step)
        if self._folder is None:
            raise InvalidArgument(
                "checkpoint: this trial has no folder; run it through study.optimize or minimize"
            )
        self._check()
        draft = self._folder / f"draft-{os.getpid()}"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        try:
            yield draft
            if loss is not None:
                (draft / _LOSS).write_text(repr(float(loss)))
            flush(draft)
            if self._before is not None:
                self._before()
            self._mark()
            self._check()
            mine = (self._token, number)
            place = self._at(*mine)
            shutil.rmtree(place, ignore_errors=True)
            draft.rename(place)
            kept = set(self._ranked()[: self._n_best])
            for old in sorted(s for s in self._saved() if s <= mine)[: -self._n_last]:
                if old not in kept:
                    shutil.rmtree(self._at(*old), ignore_errors=True)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _step(self, step: int | None) -> int:
        if step is None and self.now is None:
            raise InvalidArgument(
                "checkpoint: this trial has come to no step yet; say which, trial.checkpoint.save(step), "
                "or loop over trial.steps()"
            )
        return step_of(self.now if step is None else step)

    def remove(self) -> None:
        """Delete all that was saved."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _at(self, token: int, step: int) -> Path:
        name = f"step-{step}-{token}" if token else f"step-{step}"
        return (self._folder or Path()) / name

    def _names(self) -> list[str]:
        if self._folder is None or not self._folder.is_dir():
            return []
        return [p.name for p in self._folder.iterdir()]

    def _saved(self) -> list[tuple[int, int]]:
        """Token and step of each checkpoint: the latest worker's count before all others."""
        found = [_SAVED.fullmatch(name) for name in self._names()]
        return [(int(m[2] or 0), int(m[1])) for m in found if m is not None]

    def _ranked(self) -> list[tuple[int, int]]:
        """Those that were saved with a loss, the smallest first, and of equal ones the earliest."""
        losses = {saved: _loss_of(self._at(*saved)) for saved in self._saved()}
        return sorted((s for s in losses if losses[s] == losses[s]), key=lambda s: (losses[s], s))

    def _mark(self) -> None:
        """Say that this worker has the trial now, if there is anything that others could spoil."""
        if (
            self._token
            and not self._has_marked
            and self._folder is not None
            and self._folder.is_dir()
        ):
            (self._folder / f"worker-{self._token}").touch()
            self._has_marked = True

    def _check(self) -> None:
        others = [int(name[7:]) for name in self._names() if name.startswith("worker-")]
        if max(others, default=0) > self._token:
            raise LeaseLost(
                f"checkpoint: another worker has taken over {self._folder}; this one saves no more"
            )


_SAVED = re.compile(r"step-(\d+)(?:-(\d+))?")


def _loss_of(folder: Path) -> float:
    try:
        return float((folder / _LOSS).read_text())
    except (OSError, ValueError):
        return float("nan")


def flush(folder: Path) -> None:
    """Flush all files of a folder, so that a crash after the rename cannot empty them."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
