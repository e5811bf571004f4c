"""Leases are prolonged from a thread, for as long as a study has running trials and somebody holds it.

A lease lasts three times as long as the time between two renewals (Gray & Cheriton 1989, Leases), so one
that is missed does no harm.
"""

import threading
import time
import weakref
from typing import Protocol

from trimtab.errors import TrimtabError

EVERY = 20.0  # seconds; a lease lasts three times as long


class Renewing(Protocol):
    """What has leases to prolong."""

    def renew(self) -> None:
        """Prolong them, if there are any."""


class Heartbeat:
    """Calls `renew` of its owner every twenty seconds, until the owner is gone."""

    def __init__(self, owner: Renewing) -> None:
        self._owner = weakref.ref(owner)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, unless it beats already; after a fork it begins anew in the child."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(
                target=_beat, args=(self._owner,), name="trimtab-leases", daemon=True
            )
            self._thread.start()


def _beat(owner: "weakref.ref[Renewing]") -> None:
    while True:
        time.sleep(EVERY)
        renewing = owner()
        if renewing is None:
            return
        try:
            renewing.renew()
        except TrimtabError:
            continue  # the storage is away; a lease that nobody took is still ours
        finally:
            del renewing  # the thread itself must not keep the study alive
