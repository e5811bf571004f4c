"""What a fork means for open storages: it waits for the verb under way, and the child opens anew.

POSIX.1 (2017), fork(): only the calling thread lives on in the child, so a lock that another thread holds
would never be given back, and a connection would have two users.
"""

import os
import weakref
from typing import Protocol


class Forked(Protocol):
    """What must be left alone while the process forks."""

    def hold(self) -> None:
        """Before the fork: wait until no thread uses it."""

    def resume(self) -> None:
        """After the fork, in the parent."""

    def leave(self) -> None:
        """After the fork, in the child: what is open is the parent's."""


def watch(storage: Forked) -> None:
    """Tell this storage of every fork, for as long as it lives."""
    _OPEN.add(storage)


_OPEN: "weakref.WeakSet[Forked]" = weakref.WeakSet()
_held: list[Forked] = []


def _before_fork() -> None:
    _held[:] = list(_OPEN)
    for storage in _held:
        storage.hold()


def _after_in_parent() -> None:
    for storage in _held:
        storage.resume()
    _held.clear()


def _after_in_child() -> None:
    for storage in _held:
        storage.leave()
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_in_parent, after_in_child=_after_in_child
    )
