"""A trial that goes on from another one's checkpoint: its copy is made before the trial exists.

The copy is named after the trial that it is made for, and where it came from. Who takes the trial, its maker
or, if that one was killed, whoever takes it over, moves the copy into place; so a trial that the journal
knows has its checkpoint (Gray 1978, Notes on Data Base Operating Systems: what is needed to redo is written
before the commit). A copy whose trial did not come to be is a draft that nobody loads.
Files are copied, not linked: an objective may open its own for writing.
"""

import os
import shutil
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from trimtab.core.trial import TrialState
from trimtab.errors import Unsupported
from trimtab.executor.checkpoint import Checkpoint, flush

_TRIES = 5  # the parent may save, and clear away what we are copying


@dataclass(frozen=True)
class Copy:
    """A parent's checkpoint, ready for the trial `number`, if it comes to be."""

    folder: Path
    number: int
    step: int

    def drop(self) -> None:
        """The trial did not come to be."""
        shutil.rmtree(self.folder, ignore_errors=True)


def copied(checkpoints: Path, parent: int, number: int) -> Copy:
    """A copy of the parent's latest checkpoint, for a trial of this number.

    Raises:
        Unsupported: it has saved none.
    """
    source = Checkpoint(str(checkpoints / str(parent)))
    making = checkpoints / f"copying-{uuid.uuid4().hex[:12]}"
    for _ in range(_TRIES):
        found = source.folder
        if found is None:
            break
        step = int(found.name.split("-")[1])
        try:
            # Of no worker: the child's own come after it.
            shutil.copytree(found, making / f"step-{step}")
        except (FileNotFoundError, shutil.Error):
            shutil.rmtree(making, ignore_errors=True)
            continue
        flush(making)
        name = f"fork-{number}-{parent}-{step}-{making.name[8:]}"
        return Copy(making.rename(checkpoints / name), number, step)
    raise Unsupported(
        f"trial {parent} has saved no checkpoint that another one could go on from; save one in the loop: "
        "with trial.checkpoint() as folder: ..."
    )


def cleared(checkpoints: Path, number: int, state: TrialState) -> None:
    """Remove the checkpoints of a trial that ended so that nothing will go on from them."""
    # NOTE: it is looked for at the end of each such trial; a Path takes longer to make.
    folder = f"{checkpoints}/{number}"
    if state in (TrialState.PRUNED, TrialState.FAILED) and os.path.exists(folder):
        shutil.rmtree(folder, ignore_errors=True)


def placed(checkpoints: Path, number: int, origin: tuple[int, int]) -> None:
    """Move the copy of the checkpoint `origin` (parent, step) to its trial; nothing, where it has one."""
    home = checkpoints / str(number)
    if not home.exists():
        for copy in sorted(checkpoints.glob(f"fork-{number}-{origin[0]}-{origin[1]}-*")):
            with suppress(FileNotFoundError):  # who has lost the trial is clearing its drafts away
                copy.rename(home)
                break
    for draft in checkpoints.glob(f"fork-{number}-*"):
        shutil.rmtree(draft, ignore_errors=True)
