"""Process trees: find them, weigh them, end them; and the guard that does so when their owner is gone.

A worker leads a session of its own, and an environment variable marks it and all that it starts, so
that children which have left the group, or lost their parent, are found all the same. Linux tells
through /proc (proc(5), 1995); elsewhere the process group has to do. Only the standard library is
imported: run as a script, this file is the guard, and must start fast.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

MARK = "TRIMTAB_WORKER"
GRACE = 0.5  # seconds between the polite and the final signal

_ENTRY = f"{MARK}=".encode()
_HAS_PROC = os.path.exists("/proc/self/stat")
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100  # of CPU time, in a second


class Member(NamedTuple):
    """One process; its start time tells it from a later one with the same number."""

    pid: int
    parent: int
    group: int
    start: int  # clock ticks since boot
    is_zombie: bool


def processes() -> dict[int, Member]:
    """All processes that /proc shows; empty where there is no /proc."""
    found: dict[int, Member] = {}
    if _HAS_PROC:
        for name in os.listdir("/proc"):
            if name.isdigit():
                member = _member(int(name))
                if member is not None:
                    found[member.pid] = member
    return found


def tree(pid: int, mark: str, table: dict[int, Member] | None = None) -> list[Member]:
    """A worker, its descendants, its group, and whatever carries its mark; living ones only."""
    table = processes() if table is None else table
    inside = {pid}
    grew = True
    while grew:
        grew = False
        for member in table.values():
            if member.pid not in inside and (member.parent in inside or member.group == pid):
                inside.add(member.pid)
                grew = True
    exact = f"{MARK}={mark}".encode()
    for member in table.values():
        if (
            member.pid not in inside
            and member.pid != os.getpid()
            and _is_of(_mark(member.pid), exact)
        ):
            inside.add(member.pid)
    return [table[i] for i in inside if i in table and not table[i].is_zombie]


def resident(pid: int, table: dict[int, Member]) -> int:
    """Bytes of memory that a worker and its descendants hold; pages that they share count for each."""
    return sum(_held(member) for member in _descendants(pid, table))


def held_with_children(pid: int) -> int:
    """Bytes that a process and its descendants hold, by the kernel's own lists of children.

    It costs a few files for each process, not the whole of /proc; 0 where there are no such lists.
    """
    total, queue = 0, [pid]
    while queue:
        current = queue.pop()
        total += _held(current)
        try:
            threads = os.listdir(f"/proc/{current}/task")
        except OSError:
            continue  # gone
        for thread in threads:
            queue += map(int, _read(f"/proc/{current}/task/{thread}/children").split())
    return total


def peak_of_self() -> int:
    """Bytes that this process held at its highest since the mark was set back; 0 where nobody knows."""
    words = _read("/proc/self/status").partition("VmHWM:")[2].split(None, 2)
    return int(words[0]) * 1024 if len(words) > 1 else 0


def spent(pid: int) -> float | None:
    """CPU seconds of a process and its descendants, those that were waited for included.

    A zombie still tells; None where there is no /proc.
    """
    table = processes()
    if pid not in table:
        return None
    return sum(spent_alone(member) for member in _descendants(pid, table))


def spent_alone(pid: int) -> float:
    """CPU seconds of a process and of the children that it has waited for; 0 where nobody knows."""
    text = _read(f"/proc/{pid}/stat")
    words = text[text.rfind(")") + 1 :].split()
    return sum(map(int, words[11:15])) / _TICKS if len(words) > 15 else 0.0


def end_trees(roots: Sequence[tuple[int, str]], grace: float = GRACE) -> None:
    """End workers, given as (pid, mark), with all their processes: SIGTERM, `grace` seconds, SIGKILL.

    The workers must be children of this process that nobody has waited for yet.
    """
    signal_trees(roots, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline:
        if all(has_exited(pid) for pid, _ in roots) and not _living(roots):
            return
        time.sleep(0.01)
    for _ in range(5):  # what is being born while we look is found the next time round
        signal_trees(roots, signal.SIGKILL)
        if not _living(roots):
            break


def signal_trees(roots: Sequence[tuple[int, str]], number: int) -> None:
    """Send a signal to every process of some trees."""
    if not _HAS_PROC:
        for pid, _ in roots:
            _kill_group(pid, number)
        return
    table = processes()
    for pid, mark in roots:
        _signal(tree(pid, mark, table), number)


def signal_others(mark: str, number: int) -> None:
    """Send a signal to everything that this process, with this mark, has started; not to itself."""
    for _ in range(5):  # what is being born while we look is found the next time round
        found = [m for m in tree(os.getpid(), mark) if m.pid != os.getpid()]
        if not found:
            return
        _signal(found, number)


def has_exited(pid: int) -> bool:
    """Whether a child of ours has ended, without collecting its status."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        shown = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False
        )
        return shown.stdout.strip()[:1] in (b"", b"Z")
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def end_orphans(mark: str, groups: Iterable[int]) -> None:
    """Kill every process whose mark begins with `mark`; without /proc, whole process groups."""
    if not _HAS_PROC:
        for pid in groups:
            _kill_group(pid, signal.SIGKILL)
        return
    start = f"{MARK}={mark}".encode()
    for _ in range(5):
        table = processes()
        leaders = [m.pid for m in table.values() if _mark(m.pid).startswith(start)]
        found = {m for pid in leaders for m in tree(pid, mark, table) if m.pid != os.getpid()}
        if not found:
            return
        _signal(found, signal.SIGKILL)


