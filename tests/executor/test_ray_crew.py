"""What fits on a cluster, and what is refused before one is needed; `tests/ray` runs on a real one."""

import importlib
import pickle
import sys
import threading
from types import SimpleNamespace
from typing import Any

import pytest

import trimtab as tt
from trimtab.executor.choose import executor_of
from trimtab.executor.ray_crew import Crew, Hand, fits_on, is_of_node, reason_of, room_of
from trimtab.executor.ray_worker import Outbox


@pytest.mark.parametrize(
    ("resources", "need", "n"),
    [
        ({"CPU": 8.0}, {"CPU": 1.0}, 8),
        ({"CPU": 8.0}, {"CPU": 3.0}, 2),
        ({"CPU": 1.0}, {"CPU": 0.1}, 10),
        ({"CPU": 8.0, "GPU": 2.0}, {"CPU": 1.0, "GPU": 0.5}, 4),
        ({"CPU": 8.0, "GPU": 2.0}, {"CPU": 1.0, "GPU": 0.6}, 2),  # a share lies on one GPU
        ({"CPU": 3.0, "GPU": 2.0}, {"CPU": 1.0, "GPU": 0.25}, 3),
        ({"CPU": 8.0}, {"CPU": 1.0, "GPU": 0.5}, 0),
        ({"CPU": 8.0, "tpu": 2.0}, {"tpu": 1.0}, 2),
        ({}, {"CPU": 1.0}, 0),
    ],
)
def test_workers_that_fit_on_a_node(
    resources: dict[str, float], need: dict[str, float], n: int
) -> None:
    assert fits_on(resources, need) == n


def test_a_worker_is_not_spread_over_nodes_and_dead_ones_have_no_room() -> None:
    nodes = [
        {"Alive": True, "Resources": {"CPU": 3.0}},
        {"Alive": True, "Resources": {"CPU": 3.0}},
        {"Alive": False, "Resources": {"CPU": 64.0}},
    ]
    assert room_of(nodes, {"CPU": 2.0}) == 2


