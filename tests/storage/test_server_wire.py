"""What travels to a server and back, and a server that takes everything and never answers."""

import importlib.util
import threading
import uuid
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trimtab.core.event import Noted
from trimtab.core.journal import Told
from trimtab.errors import StorageBusy, StorageError
from trimtab.storage import server_wire
from trimtab.storage.server import PostgreSQL
from trimtab.storage.server_wire import Wire, as_text, numbered

VALUES = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.booleans(),
)
TYPES = {str: "text", int: "bigint", float: "float8", bool: "bool", type(None): "text"}


@pytest.fixture
def wire(postgres):
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        yield Wire(psycopg, connection)


def _proxy():
    path = Path(__file__).parents[1] / "fault" / "proxy.py"
    spec = importlib.util.spec_from_file_location("proxy_of_faults", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Proxy


@pytest.fixture
def proxy(postgres):
    made = _proxy()(postgres.socket)
    yield made
    made.close()


@pytest.fixture
def url(proxy):
    schema = f"wire_{uuid.uuid4().hex[:12]}"
    base = f"postgresql://trimtab@127.0.0.1:{proxy.port}/postgres"
    return f"{base}?schema={schema}&connect_timeout=2&sslmode=disable&gssencmode=disable"


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_values_come_back_as_they_went(wire, data):
    """P15: to the last bit and character, alone and in arrays."""
    value = data.draw(VALUES)
    kind = TYPES[type(value)]
    many = data.draw(st.lists(st.none() | VALUES.filter(lambda v: TYPES[type(v)] == kind)))
    sql = f"SELECT %s::{kind}, %s::{kind}[]"
    [[(one, found)]] = wire.exchange([(sql, (value, many))])
    assert repr((one, found)) == repr((value, many))


@pytest.mark.parametrize("value", ["a\0b", "\ud800", ["a", "b\0"]])
def test_what_the_server_cannot_keep_is_refused(value):
    with pytest.raises(ValueError, match=r"NUL|surrogates"):
        as_text(value)


def test_places_are_numbered():
    assert numbered("SELECT %s, %s::text") == "SELECT $1, $2::text"


def test_statements_are_transactions_of_their_own(wire):
    wire.exchange([("CREATE TEMP TABLE t(i int PRIMARY KEY)", ())])
    add = "INSERT INTO t VALUES (%s::int) RETURNING i"
    assert wire.exchange([(add, (1,)), (add, (2,))]) == [[(1,)], [(2,)]]
    with pytest.raises(psycopg.errors.UniqueViolation):
        wire.exchange([(add, (3,)), (add, (1,)), (add, (4,))])
    with pytest.raises(psycopg.errors.UndefinedTable):
        wire.exchange([("SELECT * FROM nothing", ())])
    assert wire.exchange([("SELECT i FROM t ORDER BY i", ())]) == [[(1,), (2,), (3,), (4,)]]


def test_an_interrupted_exchange_ends_its_connection(wire, monkeypatch):
    """What comes later would be taken for the answer to the next statement."""

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(wire, "_received", interrupted)
    with pytest.raises(KeyboardInterrupt):
        wire.exchange([("SELECT 1", ())])
    assert wire._connection.closed


VERBS = {
    "studies": lambda j, study, claim: j.studies(),
    "read_since": lambda j, study, claim: j.read_since(study, 0),
    "ask": lambda j, study, claim: j.ask(study, [], request="r"),
    "renew": lambda j, study, claim: j.renew([claim]),
    "report": lambda j, study, claim: j.report(claim, [], [Noted(0, "k", 1)]),
    "tell": lambda j, study, claim: j.tell(claim, OUTCOME[0], request="t"),
    "turn": lambda j, study, claim: j.turn([Told(claim, OUTCOME[0])], [], request="t"),
    "append": lambda j, study, claim: j.append(study, Noted(None, "k", 1)),
    "release": lambda j, study, claim: j.release(claim, "why"),
    "reap": lambda j, study, claim: j.reap(study),
}
OUTCOME: list = []


@pytest.mark.parametrize("verb", VERBS)
def test_a_server_that_swallows_replies_ends_in_an_error(
    verb, proxy, url, spec, asked, complete, monkeypatch, tmp_path
):
    """P9, P10: whatever is called, it ends with a StorageError, and what was done is done once."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    journal = PostgreSQL(url, patience=0.2)
    study, _ = journal.create_study(spec(), exist_ok=False)
    [claim] = journal.ask(study, [asked()], request="a")
    OUTCOME[:] = [complete(1.0)]
    monkeypatch.setattr(server_wire, "REPLY", 0.3)
    for pair in proxy._pairs:
        pair.cut = ("down",)
    with pytest.raises(StorageBusy, match="has not replied in time"):
        VERBS[verb](journal, study, claim)
    monkeypatch.undo()
    VERBS[verb](journal, study, claim)  # over a new connection
    names = [type(e).__name__ for e in journal.read_since(study, 3)]
    assert names.count("Settled") == (verb in ("tell", "turn"))
    journal.close()


def test_a_server_that_greets_and_then_swallows_is_given_up_too(proxy, url, monkeypatch):
    """P9: also before the first statement of our own."""
    PostgreSQL(url).close()
    real = psycopg.connect

    def connect(*args, **more):
        connection = real(*args, **more)
        for pair in proxy._pairs:
            pair.cut = ("down",)
        return connection

    monkeypatch.setattr(psycopg, "connect", connect)
    monkeypatch.setattr(server_wire, "REPLY", 0.3)
    with pytest.raises(StorageError, match="cannot be reached"):
        PostgreSQL(url, patience=0.2)
    timers = [t for t in threading.enumerate() if isinstance(t, threading.Timer)]
    assert all(timer.finished.is_set() for timer in timers)  # cancelled, if not gone yet
