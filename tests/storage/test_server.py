"""PostgreSQL under what happens to servers: restarts, lost replies, frozen workers, clocks, versions."""

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
import warnings

import psycopg
import pytest

from trimtab.core.event import Asked, Grown, Late, Noted, Released, Settled
from trimtab.core.journal import Claim, Told
from trimtab.core.trial import Observation, Outcome, TrialState
from trimtab.errors import (
    AlreadyTold,
    LeaseLost,
    MissingExtra,
    StorageBusy,
    StorageCorrupt,
    StorageError,
    StorageVersion,
)
from trimtab.space.domain import Float
from trimtab.space.space import Space
from trimtab.storage import rule, server_link, server_schema, server_trial
from trimtab.storage.lease import Clock, Owner
from trimtab.storage.server import PostgreSQL
from trimtab.storage.server_wire import Wire


@pytest.fixture
def url(postgres):
    return postgres.url(f"server_{uuid.uuid4().hex[:12]}")


@pytest.fixture
def opened(url):
    """Journals on one storage; each with keyword arguments of its own."""
    journals = []

    def make(**more) -> PostgreSQL:
        journals.append(PostgreSQL(url, **more))
        return journals[-1]

    yield make
    for journal in journals:
        journal.close()


@pytest.fixture
def journal(opened):
    return opened()


@pytest.fixture
def study(journal, spec) -> int:
    return journal.create_study(spec(), exist_ok=False)[0]


def settled(journal, study) -> dict[int, float]:
    events = journal.read_since(study, 0)
    return {e.number: e.values[0] for e in events if isinstance(e, Settled) and e.values}


class Elsewhere(Clock):
    """The clock of another machine, on which processes live for ever."""

    def owner(self) -> Owner:
        return Owner(1, 1, "pids", "other-boot", "elsewhere")


# -- replies that are lost -------------------------------------------------------------------------


class Lossy:
    """The wire, except that the connection breaks just after the server has committed."""

    def __init__(self, monkeypatch) -> None:
        self.is_on, self.n = False, 0
        real = Wire.exchange
        lossy = self

        def exchange(wire, statements):
            found = real(wire, statements)
            if lossy.is_on and statements[0][0].startswith("SELECT * FROM "):
                lossy.n += 1
                if lossy.n % 2:
                    wire._connection.close()
                    raise psycopg.OperationalError("server closed the connection unexpectedly")
            return found

        monkeypatch.setattr(Wire, "exchange", exchange)


def test_a_call_whose_reply_was_lost_is_made_again_and_changes_nothing_twice(
    journal, study, spec, asked, complete, monkeypatch, caplog
):
    """P3: `tell` and `ask` are idempotent under retry; so is every other verb."""
    lossy = Lossy(monkeypatch)
    lossy.is_on = True
    assert journal.create_study(spec("t"), exist_ok=False)[1]
    other = journal.create_study(spec("u"), exist_ok=False)[0]
    assert journal.enqueue(study, [asked(), asked()]) == [0, 1]
    claims = journal.ask(study, [asked()], request="r", n=3)
    assert [c.number for c in claims] == [0, 1, 2]
    journal.report(claims[0], [Observation(1, (1.0,))], [Noted(0, "a", 1)])
    journal.choose(claims[0], (0.5, None))
    journal.note(study, Noted(None, "k", 1))
    assert journal.append(study, Noted(None, "l", 1))
    journal.pause(claims[1], observations=[Observation(1, (1.0,))])
    assert journal.resume(study, 1, 9)
    journal.release(claims[2], "stop")
    journal.tell(claims[0], complete(2.0), request="t")
    journal.delete_study(other)
    lossy.is_on = False
    assert lossy.n > 12
    names = [type(e).__name__ for e in journal.read_since(study, 2)]
    told = "Asked Asked Started Started Asked Reported Noted Chosen Noted Noted Reported Paused"
    assert " ".join(names) == f"{told} Resumed Released Settled"
    assert [row.name for row in journal.studies()] == ["s", "t"]
    assert "is away" in caplog.text


def test_a_deleted_study_that_is_deleted_again_is_missed(journal, study):
    journal.delete_study(study)
    with pytest.raises(LookupError, match=f"study {study}"):
        journal.delete_study(study)


# -- servers that stop -----------------------------------------------------------------------------


@pytest.fixture
def own():
    """A server that the test may stop."""
    from postgres import Server

    server = Server()
    yield server
    server.remove()


