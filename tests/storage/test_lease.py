import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from trimtab.storage.lease import Clock, Leases, Owner

SLEEP = [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"]


@pytest.fixture
def process():
    with subprocess.Popen(SLEEP, stdout=subprocess.PIPE) as started:
        started.stdout.readline()
        yield started
        started.kill()


def owner_of(pid: int) -> Owner:
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return replace(Clock().owner(), pid=pid, born=int(stat[19]))


def test_an_owner_survives_text():
    owner = Owner(12, -1, "pid:[4026531836]", "a-b", "host name")
    assert Owner.parse(str(owner)) == owner
    assert Owner.parse(str(Clock().owner())) == Clock().owner()


def test_this_process_is_alive_and_itself():
    me = Clock().owner()
    assert me.pid == os.getpid() and Clock().is_alive(me)
    assert me == Clock().owner()


def test_a_process_is_alive_until_it_is_killed_even_as_a_zombie(process):
    clock, owner = Clock(), owner_of(process.pid)
    assert clock.is_alive(owner)
    assert not clock.is_alive(replace(owner, born=owner.born + 1))  # its number was used again
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet waited for
    assert not clock.is_alive(owner)
    process.wait()
    assert not clock.is_alive(owner)


def test_the_clock_only_goes_forward_and_is_the_same_in_every_process():
    script = "from trimtab.storage.lease import Clock; print(Clock().now())"
    before = Clock().now()
    there = int(
        subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout
    )
    assert before < there < Clock().now()


def test_a_lease_lasts_its_time(clock):
    leases = Leases(clock, 60.0)
    holder, until = leases.given()
    assert until == clock.now() + 60 * 10**9 == leases.until()
    clock.seconds += 59.9
    assert leases.why_over(holder, until) is None
    clock.seconds += 0.1
    assert leases.why_over(holder, until) == "worker went silent"


def test_a_dead_worker_is_seen_at_once(clock):
    other = str(replace(clock.me, pid=2))
    leases = Leases(clock, 60.0)
    assert leases.why_over(other, leases.until()) is None
    clock.dead = {1, 2}
    assert leases.why_over(other, leases.until()) == "worker died"
    assert leases.why_over(str(clock.me), leases.until()) is None  # who asks is alive
    elsewhere = str(
        replace(clock.me, pid=2, pids="other")
    )  # a container: its ids mean nothing here
    assert leases.why_over(elsewhere, leases.until()) is None


def test_a_restart_of_the_machine_ends_every_lease(clock):
    leases = Leases(clock, 60.0)
    before = str(replace(clock.me, boot="earlier"))
    assert leases.why_over(before, leases.until() + 10**15) == "machine restarted"


def test_where_runs_of_the_machine_have_no_name_a_far_end_tells(clock):
    clock.me = replace(clock.me, boot="")
    leases = Leases(clock, 60.0)
    assert leases.why_over(str(clock.me), clock.now() + 119 * 10**9) is None
    assert leases.why_over(str(clock.me), clock.now() + 121 * 10**9) == "machine restarted"
    assert leases.why_over(*leases.given(3600.0)) is None


def test_a_detached_lease_depends_on_no_process(clock):
    leases = Leases(clock, 60.0)
    lease = leases.given(3600.0)
    clock.dead = {0, 1, 2}
    assert leases.why_over(*lease) is None
    clock.seconds += 3600.0
    assert leases.why_over(*lease) == "worker went silent"


def test_wall_clock_jumps_do_not_matter(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("time.time", lambda: 0.0)
    leases = Leases(clock, 60.0)
    assert clock.wall() == 0.0
    assert leases.why_over(*leases.given()) is None
