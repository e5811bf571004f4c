"""Process trees are found, weighed and ended, whatever they do to hide."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trimtab.executor import tree

PARENT = """
import subprocess, sys, time
children = [
    subprocess.Popen(["sleep", "60"]),
    subprocess.Popen(["sleep", "60"], start_new_session=True),
    subprocess.Popen(["sleep", "60"], env={}),
]
print(*[child.pid for child in children], flush=True)
time.sleep(60)
"""
ORPHANING = """
import subprocess, sys
child = subprocess.Popen(["sleep", "60"], start_new_session=True)
print(child.pid, flush=True)
"""


def start(code: str, mark: str) -> "tuple[subprocess.Popen[str], list[int]]":
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", code],
        env={**os.environ, tree.MARK: mark},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    pids = [int(word) for word in process.stdout.readline().split()]
    process.stdout.close()
    return process, pids


def is_alive(pid: int) -> bool:
    member = tree.processes().get(pid)
    return member is not None and not member.is_zombie


def test_a_tree_has_children_in_and_out_of_the_group() -> None:
    process, pids = start(PARENT, "test.1")
    found = {member.pid for member in tree.tree(process.pid, "test.1")}
    assert found == {process.pid, *pids}
    tree.end_trees([(process.pid, "test.1")])
    assert process.wait() == -signal.SIGTERM
    assert not any(map(is_alive, pids))


def test_a_child_that_has_lost_its_parent_is_known_by_its_mark() -> None:
    process, pids = start(ORPHANING, "test.2/sub")
    until = time.monotonic() + 5
    while not tree.has_exited(process.pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert all(map(is_alive, pids))
    assert tree.tree(process.pid, "test.3") == []
    assert {m.pid for m in tree.tree(process.pid, "test.2")} == set(pids)
    tree.end_trees([(process.pid, "test.2")])
    assert process.wait() == 0 and not any(map(is_alive, pids))


def test_a_mark_is_no_prefix_of_another() -> None:
    process, pids = start(ORPHANING, "test.10")
    process.wait()
    assert tree.tree(process.pid, "test.1") == []
    assert [m.pid for m in tree.tree(process.pid, "test.10")] == pids
    tree.end_orphans("test.10", [])
    assert not any(map(is_alive, pids))


def test_a_process_that_ignores_the_polite_signal_is_killed() -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    process, _ = start(code, "test.4")
    begin = time.monotonic()
    tree.end_trees([(process.pid, "test.4")], 0.2)
    assert process.wait() == -signal.SIGKILL
    assert 0.2 <= time.monotonic() - begin < 3


def test_memory_counts_the_whole_tree() -> None:
    code = "import os, time; d = b'x' * (50 << 20); print(os.getpid(), flush=True); time.sleep(60)"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {code!r}])"
    process, pids = start(outer, "test.5")
    table = tree.processes()
    inner, whole = tree.resident(pids[0], table), tree.resident(process.pid, table)
    tree.end_trees([(process.pid, "test.5")])
    process.wait()
    assert 50 << 20 < inner < 100 << 20 and whole > inner + (3 << 20)


def test_the_guard_ends_orphans_when_its_input_ends() -> None:
    process, pids = start(PARENT, "guarded.1")
    guard = subprocess.Popen(
        [sys.executable, "-I", "-S", tree.__file__, "guarded."], stdin=subprocess.PIPE
    )
    guard.communicate(b"+12345\n-12345\n", timeout=10)
    assert process.wait(timeout=5) == -signal.SIGKILL
    assert not any(map(is_alive, pids))
    assert guard.returncode == 0


def test_an_absent_process_has_no_tree(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert tree.has_exited(gone.pid)
    assert tree.tree(gone.pid, "nobody") == []
    tree.end_trees([(gone.pid, "nobody")])


def test_an_exit_is_noticed_without_the_system_call_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    process, _ = start("print(1, flush=True); import time; time.sleep(60)", "test.6")
    monkeypatch.delattr(os, "waitid")
    shown = []

    def ps(words: list[str], **options: object) -> "subprocess.CompletedProcess[bytes]":
        member = tree.processes().get(int(words[-1]))
        shown.append(words[0])
        state = b"" if member is None else b"Z+\n" if member.is_zombie else b"S\n"
        return subprocess.CompletedProcess(words, 0, state)

    monkeypatch.setattr(tree.subprocess, "run", ps)
    assert not tree.has_exited(process.pid)
    tree.end_trees([(process.pid, "test.6")])
    assert tree.has_exited(process.pid) and set(shown) == {"ps"}
    process.wait()
