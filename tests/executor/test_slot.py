"""GPUs that are shared by slots; the GPUs are names only, which is all that the executor knows of them."""

import os
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab as tt
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.executor import slot
from trimtab.executor.process import Process
from trimtab.executor.slot import Slots, visible_gpus


@pytest.mark.parametrize(
    ("given_gpus", "found"),
    [
        ("0,1", ("0", "1")),
        (" 2 , GPU-8f", ("2", "GPU-8f")),
        ("", ()),
        ("-1", ()),
        ("0,-1,1", ("0",)),
    ],
)
def test_gpus_are_those_that_the_environment_names(
    monkeypatch: Any, given_gpus: str, found: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", given_gpus)
    assert visible_gpus() == found


def test_or_those_that_the_machine_has(monkeypatch: Any, tmp_path: Any) -> None:
    for name in ("nvidia0", "nvidia3", "nvidiactl", "nvidia-uvm", "null"):
        (tmp_path / name).touch()
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(slot, "_DEVICES", tmp_path)
    assert visible_gpus() == ("0", "1")  # CUDA counts those that it sees


@given(
    n=st.integers(1, 6),
    gpus=st.sampled_from([0.1, 0.25, 0.3, 0.5, 0.6, 1, 2, 3]),
    moves=st.lists(st.integers(0, 40), max_size=60),
)
@settings(deadline=None, max_examples=100)
def test_no_gpu_ever_has_more_users_than_fit(n: int, gpus: float, moves: list[int]) -> None:
    """PAR-08, MEM-05: shares never add up to more than a GPU; several users of one are spread evenly."""
    slots = Slots(tuple("abcdef"[:n]), gpus)
    held: list[tuple[str, ...]] = []
    for move in moves:
        if move % 3 and len(held) < slots.room:
            held.append(slots.take())
            assert len(set(held[-1])) == max(1, int(gpus))
        elif held:
            slots.give_back(held.pop(move % len(held)))
        used = [sum(d in h for h in held) * min(gpus, 1) for d in "abcdef"[:n]]
        assert max(used) <= 1 + 1e-9
    while len(held) < slots.room:
        held.append(slots.take())
    with pytest.raises(InvalidArgument, match="no slot"):
        slots.take()


def test_two_hundred_trials_on_three_shared_gpus(monkeypatch: Any) -> None:
    """PAR-08, MEM-05: each worker sees the GPUs of its slot alone, two at most see the same one."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5,6")

    def objective(trial: Any) -> float:
        trial.set_user_attr("gpu", os.environ["CUDA_VISIBLE_DEVICES"])
        return trial.suggest_float("x", 0, 1)

    study = tt.create_study(seed=1)
    study.optimize(objective, 200, n_jobs=-1, gpus=0.5, progress=False)
    gpu_of = {t.usage.worker: t.user_attrs["gpu"] for t in study.trials}
    assert {t.usage.worker: t.user_attrs["gpu"] for t in reversed(study.trials)} == gpu_of
    assert sorted(gpu_of.values()) == ["4", "4", "5", "5", "6", "6"]


def test_the_slot_of_a_worker_that_dies_is_given_to_the_next(monkeypatch: Any) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7,9")

    def objective(trial: Any) -> float:
        if trial.number in (1, 3) and trial.attempt == 1:
            os._exit(1)
        time.sleep(0.01)
        trial.set_user_attr("gpu", os.environ["CUDA_VISIBLE_DEVICES"])
        return trial.suggest_float("x", 0, 1)

    study = tt.create_study(seed=1)
    study.optimize(objective, 8, n_jobs=2, gpus=1, progress=False)
    assert {t.user_attrs["gpu"] for t in study.trials} == {"7", "9"}


def test_whole_gpus_come_together(monkeypatch: Any, run: Any, make_task: Any, process: Any) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2,3,4")
    executor = process(None, gpus=2)
    assert executor.n_workers == 2
    seen = "CUDA_VISIBLE_DEVICES"

    def objective(trial: Any) -> float:
        trial.set_user_attr("gpu", os.environ[seen])
        time.sleep(0.2)
        return 0.0

    ended = run(executor, objective, [make_task(i) for i in range(2)])
    assert {e.notes["gpu"] for e in ended.values()} == {"0,1", "2,3"}


@pytest.mark.parametrize(
    ("visible", "how", "kind", "says"),
    [
        ("", {"gpus": 0.5}, Unsupported, "has 0 GPUs"),
        ("0", {"gpus": 2}, Unsupported, "has 1 GPUs"),
        ("0", {"gpus": 0.5, "n_workers": 3}, InvalidArgument, "room for 2"),
        ("0", {"gpus": 1.5}, InvalidArgument, "must be whole"),
        ("0", {"gpus": -1}, InvalidArgument, "0 or more"),
        ("0", {"n_workers": None}, InvalidArgument, "whole number"),
    ],
)
def test_what_does_not_fit_is_refused(
    monkeypatch: Any, visible: str, how: Any, kind: Any, says: str
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    with pytest.raises(kind, match=says):
        Process(**how)


def test_gpus_need_a_process() -> None:
    study = tt.create_study({"x": [1, 2]})
    for executor in ("serial", "thread"):
        with pytest.raises(InvalidArgument, match=r"gpus=0\.5.*executor='process'"):
            study.optimize(lambda x: x, 1, gpus=0.5, executor=executor)
    with pytest.raises(InvalidArgument, match="gpus='all'"):
        study.optimize(lambda x: x, 1, gpus="all")
