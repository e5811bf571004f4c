"""Trials whose workers are gone, in an SQLite file."""

import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace

import pytest

from trimtab.core.event import Late, Released, Settled, Started
from trimtab.core.trial import Observation
from trimtab.errors import LeaseLost
from trimtab.storage.rule import MAX_ATTEMPTS
from trimtab.storage.sqlite import SQLite
from trimtab.storage.verify import verify


@pytest.fixture
def pair(path, clock, spec):
    """Two workers' journals of one file, and the study: the second worker has process id 2."""
    first = SQLite(path, clock=clock)
    study, _ = first.create_study(spec(), exist_ok=False)
    other = type(clock)(2)
    other.seconds = clock.seconds
    yield first, SQLite(path, clock=other), study
    first.close()


def one(journal, study, asked, request="r", **more):
    [claim] = journal.ask(study, [asked()], request=request, **more)
    return claim


def test_a_silent_worker_loses_its_trial_after_the_lease(pair, clock, asked, complete):
    first, second, study = pair
    claim = one(first, study, asked)
    assert second.reap(study) == 0
    second._leases.clock.seconds += 60.0
    again = one(second, study, asked, "r2")
    assert (again.number, again.token, again.attempt) == (0, 2, 2)
    released, started = second.read_since(study, 3)
    assert released == Released(0, "worker went silent")
    assert isinstance(started, Started)
    with pytest.raises(LeaseLost):
        first.tell(claim, complete(1.0), request="t")
    assert first.read_since(study, 5) == [Late(0, (1.0,))]


def test_signs_of_life_prolong_the_lease(pair, clock, asked):
    first, second, study = pair
    claim = one(first, study, asked)
    for sign in (
        lambda: first.renew([claim]),
        lambda: first.report(claim, [Observation(0, (1.0,))]),
        lambda: first.choose(claim, (0.5, None)),
    ):
        clock.seconds += 50.0
        sign()
        second._leases.clock.seconds = clock.seconds + 15.0
        assert second.reap(study) == 0
    second._leases.clock.seconds = clock.seconds + 60.0
    assert second.reap(study) == 1


def test_a_lease_that_ran_out_but_was_not_reassigned_still_wins(pair, clock, asked, complete):
    first, second, study = pair
    claims = [one(first, study, asked, f"r{i}") for i in range(2)]
    clock.seconds += 3600.0
    first.tell(claims[0], complete(1.0), request="t0")
    second._leases.clock.seconds = clock.seconds
    assert second.reap(study) == 1  # put back, but nobody's yet
    first.tell(claims[1], complete(2.0), request="t1")
    settled = [e for e in first.read_since(study, 0) if isinstance(e, Settled)]
    assert [e.values for e in settled] == [(1.0,), (2.0,)]
    assert verify(first.path) == []


def test_a_dead_worker_loses_its_trials_at_once(pair, asked):
    first, second, study = pair
    for i in range(3):
        one(first, study, asked, f"r{i}")
    second._leases.clock.dead = {1}
    claims = second.ask(study, [asked()], request="x", n=2)
    assert [c.number for c in claims] == [0, 1]
    assert second.claim_of(study, 2) is None  # it waits: no trial stays with the dead
    assert second.reap(study) == 0


def test_too_many_dead_workers_fail_a_trial(pair, clock, asked, complete):
    first, second, study = pair
    claims = []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        clock.me = replace(clock.me, pid=10 + attempt)
        first._leases._me = None
        claims.append(one(first, study, asked, f"r{attempt}"))
        assert (claims[-1].number, claims[-1].attempt) == (0, attempt)
        clock.dead.add(10 + attempt)
    second._leases.clock.dead = clock.dead
    assert [c.number for c in second.ask(study, [asked()], request="x")] == [1]
    [settled] = [e for e in second.read_since(study, 0) if isinstance(e, Settled)]
    assert settled.state == "failed" and settled.reason == "worker died: gave up after 3 attempts"
    with pytest.raises(LeaseLost, match="kept"):  # it was only very slow
        first.tell(claims[-1], complete(5.0), request="t")
    assert first.read_since(study, 0)[-1] == Late(0, (5.0,))
    assert verify(first.path) == []


def test_nothing_is_reclaimed_by_who_was_too_late(pair, asked):
    first, second, study = pair
    one(first, study, asked)
    second._leases.clock.dead = {1}
    events = second.read_since(study, 0)
    assert second.ask(study, [asked()] * 2, request="x", n=2, expected=0) is None
    assert second.read_since(study, 0) == events


def test_a_detached_trial_outlives_its_asker(pair, clock, asked, complete):
    first, second, study = pair
    claim = one(first, study, asked, detached=600.0)
    second._leases.clock.dead = {0, 1}
    second._leases.clock.seconds += 500.0
    assert second.reap(study) == 0
    assert second.claim_of(study, 0) == claim
    second.report(claim, [Observation(0, (1.0,))])  # a short prolongation does not shorten it
    second._leases.clock.seconds += 99.0
    assert second.reap(study) == 0
    second.tell(claim, complete(1.0), request="t")


def test_reap_on_a_quiet_study_writes_nothing(pair, asked, raw):
    first, second, study = pair
    one(first, study, asked)
    other = raw()
    other.execute("BEGIN IMMEDIATE")  # nobody else may write now
    assert second.reap(study) == 0
    other.execute("ROLLBACK")


SCRIPT = textwrap.dedent("""
    import sys, time
    from trimtab.core.event import Asked
    from trimtab.storage.sqlite import SQLite
    journal = SQLite(sys.argv[1])
    print(journal.ask(1, [Asked(0, (0.5, None))], request="child"), flush=True)
    time.sleep(60)
""")


def test_a_killed_process_loses_its_trial_at_once(path, spec, asked):
    journal = SQLite(path)
    study, _ = journal.create_study(spec(), exist_ok=False)
    command = [sys.executable, "-c", SCRIPT, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert "number=0" in child.stdout.readline()
        assert journal.reap(study) == 0
        os.kill(child.pid, signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert one(journal, study, asked).number == 0
    assert journal.read_since(study, 3)[0] == Released(0, "worker died")
    journal.close()