def _living(roots: Sequence[tuple[int, str]]) -> bool:
    if not _HAS_PROC:
        return not all(has_exited(pid) for pid, _ in roots)
    table = processes()
    return any(tree(pid, mark, table) for pid, mark in roots)


def _signal(members: Iterable[Member], number: int) -> None:
    for member in members:
        now = _member(member.pid)
        if now is not None and now.start == member.start:
            try:
                os.kill(member.pid, number)
            except (ProcessLookupError, PermissionError):
                continue  # gone already, or it has become another user's (sudo)


def _kill_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _member(pid: int) -> Member | None:
    text = _read(f"/proc/{pid}/stat")
    words = text[text.rfind(")") + 1 :].split()  # the name before it may hold anything
    if len(words) < 20:
        return None
    return Member(pid, int(words[1]), int(words[2]), int(words[19]), words[0] in "ZX")


def _descendants(pid: int, table: dict[int, Member]) -> list[int]:
    """A process and all that it has started, as far as their parents still live."""
    children: dict[int, list[int]] = {}
    for member in table.values():
        children.setdefault(member.parent, []).append(member.pid)
    found = [pid]
    for current in found:  # it grows as we go
        found += children.get(current, [])
    return found


def _held(pid: int) -> int:
    words = _read(f"/proc/{pid}/statm").split()
    return int(words[1]) * _PAGE if len(words) > 1 else 0


def _is_of(mark: bytes, exact: bytes) -> bool:
    return mark == exact or mark.startswith(exact + b"/")  # a program that the worker runs


def _mark(pid: int) -> bytes:
    """The entry of a process's environment that says which worker it belongs to; empty for none."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            entries = file.read().split(b"\0")
    except OSError:
        return b""
    return next((entry for entry in entries if entry.startswith(_ENTRY)), b"")


def _read(path: str) -> str:
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def guard(mark: str) -> None:
    """Wait until the owner closes our standard input, as its death does; then end its orphans.

    Lines that come in meanwhile are process groups, "+pid" and "-pid".
    """
    groups: set[int] = set()
    for line in sys.stdin:
        pid = int(line[1:])
        if line[0] == "+":
            groups.add(pid)
        else:
            groups.discard(pid)
    end_orphans(mark, groups)


if __name__ == "__main__":
    guard(sys.argv[1])
