"""Results that a server did not take, because it was away for too long: kept here, and told later.

Each is a file in this user's state folder, written and synced before the worker hears of the error, and
deleted when the server has answered: told, told before, or late. Telling is idempotent by its request, so a
result that had arrived after all, or is sent by two workers at once, counts once (the outbox pattern; Helland
2007, Life beyond distributed transactions). A file whose sum is wrong is put aside, never told.
"""

import json
import logging
import os
import uuid
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from trimtab.storage.server_place import state_folder

log = logging.getLogger("trimtab")


class Outbox:
    """The results that are kept for one storage."""

    def __init__(self, store: Callable[[], str]) -> None:
        self._store = store  # the storage's own id, once it is known

    def folder(self, study: int) -> Path:
        """Where the results of one study are kept."""
        return state_folder() / "outbox" / f"{self._store()}-{study}"

    def keep(self, values: Sequence[Any]) -> None:
        """Keep what `tell` was called with: study, number, token, request, ..."""
        text = json.dumps(list(values))
        folder = self.folder(values[0])
        path = folder / f"{values[1]}-{values[2]}.json"
        if path.exists():
            return  # a worker that tries again: the first one has all of its reports
        draft = folder / f"{uuid.uuid4().hex}.draft"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with draft.open("w") as file:
                file.write(f"{zlib.crc32(text.encode()):08x} {text}")
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
            _sync(folder)
        except OSError as error:
            log.warning("the result of trial %d could not be kept: %s", values[1], error)
            return
        log.warning(
            "the result of trial %d is kept in %s; the next worker here tells it", values[1], folder
        )

    def replay(self, study: int, tell: Callable[[Sequence[Any]], str]) -> int:
        """Tell what is kept, and forget what was answered; returns how many results there were."""
        folder, n = self.folder(study), 0
        for path in sorted(folder.glob("*.json")):
            try:
                check, _, text = path.read_text().partition(" ")
            except FileNotFoundError:
                continue  # another worker was faster
            if check != f"{zlib.crc32(text.encode()):08x}":
                log.warning("%s is damaged: it is put aside, and was not told", path)
                path.rename(path.with_suffix(".damaged"))
                continue
            values = json.loads(text)
            log.warning("trial %d, kept while the server was away: %s", values[1], tell(values))
            path.unlink(missing_ok=True)
            n += 1
        return n


def _sync(folder: Path) -> None:
    """Flush the folder itself, so that the new name outlives a loss of power."""
    with suppress(OSError):  # some systems cannot
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
