"""A process's connection to a PostgreSQL server: it comes back after losses, and waits with jitter.

One connection, one thread at a time, autocommit: each call is one transaction and one round trip. While the
server is away a call waits, with full jitter (Brooker 2015, Exponential backoff and jitter), for as long as
`patience` says. Timeouts of the session see to it that no frozen client holds anything for long.
"""

import ctypes
import logging
import random
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from trimtab.plugin import require
from trimtab.storage.fork import watch
from trimtab.storage.server_fault import is_passing, translated
from trimtab.storage.server_place import Place
from trimtab.storage.server_schema import VERSION, ready, version_of
from trimtab.storage.server_wire import Row, Statement, Wire, bounded

PATIENCE = 600.0  # seconds that a known server may be away
_FIRST_PATIENCE = 10.0  # seconds for a server that has never answered
_MIGRATION = 3600.0  # seconds for the tables to be made, or led to this version
_FIRST_WAIT, _LONGEST_WAIT = 0.02, 2.0  # seconds
_SETTINGS = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20000,  # ms
    "application_name": "trimtab",
    "options": "-c statement_timeout=60000 -c lock_timeout=20000"
    " -c idle_in_transaction_session_timeout=10000 -c synchronous_commit=off"  # see `server_feed`
    " -c client_min_messages=warning",
}

log = logging.getLogger("trimtab")


class Link:
    """One process's connection, opened when first used, and again after a loss, `close` or a fork.

    Raises:
        MissingExtra: psycopg is not installed.
        StorageError: or one of its kinds: the server cannot be used.
    """

    def __init__(self, url: str, patience: float, *, create: bool) -> None:
        self.place = Place(url)
        self._create = create
        self.uuid = ""
        self.epoch = 0  # connections so far: between two of them the server may have crashed
        self.n_lost = 0  # calls that failed, or whose reply was lost, and were made again
        self._patience = patience
        self._psycopg = require("psycopg", "postgres", "storage='postgresql://...'")
        self.refusals = self._psycopg.Error  # with a SQLSTATE of our own, see `server_verb`
        self._jitter = random.Random()  # our own: users seed the global one
        self._lock = threading.RLock()
        self._connection: Any = None
        self._wire: Any = None  # what is open on it
        self._closing = weakref.finalize(self, int)  # closes it, once
        watch(self)
        self.run("SELECT 1")

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of one statement, a transaction; run again while the server is away."""
        return self.run_all((sql, values))[0]

    def run_all(self, *statements: Statement) -> list[list[Row]]:
        """The rows of several statements, sent together, each a transaction; run again where one is lost."""
        found: list[list[Row]] = self._patiently(lambda wire: wire.exchange(statements))
        return found

    def _patiently(self, work: Callable[[Any], Any]) -> Any:
        begun, wait = time.monotonic(), _FIRST_WAIT
        while True:
            with self._lock:
                try:
                    return work(self._opened())
                except self._psycopg.Error as error:
                    self._drop()
                    patience = self._patience if self.uuid else min(_FIRST_PATIENCE, self._patience)
                    is_over = time.monotonic() - begun >= patience
                    if state_of(error).startswith("TT"):
                        raise
                    if is_over or not is_passing(error):
                        raise translated(error, self.place.where) from error
                    self.n_lost += 1
                    if wait == _FIRST_WAIT:
                        why = str(error).partition("\n")[0]
                        log.warning("storage %s is away, waiting: %s", self.place.where, why)
            time.sleep(wait * self._jitter.random())
            wait = min(2 * wait, _LONGEST_WAIT)

    def _opened(self) -> Any:
        if self._connection is None or self._connection.closed:
            connection = self._psycopg.connect(self.place.dsn, autocommit=True, **self._settings())
            is_ready = False
            try:
                schema = self.place.schema
                with bounded(connection):
                    connection.execute(f'SET search_path = "{schema}"')
                    is_present = version_of(connection, schema) == VERSION
                with bounded(connection, None if is_present else _MIGRATION):
                    self.uuid = ready(connection, schema, self.place.where, create=self._create)
                    _warn_if_careless(connection, self.place.where)
                is_ready = True
            finally:
                if not is_ready:
                    connection.close()
            self._connection, self._wire = connection, Wire(self._psycopg, connection)
            # NOTE: not __del__: of two objects in a cycle the connection may be finalized first.
            self._closing.detach()
            self._closing = weakref.finalize(self, connection.close)
            self.epoch += 1
        return self._wire

    def _settings(self) -> dict[str, Any]:
        given = self._psycopg.conninfo.conninfo_to_dict(self.place.dsn)
        settings = {key: value for key, value in _SETTINGS.items() if key not in given}
        if "options" in given:
            settings["options"] = f"{_SETTINGS['options']} {given['options']}"
        return settings

    def _drop(self) -> None:
        """Close the connection after an error that may have hurt it."""
        connection = self._connection
        if connection is not None and connection.closed:
            self._connection = None

    def close(self) -> None:
        """Give the connection back; the next use opens another."""
        with self._lock:
            self._connection = None
            self._closing()

    def hold(self) -> None:
        """See `Forked`."""
        self._lock.acquire()

    def resume(self) -> None:
        """See `Forked`."""
        self._lock.release()

    def leave(self) -> None:
        """See `Forked`; the parent's connection is neither used nor closed here."""
        self._lock = threading.RLock()
        connection, self._connection = self._connection, None
        self._closing.detach()
        if connection is not None:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))  # its destructor would close


def state_of(error: Any) -> str:
    """The SQLSTATE of psycopg's error, "" unknown."""
    return getattr(error, "sqlstate", None) or ""


def _warn_if_careless(connection: Any, where: str) -> None:
    if connection.execute("SHOW fsync").fetchone()[0] != "on":
        warnings.warn(
            f"storage {where}: the server runs with fsync=off, and may lose or damage everything in a "
            "power loss; set fsync=on",
            stacklevel=2,
        )