def test_without_ray_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(tt.MissingExtra, match=r'pip install "trimtab\[ray\]"'):
        tt.Ray(2)
    with pytest.raises(tt.MissingExtra, match=r"trimtab\[ray\]"):
        executor_of("ray", n_jobs=4)
    with pytest.raises(tt.MissingExtra, match=r"trimtab\[tune\]"):
        importlib.import_module("trimtab.integration.ray")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_workers": 0}, "n_workers=0"),
        ({"n_workers": 1.5}, r"n_workers=1\.5"),
        ({"trial_timeout": 0}, "trial_timeout=0"),
        ({"memory_limit": -1}, "memory_limit=-1"),
        ({"start_timeout": 0.0}, r"start_timeout=0\.0"),
        ({"cpus": -1}, "CPU=-1"),
        ({"gpus": 1.5}, r"GPU=1\.5 must be whole"),
        ({"resources": {"tpu": "2"}}, "tpu='2'"),
        ({"cpus": 0}, "say cpus=1"),
    ],
)
def test_what_makes_no_sense_is_refused(
    options: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", sys)  # whatever: it is not called
    with pytest.raises(tt.InvalidArgument, match=words):
        tt.Ray(**options)


def test_reasons_are_one_line_and_tell_a_lost_machine() -> None:
    told = (
        "The actor died unexpectedly before finishing this task.\n\tclass_name: Runner\n\tpid: 12\n"
        "The actor is dead because its node has died. Node Id: abc"
    )
    error = RuntimeError(told)
    assert reason_of(error) == "the Ray worker died: its node has died. Node Id: abc"
    assert is_of_node(error)
    assert not is_of_node(RuntimeError("The actor is dead because its worker process has died."))
    error = RuntimeError("The actor is dead because of a notice")
    error.preempted = True  # type: ignore[attr-defined]
    assert is_of_node(error)


@pytest.mark.parametrize("ahead", [-1, 1.5, True, 2000])
def test_how_many_ahead_is_a_number(monkeypatch: pytest.MonkeyPatch, ahead: Any) -> None:
    monkeypatch.setitem(sys.modules, "ray", object())
    with pytest.raises(tt.InvalidArgument, match="ahead="):
        tt.Ray(2, ahead=ahead)


class Actor:
    """Remembers what it was called with."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        def remote(*given: Any) -> object:
            self.calls.append((name, given))
            return object()

        return SimpleNamespace(remote=remote)


def test_what_is_submitted_together_goes_in_one_call(make_task: Any) -> None:
    hand = Hand(Actor(), None, is_ready=True)
    assert (hand.room(0), hand.room(3), hand.task) == (1, 4, None)
    first, second, third = (make_task(i) for i in range(3))
    hand.give(first, b"0")
    hand.give(second, b"1")
    assert (hand.room(3), hand.room(0), hand.task) == (2, -1, first)
    hand.go_on()
    hand.give(third, b"2")
    hand.go_on()
    hand.go_on()
    assert hand.actor.calls == [("go_on", ([], [b"0", b"1"])), ("give", ([b"2"],))]
    hand.drop(0)
    assert hand.task is second
    hand.call, hand.decisions = None, ["stop"]
    hand.go_on()
    assert hand.actor.calls[2:] == [("go_on", (["stop"], []))]
    hand.drop(1)
    hand.drop(2)
    hand.call = None
    hand.go_on()
    assert len(hand.actor.calls) == 3, "an idle worker has no call under way"


class Cluster:
    """As much of Ray as a crew calls: everything that was asked for is ready, with what `answers` says."""

    class ObjectRef:
        pass

    actor = SimpleNamespace(ActorHandle=type("ActorHandle", (), {}))
    exceptions = SimpleNamespace(RayError=ConnectionError)

    def __init__(self) -> None:
        self.answers: dict[Any, Any] = {}

    def remote(self, kind: type) -> Any:
        return SimpleNamespace(
            options=lambda **_: SimpleNamespace(remote=lambda *_: Actor())  # what a crew starts
        )

    def wait(self, calls: list[Any], *, num_returns: int, timeout: float | None) -> Any:
        ready = [call for call in calls if call in self.answers][:num_returns]
        return ready, []

    def get(self, call: Any) -> Any:
        answer = self.answers[call]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def crew() -> Any:
    made = Crew(Cluster(), 2, {"CPU": 1.0}, len, None)
    made.refill()
    for hand in made.hands:
        hand.is_ready = True
    return made


def test_what_waits_behind_a_long_trial_goes_to_the_idle(crew: Any, make_task: Any) -> None:
    busy, idle = crew.hands
    tasks = [make_task(i) for i in range(4)]
    for task in tasks:
        crew.give(busy, task)
    crew.level(3)
    assert busy.back is None, "the trial has only begun"
    busy.late = 0.0
    crew.level(3)
    crew.level(3)
    assert [name for name, _ in busy.actor.calls] == ["hello", "give_back"], "asked once"

    crew._ray.answers[busy.back] = [2, 3]
    assert crew.heard(0.0) == []
    assert (busy.tasks, crew.spare, busy.back) == (tasks[:2], tasks[2:], None)
    assert crew.room(0) == 0, "they come first"
    crew.level(0)
    assert (idle.tasks, crew.spare) == ([tasks[2]], [tasks[3]])
    idle.drop(2)
    crew.level(0)
    assert (idle.tasks, crew.spare) == ([tasks[3]], [])


def test_nothing_is_taken_back_while_all_are_busy(crew: Any, make_task: Any) -> None:
    for number, hand in enumerate(crew.hands * 2):
        crew.give(hand, make_task(number))
        hand.late = 0.0
    crew.level(1)
    assert all(hand.back is None for hand in crew.hands)


def test_a_worker_that_dies_instead_keeps_what_it_had(crew: Any, make_task: Any) -> None:
    busy, _ = crew.hands
    tasks = [make_task(i) for i in range(2)]
    for task in tasks:
        crew.give(busy, task)
    busy.late = 0.0
    crew.level(1)
    crew._ray.answers[busy.back] = ConnectionError("the actor is dead")
    assert crew.heard(0.0) == [] and crew.spare == [] and busy.tasks == tasks


def test_a_space_is_in_every_parcel_until_it_has_arrived(crew: Any, make_task: Any) -> None:
    """Calls may overtake each other, so none may depend on what another one brings."""
    hand, _ = crew.hands
    space = tt.Space({"x": tt.Float(0.0, 1.0)})
    number = iter(range(10))

    def has_space() -> list[bool]:
        for _ in range(2):
            crew.give(hand, make_task(next(number), {"x": 0.5}, space=space))
        blobs, hand.call = hand.outbox, hand.call or object()
        hand.go_on()
        return [pickle.loads(blob)[1] is not None for blob in blobs]

    assert has_space() == [True, False]
    assert has_space() == [True, False]
    hand.drop(0)
    assert has_space() == [False, False]


def test_messages_wait_for_more_unless_they_are_urgent() -> None:
    outbox = Outbox()
    outbox.send_bytes(b"a")
    assert outbox.take() == [b"a"]
    outbox.send_bytes(b"b")
    threading.Timer(0.05, lambda: (outbox.send_bytes(b"c"), outbox.hurry())).start()
    assert outbox.take(30.0) == [b"b", b"c"]
