"""Statements on their way to a PostgreSQL server: prepared once, sent together, answered within a deadline.

Several statements travel in one packet, each a transaction of its own, and their replies come back in one
(pipeline mode of libpq; PostgreSQL 14 documentation, 2021, section 34.5). Values travel as text. A server
that has taken the statements and then says nothing is given up after a while: the network may have lost
the replies, and neither side's TCP would ever notice.
"""

import os
import re
import select
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

Row = tuple[Any, ...]
Statement = tuple[str, Sequence[Any]]

REPLY = 75.0  # seconds for a reply: longer than the server lets any statement take
_MARK = "\x01"  # between texts, before they are quoted
_ROWS, _PREPARED, _END, _SKIPPED = "TUPLES_OK", "COMMAND_OK", "PIPELINE_SYNC", "PIPELINE_ABORTED"


class Wire:
    """The statements of one open connection of psycopg's, which is in autocommit mode.

    `connection`: nobody else uses it during an exchange. After an error without a SQLSTATE it is closed.
    """

    def __init__(self, psycopg: Any, connection: Any) -> None:
        self._psycopg = psycopg
        self._connection = connection
        self._pg = connection.pgconn
        self._known: dict[str, bytes] = {}  # statements that are prepared, by their text
        self._names = count()
        self._rows = psycopg.adapt.Transformer(connection)
        self._poll = select.poll()
        self._socket = self._pg.socket

    def exchange(
        self, statements: Sequence[Statement], seconds: float | None = None
    ) -> list[list[Row]]:
        """The rows of each statement; they are run in order, each in a transaction of its own.

        `seconds`: to wait for all replies; None: `REPLY`.

        Raises:
            psycopg.Error: of the first statement that fails; those after it may have run.
            psycopg.OperationalError: the connection is lost, or nothing has come within the time.
        """
        until = time.monotonic() + (REPLY if seconds is None else seconds)
        packed = [(sql, [as_text(value) for value in values]) for sql, values in statements]
        is_done = False
        try:
            self._pg.enter_pipeline_mode()
            new = self._send(packed)
            self._flush(until)
            found, error, n_prepared = self._received(len(packed), until)
            self._pg.exit_pipeline_mode()
            is_done = True
        finally:
            if not is_done:  # interrupted too: what comes later would answer something else
                self._connection.close()
        if n_prepared == len(new):
            self._known.update(new)
        if error is not None:
            raise error
        return found

    def _send(self, packed: Sequence[tuple[str, list[bytes | None]]]) -> dict[str, bytes]:
        """Queue the statements; returns the names of those that are new here."""
        pg, new = self._pg, dict[str, bytes]()
        for sql, values in packed:
            name = self._known.get(sql) or new.get(sql)
            if name is None:
                name = new[sql] = b"tt%d" % next(self._names)
                pg.send_prepare(name, numbered(sql).encode())
            pg.send_query_prepared(name, values)
            pg.pipeline_sync()
        return new

    def _flush(self, until: float) -> None:
        while self._pg.flush():
            if self._wait(select.POLLIN | select.POLLOUT, until) & select.POLLIN:
                self._pg.consume_input()

    def _wait(self, what: int, until: float) -> int:
        """Wait for the socket; what has happened there."""
        self._poll.register(self._socket, what)
        left = until - time.monotonic()
        events = self._poll.poll(1e3 * left) if left > 0 else []
        if not events:
            raise self._psycopg.OperationalError("the server has not replied in time")
        return events[0][1]

    def _received(self, n: int, until: float) -> tuple[list[list[Row]], Any, int]:
        """The rows of n statements, the first error among them, and how many were prepared."""
        pg, error, found, n_prepared = self._pg, None, [], 0
        while n:
            while pg.is_busy():
                self._wait(select.POLLIN, until)
                pg.consume_input()
            result = pg.get_result()
            if result is None:
                continue  # the end of one statement
            status = self._psycopg.pq.ExecStatus(result.status).name
            if status == _END:
                n -= 1
            elif status == _ROWS:
                self._rows.set_pgresult(result)
                found.append(self._rows.load_rows(0, result.ntuples, tuple))
            elif status == _PREPARED:
                n_prepared += 1
            elif status != _SKIPPED and error is None:
                error = self._psycopg.errors.error_from_result(result)
                if pg.status != self._psycopg.pq.ConnStatus.OK:
                    raise error
        return found, error, n_prepared


@contextmanager
def bounded(connection: Any, seconds: float | None = None) -> Iterator[None]:
    """What psycopg itself does with the connection in the block ends within a time; None: `REPLY`.

    It waits for replies as long as there are none. So the socket is shut, which looks like a loss.
    """
    end = socket.socket(
        fileno=os.dup(connection.pgconn.socket)
    )  # the number itself may be given away
    timer = threading.Timer(REPLY if seconds is None else seconds, _shut, (end,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        end.close()


def _shut(end: socket.socket) -> None:
    with suppress(OSError):  # it is shut already
        end.shutdown(socket.SHUT_RDWR)


def numbered(sql: str) -> str:
    """The statement with $1, $2, ... for each %s."""
    numbers = count(1)
    return re.sub("%s", lambda _: f"${next(numbers)}", sql)


def as_text(value: Any) -> bytes | None:
    """A value as the server reads it.

    Raises:
        ValueError: a text holds a zero, which PostgreSQL cannot keep, or a lone surrogate.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _encoded(value)
    if isinstance(value, list | tuple):
        return _array(value)
    if isinstance(value, bool):
        return b"t" if value else b"f"
    return float.__repr__(value).encode() if isinstance(value, float) else b"%d" % value


def _encoded(text: str) -> bytes:
    data = text.encode()
    if b"\0" in data:
        raise ValueError("PostgreSQL keeps no text with a NUL character")
    return data


def _array(values: Sequence[Any]) -> bytes:
    """An array of texts, or of anything; JSON has no control characters, so texts are quoted together."""
    if values and all(isinstance(v, str) for v in values):
        text = _MARK.join(values)
        if text.count(_MARK) < len(values):
            return b'{"%b"}' % _encoded(_escaped(text).replace(_MARK, '","'))
    return b"{%b}" % b",".join(map(_element, values))


def _element(value: Any) -> bytes:
    """A value in an array: quoted where it is a text."""
    if isinstance(value, str):
        return b'"%b"' % _encoded(_escaped(value))
    return as_text(value) or b"NULL"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
