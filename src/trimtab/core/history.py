"""A study's events, folded into arrays: what samplers, schedulers and people read.

Rows are trials, in the order of their numbers, which are dense: row i is trial i. Columns grow by
appending, so a trial costs some two hundred bytes, and no Python object per trial is kept.
"""

from array import array
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from trimtab.core.batch import Batch as Batch
from trimtab.core.batch import no_rows
from trimtab.core.curve import Curve, Curves
from trimtab.core.event import (
    Asked,
    Chosen,
    Event,
    Grown,
    Late,
    Noted,
    Paused,
    Released,
    Reported,
    Resumed,
    Sampled,
    Settled,
    Started,
)
from trimtab.core.fidelity import Fidelity
from trimtab.core.problem import Direction
from trimtab.core.queue import KEY as QUEUE
from trimtab.core.queue import Queue
from trimtab.core.record import STATES, records
from trimtab.core.table import Table
from trimtab.core.trial import Record
from trimtab.core.usage import KEY, Usage
from trimtab.space.space import Space
from trimtab.typing import Array, Ints, Mask

M = TypeVar("M")
_CODE = {state: i for i, state in enumerate(STATES)}
WAITING, RUNNING, PAUSED, COMPLETE, PRUNED, FAILED = range(6)
_IS = np.eye(len(STATES), dtype=bool)  # of states by code: a faster isin
_NO_VALUE: Mask = _IS[FAILED] | _IS[RUNNING] | _IS[WAITING]


