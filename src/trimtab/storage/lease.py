"""Who holds a running trial, until when, and whether that worker is still there.

A lease is one machine's affair, as an SQLite file is: its end is counted on the clock that starts with
the machine and that nobody can set (CLOCK_BOOTTIME), so jumps of the wall clock end no lease, and a
restart ends all of them. A worker whose process is gone is seen at once, without waiting for the end:
a process is named by its id, its start time and the namespace that the id counts in.
The token that fences off a late worker is Lamport's and Chubby's (Burrows 2006, section 2.4).
"""

import os
import socket
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

TTL = 60.0  # seconds from the last sign of life
_PROC = Path("/proc")
_NS = 10**9
_NOBODY = "detached"  # in place of a namespace: the lease depends on no process
_DEAD = ("Z", "X", "x")  # zombies have ended; only their parent has not looked yet


@dataclass(frozen=True, slots=True)
class Owner:
    """A process, told apart from every other one, past or present, of any machine."""

    pid: int
    born: int  # start time in the kernel's ticks since boot, -1 unknown
    pids: str  # the namespace of the process id
    boot: str  # this run of the machine, "" unknown
    host: str

    def __str__(self) -> str:
        return f"{self.pid} {self.born} {self.pids} {self.boot} {self.host}"

    @classmethod
    def parse(cls, text: str) -> "Owner":
        """The owner that `str` was taken from."""
        pid, born, pids, boot, host = text.split(" ", 4)
        return cls(int(pid), int(born), pids, boot, host)


class Clock:
    """Time and life on this machine; tests bring their own."""

    def now(self) -> int:
        """Nanoseconds since the machine started, suspended time included; same in every process."""
        boot = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic_ns() if boot is None else time.clock_gettime_ns(boot)

    def wall(self) -> float:
        """Unix time, seconds; for people, never for leases."""
        return time.time()

    def owner(self) -> Owner:
        """The process that calls."""
        pid = os.getpid()
        return Owner(pid, _born(pid) or -1, _namespace(), _boot(), socket.gethostname())

    def is_alive(self, owner: Owner) -> bool:
        """Whether a process of this machine and namespace still runs; where unknown, True."""
        if (_PROC / "self/stat").exists():
            return owner.born < 0 or _born(owner.pid) == owner.born
        if sys.platform == "win32":  # os.kill would end the process there
            return True
        try:
            os.kill(owner.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


class Leases:
    """The leases that this process gives and judges; `ttl` in seconds."""

    def __init__(self, clock: Clock, ttl: float) -> None:
        self.clock = clock
        self._ttl = int(ttl * _NS)
        self._me: tuple[int, Owner] | None = None

    def me(self) -> Owner:
        """This process, also after a fork."""
        if self._me is None or self._me[0] != os.getpid():
            self._me = os.getpid(), self.clock.owner()
        return self._me[1]

    def until(self) -> int:
        """The end (ns) of a lease that is given or prolonged now."""
        return self.clock.now() + self._ttl

    def given(self, detached: float | None = None) -> tuple[str, int]:
        """Owner and end of a new lease; `detached`: for so many seconds, whatever becomes of us."""
        if detached is None:
            return str(self.me()), self.until()
        owner = replace(self.me(), pid=0, born=-1, pids=_NOBODY)
        return str(owner), self.clock.now() + int(detached * _NS)

    def why_over(self, holder: str, until: int) -> str | None:
        """Why a lease is over, None while it holds.

        Where the system does not name its runs, a lease that ends later than any given now must be
        from before the last restart.
        """
        owner, me, now = Owner.parse(holder), self.me(), self.clock.now()
        is_old = not me.boot and owner.pids != _NOBODY and until > now + 2 * self._ttl
        if owner.boot != me.boot or is_old:
            return "machine restarted"
        if self.has_died(owner):
            return "worker died"
        return "worker went silent" if until <= now else None

    def has_died(self, owner: Owner) -> bool:
        """Whether the owner is a process of this run of this machine, and is known to have ended."""
        me = self.me()
        if owner == me or (owner.boot, owner.pids) != (me.boot, me.pids):
            return False
        return not self.clock.is_alive(owner)


def is_detached(owner: Owner) -> bool:
    """Whether the lease depends on no process."""
    return owner.pids == _NOBODY


def _born(pid: int) -> int | None:
    """When a process started, in ticks since boot; None where there is no such process any more."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # the name, in parentheses, may hold anything
    return None if fields[0] in _DEAD else int(fields[19])


def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _namespace() -> str:
    try:
        return os.readlink(_PROC / "self/ns/pid")
    except OSError:
        return "pid"
