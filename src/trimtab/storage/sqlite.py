"""A journal in an SQLite file, shared by the processes and threads of one machine.

Every verb is one transaction, taken for writing from its start (BEGIN IMMEDIATE), so what it checks
still holds when it writes. A trial is born with its lease and its fencing token; see `lease`.
"""

import json
import os
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.event import Asked, Event, Grown, Late, Noted, Released, event_of
from trimtab.core.protocols import Claim, StudyRow, StudySpec
from trimtab.core.trial import Observation, Outcome
from trimtab.errors import StorageBusy, StorageError
from trimtab.space.space import Space
from trimtab.storage import rule
from trimtab.storage.change import BACK, Change, Lease
from trimtab.storage.connection import PATIENCE, Connection
from trimtab.storage.filesystem import check_local
from trimtab.storage.lease import TTL, Clock, Owner, why_over
from trimtab.storage.schema import ready

_PAGE = 2000  # events read in one go, so that no reader keeps a writer waiting
_PROLONG = "until = ?"


class SQLite:
    """A journal in the file `path`. See `Journal`.

    `wal`: write-ahead logging, faster with many workers; only where SQLite is 3.51.3 or newer (or
    3.50.7, 3.44.6). `create`: whether a missing file is made. `ttl`: seconds a lease lasts without a
    sign of life. `patience`: seconds to wait for other processes.

    Raises:
        StorageError: or one of its kinds, here and in every verb: the file cannot be used.
        InvalidArgument: `wal` where it is not safe.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        wal: bool = False,
        create: bool = True,
        ttl: float = TTL,
        patience: float = PATIENCE,
        clock: Clock | None = None,
    ) -> None:
        ...