class History:
    """All trials of a study so far, and the order in which they settled."""

    def __init__(self, directions: Sequence[Direction], space: Space | None = None) -> None:
        self.directions = tuple(directions)
        self.space = space if space is not None else Space({})
        self.position = 0  # how many events have been folded
        self.order: list[int] = []  # numbers, as they settled
        self.n_before: list[int] = []  # entries of `curves` before each of them
        self.n_before_asked = array("q")  # and before each trial was asked for, by number
        self.counts = [0] * len(STATES)
        self.n_late = 0
        self.attrs: dict[str, Any] = {}
        self.sampled_from = 0  # trials before this number have another sampler's tags
        self.next_tag = 0  # one above the highest tag since then
        self.sampler: dict[str, Any] = {}
        self.fixed: dict[int, dict[str, Any]] = {}
        self._table = Table()
        self._table.widen("values", len(self.directions))
        self._table.widen("codes", len(self.space.names))
        self._reasons: dict[int, str] = {}
        self._attrs: dict[int, dict[str, Any]] = {}
        self.fidelity: Fidelity | None = None  # how the study's budgets are counted
        self.budgets: dict[int, int] = {}  # what resumed trials may go on up to
        self.origins: dict[int, tuple[int, int]] = {}  # the trial and step that others go on from
        self.queue = Queue()  # configurations that wait with a priority
        self.curves = Curves(len(self.directions))
        self._memos: dict[Any, Any] = {}
        self._sign = np.array([d.sign for d in self.directions])
        self._is_minimized = bool((self._sign > 0).all())

    # -- folding --------------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Fold one more event."""
        self.position += 1
        _FOLD[type(event)](self, event)

    def _move(self, number: int, state: int) -> None:
        table = self._table
        self.counts[table.state[number]] -= 1
        self.counts[state], table.state[number] = self.counts[state] + 1, state

    def _asked(self, e: Asked) -> None:
        table = self._table
        i = table.append()
        self.n_before_asked.append(len(self.curves))
        state = WAITING if e.waiting else RUNNING
        table.state[i], table.tag[i] = state, e.tag
        table.attempt[i] = 0 if e.waiting else 1
        self.counts[state] += 1
        if e.tag >= self.next_tag:
            self.next_tag = e.tag + 1
        if e.codes:
            table.codes[i, : len(e.codes)] = e.codes
        if e.fixed is not None:
            self.fixed[i] = e.fixed
        if e.origin is not None:
            self.origins[i] = e.origin
        if e.job is not None:
            self.queue.start(e.job)
        if not e.waiting:
            table.started[i] = e.at

    def _started(self, e: Started) -> None:
        self._move(e.number, RUNNING)
        self._table.attempt[e.number] = min(e.attempt, 255)
        self._table.started[e.number] = e.at
        if e.attempt > 1:
            self.curves.restart(e.number)

    def _chosen(self, e: Chosen) -> None:
        self._table.codes[e.number] = np.nan
        self._table.codes[e.number, : len(e.codes)] = e.codes

    def _reported(self, e: Reported) -> None:
        self.curves.add(e.number, e.step, e.values)

    def _settled(self, e: Settled) -> None:
        table, i = self._table, e.number
        self._move(i, _CODE[e.state])
        if e.values is not None:
            table.values[i] = e.values
        if e.constraints:
            table.widen("constraints", len(e.constraints))
            table.constraints[i, : len(e.constraints)] = e.constraints
        if e.cost is not None:
            table.cost[i] = e.cost
        if e.seconds is not None:
            table.seconds[i] = e.seconds
        if e.reason is not None:
            self._reasons[i] = e.reason
        table.ended[i] = e.at
        self.fixed.pop(i, None)
        self.order.append(i)
        self.n_before.append(len(self.curves))

    def _released(self, e: Released) -> None:
        self._move(e.number, WAITING)

    def _paused(self, e: Paused) -> None:
        self._move(e.number, PAUSED)

    def _resumed(self, e: Resumed) -> None:
        self._move(e.number, WAITING)
        self._table.attempt[e.number] = 0
        self.budgets[e.number] = e.budget

    def _noted(self, e: Noted) -> None:
        if e.key == KEY and e.number is not None:
            self._table.use(e.number, Usage.of(e.value))
            return
        if e.key == QUEUE and e.number is None:
            self.queue.add(self.position, e.value)
            return
        attrs = self.attrs if e.number is None else self._attrs.setdefault(e.number, {})
        attrs[e.key] = e.value

    def _grown(self, e: Grown) -> None:
        self.space = Space.from_dict(e.space)
        self._table.widen("codes", len(self.space.names))

    def _sampled(self, e: Sampled) -> None:
        self.sampled_from, self.sampler, self.next_tag = len(self), e.sampler, 0

    def _late(self, e: Late) -> None:
        self.n_late += 1

    # -- reading --------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self._table.n

    @property
    def n_finished(self) -> int:
        """How many trials are complete, pruned or failed."""
        return sum(self.counts[COMPLETE:])

    @property
    def table(self) -> Table:
        """The columns themselves, for readers; rows beyond `n` are spare room."""
        return self._table

    def numbers(self, *states: int) -> Ints:
        """The numbers of the trials in any of these states, ascending."""
        if not any(self.counts[state] for state in states):
            return np.zeros(0, np.int64)
        is_one: Mask = np.logical_or.reduce(_IS[list(states)])
        return np.flatnonzero(is_one[self._table.state[: self._table.n]])

    def codes(self, numbers: Ints | slice = slice(None)) -> Array:
        """Canonical rows (n, d) of these trials."""
        return self._table.codes[: self._table.n][numbers]

    def losses(self) -> Array:
        """Minimized values (n, m) of all trials; NaN unless complete."""
        table = self._table
        values = table.values[: table.n] * self._sign
        return np.where(table.state[: table.n, None] == COMPLETE, values, np.nan)

    def is_feasible(self) -> Mask:
        """Which trials (n,) broke no returned constraint; a missing one counts as kept."""
        return ~np.any(self._table.constraints[: self._table.n] > 0, axis=1)

    def batch(self, numbers: Ints) -> Batch:
        """These trials as arrays, for samplers."""
        table = self._table
        if not len(numbers):  # as often as not: a study of one worker has nothing pending
            return no_rows(len(self.space.names), len(self._sign), table.constraints.shape[1])
        y = table.values[numbers] * self._sign
        y[_NO_VALUE[table.state[numbers]]] = np.nan
        tag = np.where(numbers >= self.sampled_from, table.tag[numbers], -1)
        return Batch(
            x=self.space.to_unit(table.codes[numbers]),
            y=y,
            c=table.constraints[numbers],
            budget=np.array([self._last_step(i) for i in numbers.tolist()], float),
            cost=table.cost[numbers],
            task=np.zeros(len(numbers), np.int64),
            tag=tag,
            number=np.asarray(numbers, np.int64),
        )

    def _last_step(self, number: int) -> float:
        if self.fidelity is not None and self._table.state[number] == COMPLETE:
            return float(self.fidelity.high)
        return float(max(self.reports(number), default=np.nan))

    def reports(self, number: int) -> Mapping[int, tuple[float, ...]]:
        """What a trial reported, by step; a new attempt takes back what it measures again."""
        return self.curves.of(number)

    def curve(self, number: int) -> Curve:
        """What a trial reported, minimized: steps (k,), ascending, and losses (k, m)."""
        reports = sorted(self.reports(number).items())
        values = np.array([v for _, v in reports], float).reshape(len(reports), len(self._sign))
        return Curve(np.array([step for step, _ in reports], np.int64), values * self._sign)

    def losses_since(self, position: int) -> Iterator[tuple[int, int, Sequence[float]]]:
        """As `Curves.since`, with minimized values; schedulers read every report, so it is made lean."""
        entries = self.curves.since(position)
        if self._is_minimized:
            return entries
        sign = self._sign.tolist()
        return ((i, step, [v * s for v, s in zip(y, sign, strict=True)]) for i, step, y in entries)

    @property
    def sign(self) -> Array:
        """What raw values are multiplied with to be minimized, (m,)."""
        return self._sign

    def memo(self, key: Hashable, make: Callable[[], M]) -> M:
        """What `make()` returned the first time, for readers that fold the history step by step.

        It holds nothing that could not be computed again from the events: it saves time and no more.
        """
        found: M | None = self._memos.get(key)  # hashed once: settings of many fields take long
        if found is None:
            found = self._memos[key] = make()
        return found

    def config(self, number: int) -> dict[str, Any]:
        """The configuration of one trial; empty while a define-by-run objective has yet to choose."""
        return self.space.config(self._table.codes[number])

    def record(self, number: int) -> Record:
        """One trial, for people."""
        return next(self._records(np.array([number])))

    def _records(self, numbers: Ints) -> Iterator[Record]:
        extras = self._reasons, self._attrs, self.origins, self.reports
        return records(self.space, self._table, numbers, *extras)

    def __iter__(self) -> Iterator[Record]:
        return self._records(np.arange(len(self)))


_FOLD: dict[type[Any], Any] = {
    Asked: History._asked,
    Started: History._started,
    Chosen: History._chosen,
    Reported: History._reported,
    Settled: History._settled,
    Released: History._released,
    Paused: History._paused,
    Resumed: History._resumed,
    Noted: History._noted,
    Grown: History._grown,
    Sampled: History._sampled,
    Late: History._late,
}
