"""Files that a trial leaves behind on purpose: a model, a figure, a log.

They lie beside the trial's checkpoints, in a folder of their own that stays when the trial fails or is
pruned, and are there whole or not at all: copied, flushed to disk, renamed (Pillai et al. 2014, All File
Systems Are Not Created Equal).
"""

import os
import shutil
from pathlib import Path

from trimtab.errors import InvalidArgument
from trimtab.executor.checkpoint import flush

_FOLDER = "artifacts"


def keep(place: str | None, source: str | os.PathLike[str], name: str | None) -> Path:
    """Copy a file or a folder to where the trial of these checkpoints keeps what it leaves.

    Raises:
        InvalidArgument: there is no such file, the name is a path, or the trial has nowhere to keep it.
    """
    path = Path(source)
    called = path.name if name is None else name
    if place is None:
        raise InvalidArgument(
            "save_artifact: this trial has no folder; run it through study.optimize or minimize"
        )
    if not path.exists():
        raise InvalidArgument(f"save_artifact({str(path)!r}): there is no such file")
    if (
        not called
        or called != Path(called).name
        or called in (".", "..")
        or called.startswith(".draft-")
    ):
        raise InvalidArgument(f"save_artifact: name={called!r} must be a plain file name")
    home = Path(place).parent / _FOLDER / Path(place).name
    draft, target = home / f".draft-{os.getpid()}-{called}", home / called
    home.mkdir(parents=True, exist_ok=True)
    try:
        if path.is_dir():
            shutil.copytree(path, draft)
            flush(draft)
            shutil.rmtree(target, ignore_errors=True)
        else:
            shutil.copyfile(path, draft)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
        draft.replace(target)
    finally:
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
        else:
            draft.unlink(missing_ok=True)
    return target


def artifacts_of(checkpoints: Path, number: int) -> list[Path]:
    """What a trial has left behind, by name; `checkpoints`: the study's folder of them."""
    home = checkpoints / _FOLDER / str(number)
    if not home.is_dir():
        return []
    return sorted(p for p in home.iterdir() if not p.name.startswith(".draft-"))
