"""The workers of a Ray cluster: how many it has room for, starting them, and what their deaths mean.

Each is an actor (Moritz et al. 2018, Ray: a distributed framework for emerging AI applications) with
one call under way at any time, so that its death is heard of at once.
"""

import math
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from trimtab.core.message import Task
from trimtab.errors import InvalidArgument, Unsupported, WorkerDied
from trimtab.executor.limit import check_amounts
from trimtab.executor.ray_worker import Runner
from trimtab.executor.ship import ship_apart, ship_task
from trimtab.executor.tree import GRACE
from trimtab.space.space import Space

_LOOK = 2.0  # seconds between two looks at the nodes
_GONE = 2.0  # seconds that a killed worker may take to be gone
_LONGEST = 500  # characters of Ray's reason
_STILLBORN = 5  # workers in a row that may die before they were ready
_LATE = (
    0.25  # seconds after which the trials behind a running one are given to others that are idle
)


@dataclass(eq=False, slots=True)
class Hand:
    """One worker, and what it is doing."""

    actor: Any
    call: Any  # the call under way: of a busy worker, or one that starts
    is_ready: bool = False
    tasks: list[Task] = field(
        default_factory=list
    )  # the trial that it runs, and those it has ahead
    since: float = 0.0  # when the trial began
    space: Space | None = None  # the one it is known to have
    packed: Space | None = None  # the one in the outbox; calls may overtake each other
    back: Any = None  # the call under way that takes trials back
    late: float = 0.0  # when that is next worth while
    outbox: list[bytes] = field(default_factory=list)  # tasks that have yet to be sent
    decisions: list[str] = field(default_factory=list)  # likewise

    @property
    def task(self) -> Task | None:
        """The trial that it runs, as far as has been heard."""
        return self.tasks[0] if self.tasks else None

    def room(self, ahead: int) -> int:
        """How many trials it could be given, with `ahead` besides the one that it runs."""
        return 1 + ahead - len(self.tasks) if self.is_ready else 0

    def give(self, task: Task, data: bytes) -> None:
        """Put a trial at the end of what it has to do; `go_on` sends it."""
        if not self.tasks:
            self._begin()
        self.tasks.append(task)
        self.outbox.append(data)
        self.packed = task.space

    def drop(self, number: int) -> None:
        """The trial of this number has ended: the next one begins."""
        for task in self.tasks:
            if task.number == number:
                self.space = task.space  # it was sent with it, unless it was known before
        self.leave([number])

    def leave(self, numbers: Sequence[int]) -> list[Task]:
        """Trials of these numbers are no longer what it has to do: those that were."""
        left = [task for task in self.tasks if task.number in numbers]
        first = self.task
        self.tasks = [task for task in self.tasks if task.number not in numbers]
        if self.task is not first:
            self._begin()
        return left

    def _begin(self) -> None:
        self.since = time.monotonic()
        self.late = self.since + _LATE

    def go_on(self) -> None:
        """Send what is to be sent, and have one call under way while there is work."""
        if self.call is None and self.tasks:
            self.call = self.actor.go_on.remote(self.decisions, self.outbox)
        elif self.outbox:
            self.actor.give.remote(self.outbox)
        self.decisions, self.outbox, self.packed = [], [], None


