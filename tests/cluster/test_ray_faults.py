"""Nodes that go away and come, a driver that is killed: the study completes, each trial settled once."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import trimtab as tt
from trimtab.scheduler.registry import REGISTRY

pytest.importorskip("ray")

SPACE = {"x": tt.Float(-1.0, 1.0), "y": tt.Float(0.0, 1.0)}


def slow(trial: Any) -> float:
    import ray

    trial.set_user_attr("node", ray.get_runtime_context().get_node_id())
    time.sleep(0.3)
    return float(trial.config["x"] ** 2)


def settled(study: tt.Study) -> list[int]:
    assert {t.state for t in study.trials} == {tt.TrialState.COMPLETE}
    return [t.number for t in study.trials]


def until(condition: Any, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(condition())


def test_a_node_is_killed_and_the_study_completes(cluster: Any, tmp_path: Path) -> None:
    """PAR-06: what ran on a node that is gone is run again elsewhere; nothing is lost or doubled."""
    node = cluster.add_node(num_cpus=2, resources={"doomed": 2})
    cluster.wait_for_nodes()
    study = tt.create_study(space=SPACE, storage=tmp_path / "s.db")

    def has_worked() -> bool:
        return any(t.user_attrs.get("node") == node.node_id for t in study.trials)

    killer = threading.Thread(
        target=lambda: until(has_worked, 90) and cluster.remove_node(node, allow_graceful=False)
    )
    killer.start()
    study.optimize(slow, 90, executor=tt.Ray(), progress=False)
    killer.join()
    assert settled(tt.load_study(storage=tmp_path / "s.db")) == list(range(90))
    again = [t for t in study.trials if t.attempt > 1]
    assert 1 <= len(again) <= 2  # what the node was running
    places = {t.user_attrs["node"] for t in study.trials}
    assert len(places) == 3


def test_a_node_that_joins_gets_trials(cluster: Any) -> None:
    study = tt.create_study(space=SPACE)
    joined = []

    def more(study: Any, trial: Any) -> None:
        if trial.number == 4:
            joined.append(cluster.add_node(num_cpus=1))

    try:
        study.optimize(slow, 90, executor=tt.Ray(), callbacks=[more], progress=False)
        places = {t.user_attrs["node"] for t in study.trials}
        assert joined[0].node_id in places
    finally:
        cluster.remove_node(joined[0])
    assert settled(study) == list(range(90))


def test_the_driver_is_killed_and_another_one_completes_the_study(
    cluster: Any, tmp_path: Path
) -> None:
    """PAR-06: the driver dies with SIGKILL in the middle; the next run takes over what it left."""
    script = textwrap.dedent(
        f"""
        import time, ray, trimtab as tt
        def slow(x, y):
            time.sleep(0.2)
            return x * x
        space = {{"x": tt.Float(-1.0, 1.0), "y": tt.Float(0.0, 1.0)}}
        tt.minimize(slow, space, n_trials=60, storage={str(tmp_path / "s.db")!r},
                    executor=tt.Ray(2, address={cluster.address!r}), progress=False)
        """
    )
    (tmp_path / "drive.py").write_text(script)

    def drive() -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, str(tmp_path / "drive.py")])

    def n_settled() -> int:
        if not (tmp_path / "s.db").exists():
            return 0
        try:
            trials = tt.load_study(storage=tmp_path / "s.db").trials
        except tt.TrimtabError:
            return 0  # it is being made
        return sum(t.state is tt.TrialState.COMPLETE for t in trials)

    for least in (5, 20):
        first = drive()
        try:
            assert until(lambda least=least: n_settled() >= least, 90)
        finally:
            os.kill(first.pid, signal.SIGKILL)
            first.wait()
    assert n_settled() < 60
    assert drive().wait(timeout=120) == 0
    study = tt.load_study(storage=tmp_path / "s.db")
    assert settled(study) == list(range(60))
    assert 1 <= sum(t.attempt > 1 for t in study.trials) <= 4


@pytest.mark.parametrize("name", [name for name in REGISTRY.names() if name != "Retrain"])
def test_every_scheduler_works_with_checkpoints_in_a_shared_folder(
    cluster: Any, name: str, tmp_path: Path
) -> None:
    def train(trial: Any) -> float:
        total, saved = 0.0, trial.checkpoint.folder
        if saved is not None:
            total = float((saved / "total").read_text())
        for step in trial.steps():
            total += trial.config["x"] ** 2
            trial.report(total / step, step)
            with trial.checkpoint.save(step) as folder:
                (folder / "total").write_text(repr(total))
        return float(trial.config["x"] ** 2)

    study = tt.create_study(
        space=SPACE,
        storage=tmp_path / "s.db",
        scheduler=scheduler(name),
        fidelity=tt.Fidelity("epoch", 1, 9),
        seed=2,
    )
    study.optimize(train, 12, executor=tt.Ray(2), progress=False)
    for trial in study.trials:
        assert trial.state.value in ("complete", "pruned", "paused"), trial.reason
        if trial.parent is None:  # else it went on from what another one had saved
            squares = [value[0] for value in trial.reports.values()]
            assert squares == pytest.approx([trial.config["x"] ** 2] * len(squares))
    least = 2 if name == "FreezeThaw" else 3  # it goes on by single steps
    assert max(len(t.reports) for t in study.trials) >= least


def scheduler(name: str) -> Any:
    """A scheduler with settings that fit the toy."""
    needed: dict[str, dict[str, Any]] = {
        "Threshold": {"upper": 100.0},
        "Learned": {"limits": [[step, 2.0 + 1 / step] for step in range(1, 10)]},
    }
    return {"name": name, **needed.get(name, {})}


@pytest.mark.parametrize("name", ["TPE", "GP", "CMAES", "DE", "Grid", "Sobol", "NelderMead", "GA"])
def test_samplers_of_every_kind_work(cluster: Any, name: str) -> None:
    space = {"x": [0.0, 0.5, 1.0], "y": [0.0, 0.5, 1.0]} if name == "Grid" else SPACE
    study = tt.create_study(space=space, sampler=name, seed=1)
    study.optimize(lambda x, y: x**2 + y, 9, executor=tt.Ray(2), progress=False)
    assert settled(study) == list(range(9))