def test_workers_outlive_a_crash_of_the_server(own, spec, asked, complete):
    """P1, P10: a server that crashes and comes back loses nothing, and its workers go on by themselves."""
    journal = PostgreSQL(own.url("crash"), patience=60)
    study, _ = journal.create_study(spec(), exist_ok=False)
    acknowledged: dict[int, float] = {}
    errors: list[BaseException] = []
    is_over = threading.Event()

    def work(name: str) -> None:
        mine = PostgreSQL(own.url("crash"), patience=60)
        try:
            i = 0
            while not is_over.is_set():
                i += 1
                [claim] = mine.ask(study, [asked()], request=f"{name}{i}")
                mine.tell(claim, complete(float(claim.number)), request=f"{name}{i}")
                acknowledged[claim.number] = float(claim.number)
        except Exception as error:
            errors.append(error)
        finally:
            mine.close()

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for mode in ("immediate", "fast"):
        before = len(acknowledged)
        while len(acknowledged) < before + 10:
            assert not errors
            time.sleep(0.01)
        own.stop(mode)
        time.sleep(0.3)
        own.start()
    before = len(acknowledged)
    while len(acknowledged) < before + 10 and not errors:
        time.sleep(0.01)
    is_over.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert settled(journal, study) == acknowledged
    assert sorted(acknowledged) == list(range(journal.studies()[0].n_trials))
    journal.close()


def test_a_server_that_stays_away_is_said_so(own, spec):
    journal = PostgreSQL(own.url("away"), patience=0.2)
    own.stop()
    with pytest.raises(StorageBusy, match="cannot be reached"):
        journal.studies()
    own.start()
    assert journal.studies() == []
    journal.close()


def test_a_server_that_was_never_there(tmp_path):
    with pytest.raises(StorageBusy, match="see whether the server runs"):
        PostgreSQL(f"postgresql://me:secret@/db?host={tmp_path}", patience=0.1)


def test_a_wrong_database_or_role_is_said_at_once(postgres):
    for wrong in ("postgresql://trimtab@/nothing", "postgresql://nobody_here:secret@/postgres"):
        with pytest.raises(StorageError, match="does not exist") as caught:
            PostgreSQL(f"{wrong}?host={postgres.folder}")
        assert "secret" not in str(caught.value)


def test_without_psycopg_the_pip_line_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=r"pip install \"trimtab\[postgres\]\""):
        PostgreSQL("postgresql://host/db")


def test_a_careless_server_is_warned_of(monkeypatch):
    class Careless:
        def execute(self, sql):
            assert sql == "SHOW fsync"
            return self

        def fetchone(self):
            return ("off",)

    with pytest.warns(UserWarning, match="fsync=off"):
        server_link._warn_if_careless(Careless(), "'there'")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Careless.fetchone = lambda self: ("on",)
        server_link._warn_if_careless(Careless(), "'there'")


# -- workers that freeze ---------------------------------------------------------------------------


def test_a_frozen_worker_holds_nobody_up(postgres, url, journal, study, asked, complete, tmp_path):
    """P9: no lock is held across a round trip: a stopped worker delays the others by less than a second."""
    worker = os.path.join(os.path.dirname(__file__), "worker.py")
    command = [sys.executable, worker, url, "w", "1000000", str(tmp_path / "acks")]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with child:
        assert child.stdout.readline() == "ready\n"
        while journal.studies()[0].n_trials < 5:
            time.sleep(0.02)
        longest = 0.0
        for i in range(15):
            time.sleep(0.011 * i)
            child.send_signal(signal.SIGSTOP)
            begun = time.monotonic()
            [claim] = journal.ask(study, [asked()], request=f"f{i}")
            journal.tell(claim, complete(1.0), request=f"f{i}")
            longest = max(longest, time.monotonic() - begun)
            child.send_signal(signal.SIGCONT)
        child.kill()
    assert longest < 1.0