class Crew:
    """The workers of one run: `n` of them, or (None) as many as the cluster has room for just now.

    Raises:
        Unpicklable: the objective cannot be sent; the message names what is to blame.
    """

    def __init__(
        self, ray: Any, n: int | None, need: Mapping[str, float], objective: Any, limit: int | None
    ) -> None:
        self.hands: list[Hand] = []
        self.spare: list[Task] = []  # taken back from workers, and not given to others yet
        self._ray = ray
        self._n = n
        self._need = dict(need)
        kinds = (ray.ObjectRef, ray.actor.ActorHandle)
        self._given = (*ship_apart("the objective", objective, kinds), limit)
        self._looked = -math.inf
        self._room = 0
        self._n_stillborn = 0
        others = {k: v for k, v in need.items() if k not in ("CPU", "GPU")}
        self._make = ray.remote(Runner).options(
            num_cpus=need.get("CPU", 0),
            num_gpus=need.get("GPU", 0),
            resources=others,
            max_concurrency=2,  # a call that waits for the trial, and one that ends it
            max_restarts=0,
            max_task_retries=0,  # a trial that is run again is run again by the study, which counts
        )

    def refill(self) -> None:
        """Start workers in the place of those that are gone, where the cluster has room for them."""
        if self._n is None and time.monotonic() - self._looked >= _LOOK:
            self._room, self._looked = room_of(self._ray.nodes(), self._need), time.monotonic()
        while len(self.hands) < (self._room if self._n is None else self._n):
            actor = self._make.remote(*self._given)
            self.hands.append(Hand(actor, actor.hello.remote()))

    def room(self, ahead: int) -> int:
        """How many trials could be given to workers, with `ahead` for each besides the one it runs."""
        return max(0, sum(max(0, hand.room(ahead)) for hand in self.hands) - len(self.spare))

    def freest(self, ahead: int) -> Hand | None:
        """The worker with the most room, if there is one with any."""
        hand = max(self.hands, key=lambda hand: hand.room(ahead), default=None)
        return hand if hand is not None and hand.room(ahead) > 0 else None

    def give(self, hand: Hand, task: Task) -> None:
        """Put a trial at the end of what a worker has to do; `Hand.go_on` sends it.

        Raises:
            Unpicklable: the configuration, or a constraint of the space, cannot be sent.
        """
        is_known = task.space is hand.space or task.space is hand.packed
        hand.give(task, ship_task(task, None if is_known else task.space))

    def level(self, ahead: int) -> None:
        """Give what was taken back to who has room, and take back what waits behind a long trial."""
        while self.spare and (hand := self.freest(ahead)) is not None:
            self.give(hand, self.spare.pop(0))
        if not any(hand.is_ready and not hand.tasks for hand in self.hands):
            return
        now = time.monotonic()
        for hand in self.hands:
            if len(hand.tasks) > 1 and hand.back is None and now >= hand.late:
                hand.back, hand.late = hand.actor.give_back.remote(), now + _LATE

    def heard(self, seconds: float | None) -> list[Hand]:
        """The workers that have said something, or died; waits for the first."""
        calls = {hand.call: hand for hand in self.hands if hand.call is not None}
        backs = {hand.back: hand for hand in self.hands if hand.back is not None}
        both = [*calls, *backs]
        if not both:
            return []
        ready, _ = self._ray.wait(both, num_returns=1, timeout=seconds)
        if ready and len(both) > 1:
            ready, _ = self._ray.wait(both, num_returns=len(both), timeout=0)
        for call in ready:
            if call in backs:
                self._took_back(backs[call])
        return [calls[call] for call in ready if call in calls]

    def _took_back(self, hand: Hand) -> None:
        call, hand.back = hand.back, None
        with suppress(self._ray.exceptions.RayError):  # it died: that is heard by the other call
            self.spare += hand.leave(self._ray.get(call))

    def said(self, hand: Hand) -> list[bytes]:
        """What a worker has said.

        Raises:
            WorkerDied: it has died, for the reason in the message; it is no longer one of ours.
        """
        call, hand.call = hand.call, None
        try:
            messages: list[bytes] = self._ray.get(call)
        except self._ray.exceptions.RayError as error:
            self.hands.remove(hand)
            self._ray.kill(hand.actor)
            if not hand.is_ready and not is_of_node(error):
                self._mourn(error)
            raise WorkerDied(reason_of(error)) from error
        self._n_stillborn = 0
        return messages

    def _mourn(self, error: Exception) -> None:
        self._n_stillborn += 1
        if self._n_stillborn >= _STILLBORN:
            raise Unsupported(
                f"{self._n_stillborn} workers of the Ray cluster died before they could start; is trimtab "
                f"installed on every node? The last one: {reason_of(error)}"
            ) from error

    def end(self, hands: list[Hand]) -> None:
        """End workers with all that they have started; returns when they are gone."""
        busy = [hand.actor.end.remote() for hand in hands if hand.tasks]
        if busy:
            self._ray.wait(busy, num_returns=len(busy), timeout=GRACE)
        deaths = [hand.call or hand.actor.hello.remote() for hand in hands if hand.is_ready]
        for hand in hands:
            self._ray.kill(hand.actor)
            self.hands.remove(hand)
        if deaths:
            self._ray.wait(deaths, num_returns=len(deaths), timeout=_GONE)

    def close(self) -> None:
        """End all workers."""
        self.end(list(self.hands))


def need_of(cpus: float, gpus: float, resources: Mapping[str, float]) -> dict[str, float]:
    """What a worker needs of each resource, without what it needs nothing of.

    Raises:
        InvalidArgument: an amount is out of range, or it needs nothing at all.
    """
    need = {"CPU": cpus, "GPU": gpus, **resources}
    check_amounts(need)
    found = {name: float(amount) for name, amount in need.items() if amount > 0}
    if not found:
        raise InvalidArgument(
            "cpus=0 and gpus=0: a worker that needs nothing fits everywhere without end; say cpus=1"
        )
    return found


def room_of(nodes: list[dict[str, Any]], need: Mapping[str, float]) -> int:
    """How many workers with these needs fit on the living nodes, if nothing else ran there."""
    return sum(fits_on(node["Resources"], need) for node in nodes if node["Alive"])


def fits_on(resources: Mapping[str, float], need: Mapping[str, float]) -> int:
    """How many workers fit on one node; a worker is never spread over two.

    A share of a GPU has to fit on one of them: two workers of 0.6 need two GPUs.
    """
    counts = [
        _in_units(resources.get(name, 0.0), amount)
        if name == "GPU" and amount < 1
        else math.floor(resources.get(name, 0.0) / amount + 1e-9)
        for name, amount in need.items()
        if amount > 0
    ]
    return min(counts, default=0)


def _in_units(n: float, share: float) -> int:
    return math.floor(n) * math.floor(1.0 / share + 1e-9)


def is_of_node(error: BaseException | None) -> bool:
    """Whether a worker died because its machine went away, by what Ray tells of it."""
    return getattr(error, "preempted", False) or "node has died" in str(error).lower()


def reason_of(error: BaseException) -> str:
    """What Ray says about a death, on one line."""
    told = " ".join(str(error).split())
    _, _, end = told.rpartition("The actor is dead because ")
    return f"the Ray worker died: {end[:_LONGEST]}"
