"""A trial that goes on from another one's checkpoint: its copy is made before the trial exists.

A copy without a trial is a draft that nobody loads. Who dies between the journal's answer and the renaming
leaves a trial without its checkpoint: it trains from the first step, with the same configuration.
Files are copied, not linked: an objective may open its own for writing.
"""

import os
import shutil
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from trimtab.core.protocols import Claim
from trimtab.errors import Unsupported
from trimtab.executor.checkpoint import Checkpoint, flush

_TRIES = 5  # the parent may save, and clear away what we are copying


@dataclass(frozen=True)
class Copy:
    """A parent's checkpoint, ready for a trial that may come to be."""

    folder: Path
    step: int

    def place(self, home: Path) -> None:
        """It belongs to this trial now."""
        shutil.rmtree(home, ignore_errors=True)
        self.folder.rename(home)

    def drop(self) -> None:
        """The trial did not come to be."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def settle(self, number: int, claims: Iterable[Claim], checkpoints: Path) -> None:
        """Give the checkpoint to the trial it was copied for, if a claim says that it came to be."""
        if any(claim.number == number for claim in claims):
            self.place(checkpoints / str(number))
        else:
            self.drop()


def copied(checkpoints: Path, parent: int) -> Copy:
    """A copy of the parent's latest checkpoint.

    Raises:
        Unsupported: it has saved none.
    """
    source = Checkpoint(str(checkpoints / str(parent)))
    draft = checkpoints / f"fork-{os.getpid()}-{uuid.uuid4().hex[:12]}"
    for _ in range(_TRIES):
        found = source.folder
        if found is None:
            break
        step = int(found.name.split("-")[1])
        try:
            shutil.copytree(
                found, draft / f"step-{step}"
            )  # of no worker: the child's own come after it
        except (FileNotFoundError, shutil.Error):
            shutil.rmtree(draft, ignore_errors=True)
            continue
        flush(draft)
        return Copy(draft, step)
    raise Unsupported(
        f"trial {parent} has saved no checkpoint that another one could go on from; save one in the loop: "
        "with trial.checkpoint.save(step) as folder: ..."
    )
