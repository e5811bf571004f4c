"""A trial's checkpoints: folders that are there whole or not at all.

A checkpoint is written into a draft folder, flushed to disk and renamed, the way that files are replaced
safely (Pillai et al. 2014, All File Systems Are Not Created Equal). Who dies in between leaves a draft, which
is never loaded.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trimtab.core.outcome import step_of
from trimtab.errors import InvalidArgument

_KEPT = 1  # checkpoints of one trial


class Checkpoint:
    """The saved states of one trial, by step. `folder`: where they lie; None: nowhere."""

    def __init__(self, folder: str | None) -> None:
        self._folder = None if folder is None else Path(folder)

    @property
    def step(self) -> int:
        """The step of the latest checkpoint; 0 where there is none."""
        return max(self._steps(), default=0)

    @property
    def folder(self) -> Path | None:
        """The latest checkpoint's folder, to load from; None where there is none."""
        steps = self._steps()
        return self._at(max(steps)) if steps else None

    @contextmanager
    def save(self, step: int) -> Iterator[Path]:
        """A new folder to save into; it becomes the latest checkpoint when the block ends well.

        Raises:
            InvalidArgument: the trial has nowhere to save to.
        """
        number = step_of(step)
        if self._folder is None:
            raise InvalidArgument(
                "checkpoint: this trial has no folder; run it through study.optimize or minimize"
            )
        draft = self._folder / f"draft-{os.getpid()}"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        try:
            yield draft
            flush(draft)
            place = self._at(number)
            shutil.rmtree(place, ignore_errors=True)
            draft.rename(place)
            for old in sorted(self._steps())[:-_KEPT]:
                if old < number:
                    shutil.rmtree(self._at(old), ignore_errors=True)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def remove(self) -> None:
        """Delete all that was saved."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _at(self, step: int) -> Path:
        return (self._folder or Path()) / f"step-{step}"

    def _steps(self) -> list[int]:
        if self._folder is None or not self._folder.is_dir():
            return []
        names = [p.name for p in self._folder.iterdir()]
        return [int(n[5:]) for n in names if n.startswith("step-") and n[5:].isdigit()]


def flush(folder: Path) -> None:
    """Flush all files of a folder, so that a crash after the rename cannot empty them."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