def test_racing_processes_settle_everything_once(postgres, url, tmp_path):
    """P2, P4, P5, P13: four processes from a cold start; numbers are dense, nothing lost or doubled."""
    worker = os.path.join(os.path.dirname(__file__), "worker.py")
    go = tmp_path / "go"
    children = [
        subprocess.Popen(
            [sys.executable, worker, url, f"w{i}", "25", str(tmp_path / f"{i}.acks"), str(go)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for i in range(4)
    ]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    go.touch()
    codes = []
    for child in children:
        with child:
            codes.append(child.wait())
    assert codes == [0] * 4
    journal = PostgreSQL(url)
    [row] = journal.studies()
    lines = "".join(p.read_text() for p in tmp_path.glob("*.acks")).split("\n")[:-1]
    acks = {int(n): float(v) for n, v in map(str.split, lines)}
    assert len(lines) == len(acks) == row.n_trials == 100
    assert settled(journal, row.id) == acks
    numbers = [e.number for e in journal.read_since(row.id, 0) if isinstance(e, Asked)]
    assert numbers == list(range(100))
    journal.close()


def test_a_queue_is_shared_out_without_doubles(opened, study, asked):
    """P5: of eight journals that race for a queue, each waiting trial goes to exactly one."""
    opened().enqueue(study, [asked()] * 40)
    taken: list[Claim] = []
    start = threading.Barrier(8)

    def work(journal, name) -> None:
        start.wait()
        for i in range(5):
            taken.extend(journal.ask(study, [], request=f"{name}{i}"))

    threads = [threading.Thread(target=work, args=(opened(), f"w{i}")) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(c.number for c in taken) == list(range(40))
    assert {c.attempt for c in taken} == {1}


def test_of_racing_tells_one_wins(opened, study, asked, complete):
    """P2: a told value never changes; of racing tells one wins, the others get AlreadyTold."""
    [claim] = opened().ask(study, [asked()], request="r")
    outcomes: list[str] = []
    start = threading.Barrier(6)

    def work(journal, i) -> None:
        start.wait()
        try:
            journal.tell(claim, complete(float(i)), request=f"t{i}")
            outcomes.append("won")
        except AlreadyTold:
            outcomes.append("lost")

    threads = [threading.Thread(target=work, args=(opened(), i)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["lost"] * 5 + ["won"]


# -- leases ----------------------------------------------------------------------------------------


def test_a_dead_process_of_this_machine_loses_its_trials_at_once(opened, study, asked, clock):
    """P6: an orphan of a process that is gone is reclaimed without waiting for its lease."""
    dead = opened(clock=clock)
    [claim] = dead.ask(study, [asked()], request="r")
    clock.dead.add(1)
    clock.me = Owner(2, 2, "pids", "boot", "host")
    living = opened(clock=clock)
    [again] = living.ask(study, [asked()], request="s")
    assert (again.number, again.token, again.attempt) == (0, 2, 2)
    with pytest.raises(LeaseLost, match="kept"):
        dead.tell(claim, Outcome(TrialState.COMPLETE, (3.0,)), request="t")
    events = living.read_since(study, 3)
    assert events[0] == Released(0, "worker died")
    assert events[-1] == Late(0, (3.0,))


def test_a_worker_elsewhere_that_goes_silent_loses_its_trial(opened, study, asked, complete):
    """P6, P7: after the lease, and a look that saw no beat; its late result is kept."""
    silent, living = opened(clock=Elsewhere(), ttl=0.4), opened(ttl=0.4)
    [claim] = silent.ask(study, [asked()], request="r")
    assert living.reap(study) == 0
    begun = time.monotonic()
    while not living.reap(study):
        assert time.monotonic() - begun < 20
        time.sleep(0.02)
    assert time.monotonic() - begun >= 0.2
    assert silent.renew([claim]) == [claim]
    silent.tell(claim, complete(1.0), request="t")  # P8: nobody took it, so it wins
    assert settled(living, study) == {0: 1.0}


def test_a_worker_that_renews_keeps_its_trial(opened, study, asked):
    silent, living = opened(clock=Elsewhere(), ttl=0.6), opened(ttl=0.6)
    [claim] = silent.ask(study, [asked()], request="r")
    for _ in range(12):
        assert silent.renew([claim]) == []
        assert living.reap(study) == 0
        time.sleep(0.1)


def test_a_clock_of_the_server_that_jumps_ends_no_lease(postgres, opened, url, study, asked):
    """P12: +1 h and -1 h; the living keep their trials, and the silent are found all the same."""
    schema = url.rpartition("schema=")[2]
    worker, looker = opened(clock=Elsewhere()), opened()
    [claim] = worker.ask(study, [asked()], request="r")
    for seconds in (3600, -3600):
        set_clock(postgres, schema, seconds)
        for _ in range(3):
            assert looker.reap(study) == 0
        assert worker.renew([claim]) == []
    quick = opened(ttl=0.3, clock=Elsewhere())
    [lost] = quick.ask(study, [asked()], request="q")
    set_clock(postgres, schema, -7200)  # back: the lease would seem to end in an hour
    watching = opened(ttl=0.3)
    begun = time.monotonic()
    while not watching.reap(study):
        assert time.monotonic() - begun < 20
        time.sleep(0.05)
    assert watching.claim_of(study, lost.number) is None
    assert watching.claim_of(study, claim.number) == claim


def set_clock(postgres, schema, seconds) -> None:
    postgres.sql(
        f"CREATE OR REPLACE FUNCTION {schema}.unix() RETURNS double precision LANGUAGE sql VOLATILE AS"
        f" $$ SELECT extract(epoch FROM clock_timestamp())::double precision + {seconds} $$"
    )


def test_a_trial_that_kills_its_workers_fails_after_three(opened, study, asked, clock):
    for attempt in range(1, rule.MAX_ATTEMPTS + 1):
        clock.me = Owner(attempt, attempt, "pids", "boot", "host")
        journal = opened(clock=clock)
        [claim] = journal.ask(study, [asked()], request=f"r{attempt}")
        assert (claim.number, claim.attempt) == (0, attempt)
        clock.dead.add(attempt)
    clock.me = Owner(9, 9, "pids", "boot", "host")
    last = opened(clock=clock)
    assert last.reap(study) == 1
    event = last.read_since(study, 0)[-1]
    assert (event.state, event.reason) == ("failed", "worker died: gave up after 3 attempts")
    assert server_trial.MAX_ATTEMPTS == rule.MAX_ATTEMPTS


def test_a_detached_lease_ends_by_itself(opened, study, asked, clock):
    journal = opened(clock=clock)
    journal.ask(study, [asked()], request="r", detached=0.2)
    clock.dead.add(1)
    other = opened()
    assert other.reap(study) == 0
    time.sleep(0.3)
    assert other.reap(study) == 1


# -- the rest --------------------------------------------------------------------------------------


def test_a_space_that_grew_elsewhere_is_read_anew(opened, journal, study, asked, postgres, url):
    other = opened()
    [first] = other.ask(study, [asked()], request="a")
    grown = Space({"x": Float(0, 1), "y": Float(0, 1), "z": Float(0, 1)})
    journal.append(study, Grown(grown.to_dict()))
    other.choose(first, (0.5, 0.25, 0.75))
    schema = url.rpartition("schema=")[2]
    [(config,)] = postgres.sql(f"SELECT config FROM {schema}.trials WHERE number = 0")
    assert config == '{"x": 0.5, "y": 0.25, "z": 0.75}'


def test_people_can_read_it_with_sql(journal, study, asked, complete, postgres, url):
    schema = url.rpartition("schema=")[2]
    claims = journal.ask(study, [asked(0.1), asked(0.2)], request="r", n=2)
    journal.tell(claims[0], complete(2.0), request="t")
    journal.tell(claims[1], Outcome(TrialState.FAILED, reason="no\0 good\nwhy"), request="u")
    rows = postgres.sql(f"SELECT state, value, config, reason FROM {schema}.trials")
    assert rows == [
        ("complete", 2.0, '{"x": 0.1}', None),
        ("failed", None, '{"x": 0.2}', "no\\0 good"),
    ]
    assert postgres.sql(f"SELECT study, number, value FROM {schema}.best") == [("s", 0, 2.0)]
    assert postgres.sql(f"SELECT trials, complete, failed FROM {schema}.studies") == [(2, 1, 1)]


def test_the_database_itself_refuses_to_rewrite_history(
    journal, study, asked, complete, postgres, url
):
    schema = url.rpartition("schema=")[2]
    [claim] = journal.ask(study, [asked()], request="r")
    journal.tell(claim, complete(2.0), request="t")
    for statement in ("UPDATE {}.event SET body = '[]'", "DELETE FROM {}.event", "DELETE FROM {}.trial",
                      "UPDATE {}.trial SET value = 1"):  # fmt: skip
        with pytest.raises(psycopg.Error, match="never allowed"):
            postgres.sql(statement.format(schema))
    assert settled(journal, study) == {0: 2.0}


def test_a_newer_storage_is_refused_also_under_an_open_journal(
    opened, journal, study, asked, postgres, url
):
    """P19: what a newer Trimtab wrote is refused, never half-written."""
    [claim] = journal.ask(study, [asked()], request="r")
    schema = url.rpartition("schema=")[2]
    postgres.sql(f"UPDATE {schema}.store SET version = 99")
    for call in (
        lambda: journal.ask(study, [asked()], request="s"),
        lambda: journal.renew([claim]),
        lambda: journal.note(study, Noted(None, "k", 1)),
        opened,
    ):
        with pytest.raises(StorageVersion, match=r"version 99.*upgrade"):
            call()
    postgres.sql(f"UPDATE {schema}.store SET version = {server_schema.VERSION}")
    assert journal.renew([claim]) == []


def test_a_migration_is_one_step_with_a_copy_beside(journal, study, asked, postgres, url):
    """P19: numbered steps, each in the same transaction as its number; the old tables are kept."""
    schema = url.rpartition("schema=")[2]
    steps = (*server_schema.STEPS, ("ALTER TABLE study ADD COLUMN extra text",))
    broken = (*server_schema.STEPS, ("ALTER TABLE study ADD COLUMN extra text", "SELECT 1 / 0"))
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"SET search_path = {schema}")
        with pytest.raises(psycopg.Error, match="division by zero"):
            server_schema.ready(connection, schema, "here", broken)
        known = server_schema.VERSION
        assert server_schema.version_of(connection, schema) == known
        server_schema.ready(connection, schema, "here", steps)
        assert server_schema.version_of(connection, schema) == known + 1
        copied = connection.execute(f"SELECT name FROM {schema}_v{known}_backup.study").fetchall()
        assert copied == [("s",)]
        assert connection.execute("SELECT extra FROM study").fetchall() == [(None,)]
    with pytest.raises(StorageVersion):
        journal.ask(study, [asked()], request="r")


@pytest.mark.parametrize("version", [1, 2, 3])
def test_an_older_storage_is_led_on(postgres, url, spec, asked, complete, version):
    """P19: version 1 knew no `turn`, and its `ask` took less; 3 had one `turn` for one trial."""
    schema = url.rpartition("schema=")[2]
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"SET search_path = {schema}")
        server_schema.ready(connection, schema, "here", server_schema.STEPS[:version])
        connection.execute(f"DROP FUNCTION {schema}.turns")
        old = {1: f"ask({server_schema._ASK_OF_1})"}.get(version, "turn(int)")
        connection.execute(f"CREATE FUNCTION {old} RETURNS int LANGUAGE sql AS 'SELECT 1'")
    journal = PostgreSQL(url)
    study = journal.create_study(spec(), exist_ok=False)[0]
    [claim] = journal.ask(study, [asked()], request="a")
    claims = journal.turn([Told(claim, complete(1.0))], [asked()] * 2, request="b", n=2)
    assert [claim.number for claim in claims] == [1, 2]
    assert postgres.sql(f"SELECT count(*) FROM {schema}_v{version}_backup.store") == [(1,)]
    found = postgres.sql(
        "SELECT count(*) FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace"
        f" WHERE nspname = '{schema}' AND proname = 'ask'"
    )
    assert found == [(1,)]
    journal.close()


def test_another_programs_schema_is_left_alone(postgres, url):
    schema = url.rpartition("schema=")[2]
    postgres.sql(f"CREATE SCHEMA {schema}")
    postgres.sql(f"CREATE TABLE {schema}.study(id int)")
    with pytest.raises(StorageCorrupt, match="another program's tables"):
        PostgreSQL(url)


def test_a_damaged_event_is_said_so(journal, study, postgres, url):
    schema = url.rpartition("schema=")[2]
    postgres.sql(f"ALTER TABLE {schema}.event DISABLE TRIGGER event_stays")
    postgres.sql(f"UPDATE {schema}.event SET kind = 'Nonsense' WHERE seq = 1")
    with pytest.raises(StorageCorrupt, match="makes no sense"):
        journal.read_since(study, 0)


def test_a_forked_child_opens_its_own_connection(journal, study, asked, complete):
    [claim] = journal.ask(study, [asked()], request="r", detached=60)
    child = os.fork()
    if not child:
        journal.tell(claim, complete(5.0), request="t")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert settled(journal, study) == {0: 5.0}
    journal.note(study, Noted(None, "k", 1))


def test_a_study_runs_on_a_server_and_goes_on_in_another_process(url, tmp_path):
    """REP-11: the same study, resumed by name, through the front door."""
    import trimtab as tt

    def loss(x):
        return (x - 0.3) ** 2

    for n in (5, 12):
        study = tt.minimize(loss, {"x": tt.Float(0, 1)}, n, storage=url, seed=3, progress=False)
        assert len(study.trials) == n
    memory = tt.minimize(loss, {"x": tt.Float(0, 1)}, 12, seed=3, progress=False)
    assert [t.config for t in study.trials] == [t.config for t in memory.trials]
    assert [t.value for t in study.trials] == [t.value for t in memory.trials]
    study.ledger.journal.close()
