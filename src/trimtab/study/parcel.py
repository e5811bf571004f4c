"""Results of short trials that are told together, and the trials that are taken along with them.

A transaction on a shared storage takes a millisecond and a wait for the disk, so workers whose trials take
less spend their time on that. Where no proposal waits for a result, some 20 ms of work are one transaction
(group commit: DeWitt et al. 1984, Implementation techniques for main memory database systems, section 3).
A result waits no longer than that: where the next trial is a long one, a thread tells what is held, and soon
puts back what was taken along. Who is killed within that time has told nothing: his trials run again.
"""

import threading
import time
import weakref
from collections.abc import Iterable

from trimtab.core.message import Ended, Task
from trimtab.core.trial import Outcome, TrialState
from trimtab.errors import AlreadyTold, LeaseLost, StorageError, TrimtabError
from trimtab.storage.memory import Memory
from trimtab.study.ledger import Ledger

SPAN = 0.02  # seconds of work that are told together, and that a result waits
EVERY = 0.02  # seconds between two looks at what waits
LONG = 0.5  # seconds that trials wait behind another one, before any worker may have them
MOST = 15  # trials taken along with the next one
_WEIGHT = 0.2  # of the last trial in the mean


class Pace:
    """How many trials are taken along: as many as the last ones suggest, and few at first."""

    def __init__(self) -> None:
        self.n = 0
        self._mean: float | None = None  # seconds of the last trials

    def saw(self, seconds: float | None) -> None:
        """A trial has taken so long; one whose time is not known counts as a long one."""
        took = SPAN if seconds is None else seconds
        mean = took if self._mean is None else self._mean
        self._mean = mean + _WEIGHT * (took - mean)
        self.n = min(2 * self.n + 1, int(SPAN / max(self._mean, 1e-9)), MOST)


class Parcel:
    """The trials of one run: those that run or are at hand, and those whose results are held.

    `limit`: see `Journal.ask`.
    """

    def __init__(self, ledger: Ledger, limit: int | None) -> None:
        self.running: set[int] = set()  # with those at hand
        self.taken: set[int] = set()  # every trial that this run has started
        self.ready: list[Task] = []
        self.held: list[Ended] = []
        self.told: list[Ended] = []  # for whoever looks at results, and takes them away
        self._ledger = ledger
        self._limit = limit
        self._pace = Pace()
        self._is_shared = not isinstance(ledger.journal, Memory)
        self._since = self._moved = 0.0  # when the first was held, and the last begun
        self._thread: threading.Thread | None = None

    @property
    def n_ahead(self) -> int:
        """How many trials to take along with the next one."""
        return self._pace.n if self._is_shared else 0

    @property
    def n_begun(self) -> int:
        """How many trials run, without those at hand."""
        return len(self.running) - len(self.ready)

    def hold(self, ended: Ended) -> None:
        """Keep a result, to be told soon."""
        with self._ledger.lock:
            if not self.held:
                self._since = time.monotonic()
            self.held.append(ended)
            self.running.discard(ended.number)
            self._pace.saw(ended.outcome.seconds)

    def next(self) -> Task | None:
        """The next trial at hand, which begins now."""
        with self._ledger.lock:
            if not self.ready:
                return None
            trial = self.ready.pop(0)
            self._moved = time.monotonic()
            if self._thread is None and (self.held or self.ready):
                look = threading.Thread(
                    target=_look, args=(weakref.ref(self),), name="trimtab-results", daemon=True
                )
                self._thread = look
                look.start()
            return trial

    def take(self, n: int, *, fresh: bool) -> None:
        """Take up to n trials; see `Ledger.take`."""
        with self._ledger.lock:
            self._count(self._ledger.take(n, self._limit, fresh=fresh))

    def _count(self, trials: list[Task]) -> None:
        """These are ours now; a resumed trial counts once."""
        for trial in trials:
            self.running.add(trial.number)
            if trial.number not in self._ledger.history.budgets:
                self.taken.add(trial.number)
        self.ready += trials
        self._moved = time.monotonic()

    def tell(self, n: int = 0) -> bool:
        """Tell what is held, and take up to n trials along; whether there are any.

        Raises:
            StorageError: or one of its kinds; then the results are still held.
        """
        with self._ledger.lock:
            held = self.held
            if not held:
                return False
            trials: list[Task] = []
            try:
                results = [(ended.number, ended.outcome, ended) for ended in held]
                trials = self._ledger.turn(results, self._limit, n)
            except StorageError:
                raise
            except (LeaseLost, AlreadyTold):
                pass  # another worker has one; what we measured was kept as a late result
            except TrimtabError:  # one cannot be written down: see which
                held = [end for ended in held if (end := settled(self._ledger, ended)) is not None]
            self.told += held
            self.held = []
            self._count(trials)
            return bool(trials)

    def put_back(self, numbers: Iterable[int], reason: str, *, is_over: bool = False) -> None:
        """Trials that somebody else, or a later attempt of ours, shall run."""
        with self._ledger.lock:
            for number in sorted(numbers):
                self._ledger.release(number, reason)
                self.running.discard(number)
                if number not in self._ledger.history.budgets and not is_over:
                    self.taken.discard(number)  # it will be counted again

    def leave(self, reason: str) -> None:
        """Tell what is held, and put back what was not run, so that nothing stays running."""
        with self._ledger.lock:
            self.ready = []
            try:
                self.tell()
            finally:
                held = {ended.number for ended in self.held}  # which the storage refused
                self.put_back(self.running | held, reason, is_over=True)

    def look(self) -> bool:
        """Tell what has been held for long enough; False, where there is nothing to look after."""
        with self._ledger.lock:
            now = time.monotonic()
            if self.held and now - self._since >= SPAN:
                self.tell()
            if self.ready and now - self._moved >= LONG:
                waiting, self.ready = self.ready, []
                self.put_back([trial.number for trial in waiting], "another trial took long")
            is_over = not (self.held or self.ready)
            if is_over:
                self._thread = None
            return not is_over


def _look(parcel: "weakref.ref[Parcel]") -> None:
    while True:
        time.sleep(EVERY)
        found = parcel()
        if found is None:
            return
        try:
            if not found.look():
                return
        except TrimtabError:
            continue  # the run itself tries again, and meets it then
        finally:
            del found


def settled(ledger: Ledger, ended: Ended) -> Ended | None:
    """Write down how one trial ended; returns that, None where another worker has the trial.

    What cannot be written down ends as a failure that says why, so that nothing stays running.

    Raises:
        StorageError: or one of its kinds; then the trial stays ours to put back.
    """
    try:
        ledger.settle(ended.number, ended.outcome, ended)
    except StorageError:
        raise
    except (LeaseLost, AlreadyTold):
        return None  # what we measured was kept as a late result
    except TrimtabError as error:
        outcome = Outcome(TrialState.FAILED, reason=f"{type(error).__name__}: {error}")
        ended = Ended(ended.number, outcome, error=error)
        ledger.settle(ended.number, outcome, ended)
    return ended
