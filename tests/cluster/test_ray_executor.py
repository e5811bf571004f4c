"""Trials in the workers of a Ray cluster: results, isolation, limits, decisions, shares of GPUs."""

import ctypes
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import trimtab as tt

pytest.importorskip("ray")

SPACE = {"x": tt.Float(-1.0, 1.0)}


def is_alive(pid: int) -> bool:
    """Whether a process runs, and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def until(condition: Any, seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(condition())


def test_a_study_runs_on_all_nodes_and_its_workers_are_gone_after_it(cluster: Any) -> None:
    def objective(trial: Any) -> float:
        import ray

        time.sleep(0.05)
        trial.set_user_attr("at", [ray.get_runtime_context().get_node_id(), os.getpid()])
        return float(trial.config["x"] ** 2)

    study = tt.minimize(objective, SPACE, n_trials=40, executor=tt.Ray(), progress=False, seed=1)
    serial = tt.minimize(
        lambda x: x**2, SPACE, n_trials=40, sampler="random", progress=False, seed=1
    )
    assert [t.number for t in study.trials] == list(range(40))
    assert all(t.state is tt.TrialState.COMPLETE for t in study.trials)
    places = {tuple(t.user_attrs["at"]) for t in study.trials}
    assert len({node for node, _ in places}) == 2 and len(places) == 4
    assert until(lambda: not any(is_alive(pid) for _, pid in places))
    assert len(serial.trials) == 40


def test_one_worker_runs_what_a_serial_run_has(cluster: Any) -> None:
    studies = [
        tt.minimize(
            lambda x: x**2, SPACE, n_trials=15, sampler="tpe", seed=3, progress=False, executor=how
        )
        for how in ("ray", "serial")
    ]
    first, second = ([(t.config, t.values) for t in s.trials] for s in studies)
    assert first == second


def test_every_way_to_die_fails_one_trial_and_tells_why(cluster: Any) -> None:
    """ERR-06: a crash of a worker of the cluster is the end of its trial, and of nothing else."""

    def objective(how: str) -> float:
        if how == "exit":
            os._exit(139)
        if how == "segfault":
            ctypes.string_at(0)
        if how == "sys.exit":
            sys.exit(3)
        if how == "raises":
            raise ValueError("no luck")
        return 1.0

    study = tt.create_study(space={"how": ["exit", "segfault", "sys.exit", "raises", "fine"]})
    for how in ("fine", "exit", "segfault", "sys.exit", "raises", "fine"):
        study.enqueue({"how": how})
    catch = (Exception, SystemExit)
    study.optimize(objective, 6, executor=tt.Ray(2), progress=False, max_failures=99, catch=catch)
    told = {t.config["how"]: (t.state.value, t.attempt, t.reason or "") for t in study.trials}
    assert told["fine"][0] == "complete"
    assert told["exit"][:2] == told["segfault"][:2] == ("failed", 2)  # put back once
    assert "the Ray worker died" in told["exit"][2]
    assert told["sys.exit"][2].startswith("SystemExit: 3")
    assert told["raises"][2].startswith("ValueError: no luck")


def test_limits_of_time_and_memory_end_one_trial_with_its_children(
    cluster: Any, tmp_path: Path
) -> None:
    """ERR-02, MEM-04: what runs too long, or grows too large, is stopped with all it has started."""

    def objective(how: str, trial: Any) -> float:
        if how == "fine":
            return 1.0
        trial.on_exit(lambda: (tmp_path / f"hook-{how}").touch())
        child = subprocess.Popen(["sleep", "60"])
        (tmp_path / how).write_text(f"{os.getpid()} {child.pid}")
        hog = b"x" * (600 * 2**20 if how == "grows" else 1)
        time.sleep(60)
        return float(len(hog))

    study = tt.create_study(space={"how": ["fine", "hangs", "grows"]})
    for how in ("hangs", "grows", "fine"):
        study.enqueue({"how": how})
    executor = tt.Ray(2, trial_timeout=4.0, memory_limit=500 * 2**20)
    start = time.monotonic()
    study.optimize(objective, 3, executor=executor, progress=False, max_failures=9)
    assert time.monotonic() - start < 40
    reasons = {t.config["how"]: t.reason for t in study.trials}
    assert reasons["fine"] is None and reasons["hangs"] == "timeout after 4.0 s"
    assert reasons["grows"].startswith("memory limit of 500 MiB passed")
    for how in ("hangs", "grows"):
        assert (tmp_path / f"hook-{how}").exists()
        pids = [int(pid) for pid in (tmp_path / how).read_text().split()]
        assert until(
            lambda pids=pids: not any(is_alive(pid) for pid in pids)
        )  # the guard is asynchronous


def test_reports_and_decisions_go_to_and_fro(cluster: Any) -> None:
    def objective(trial: Any) -> float:
        for step in trial.steps(9):
            trial.report(trial.config["x"] + 1 / step, step)
        return float(trial.config["x"])

    study = tt.create_study(
        space=SPACE, scheduler={"name": "ASHA"}, fidelity=tt.Fidelity("epoch", 1, 9), seed=1
    )
    study.optimize(objective, 30, executor=tt.Ray(4), progress=False)
    states = {t.state.value for t in study.trials}
    assert len(study.trials) == 30 and states == {"complete", "pruned"}
    assert all(len(t.reports) == 9 for t in study.trials if t.state.value == "complete")


def test_shares_of_gpus_are_never_given_twice(cluster: Any) -> None:
    """PAR-08: two trials share a GPU, and a GPU never has more than two."""

    def objective(trial: Any) -> float:
        trial.set_user_attr("gpu", os.environ["CUDA_VISIBLE_DEVICES"])
        trial.set_user_attr("pid", os.getpid())
        time.sleep(0.2)
        return 0.0

    study = tt.create_study(space=SPACE)
    executor = tt.Ray(cpus=0, gpus=0.5)
    study.optimize(objective, 80, executor=executor, progress=False)
    places = {(t.user_attrs["gpu"], t.user_attrs["pid"]) for t in study.trials}
    assert sorted({gpu for gpu, _ in places}) == ["0", "1"]
    assert all(sum(g == gpu for g, _ in places) <= 2 for gpu in "01")


@pytest.mark.parametrize(
    ("how", "assigned", "n_visible"),
    [
        ({"gpus": 0.25}, {"CPU": 1.0, "GPU": 0.25}, 1),
        ({"cpus": 0.5, "resources": {"spot": 0.5}}, {"CPU": 0.5, "spot": 0.5}, 0),
        ({"cpus": 0.5, "gpus": 2}, {"CPU": 0.5, "GPU": 2.0}, 2),
        ({"cpus": 2}, {"CPU": 2.0}, 0),
    ],
)
def test_ray_is_asked_for_what_was_declared(
    cluster: Any, how: Any, assigned: dict[str, float], n_visible: int
) -> None:
    """PAR-08: shares, whole GPUs and custom resources; a trial sees the GPUs of its worker alone."""

    def objective(trial: Any) -> float:
        import ray

        trial.set_user_attr("assigned", ray.get_runtime_context().get_assigned_resources())
        trial.set_user_attr("gpus", os.environ.get("CUDA_VISIBLE_DEVICES", ""))
        return 0.0

    study = tt.create_study(space=SPACE)
    study.optimize(objective, 4, executor=tt.Ray(1, **how), progress=False)
    assert all(t.user_attrs["assigned"] == assigned for t in study.trials)
    visible = {t.user_attrs["gpus"] for t in study.trials}
    assert {len([g for g in gpus.split(",") if g]) for gpus in visible} == {n_visible}


def test_shares_of_gpus_by_the_name_of_the_executor(cluster: Any) -> None:
    def objective(trial: Any) -> float:
        trial.set_user_attr("gpu", os.environ["CUDA_VISIBLE_DEVICES"])
        time.sleep(0.2)
        return 0.0

    study = tt.create_study(space=SPACE)
    study.optimize(objective, 12, executor="ray", n_jobs=2, gpus=1, progress=False)
    gpu_of = {t.usage.worker: t.user_attrs["gpu"] for t in study.trials}
    assert sorted(gpu_of.values()) == ["0", "1"]


def test_a_dataset_is_read_from_shared_memory(cluster: Any) -> None:
    """MEM-07: trials read one copy of the data, where the node keeps it."""
    import numpy as np
    import ray

    data = ray.put(np.arange(1e6))

    def objective(trial: Any) -> float:
        values = ray.get(data)
        trial.set_user_attr("place", [values.ctypes.data, os.getpid()])
        assert not values.flags.writeable
        return float(values[-1])

    study = tt.minimize(
        objective, SPACE, n_trials=12, executor=tt.Ray(2, resources={"spot": 1}), progress=False
    )
    assert {t.values for t in study.trials} == {(999999.0,)}
    places = {tuple(t.user_attrs["place"]) for t in study.trials}
    assert len(places) == len({pid for _, pid in places})  # one address a process: it is not copied


def test_what_cannot_be_sent_or_loaded_is_told(cluster: Any, tmp_path: Path) -> None:
    lock = open(tmp_path / "lock", "w")  # noqa: SIM115
    with pytest.raises(tt.Unpicklable, match="lock"):
        tt.minimize(lambda x: lock.fileno() + x, SPACE, n_trials=1, executor="ray", progress=False)
    lock.close()

    class Heavy:
        def __reduce__(self) -> Any:
            return (int, ("not a number",))

    heavy = Heavy()
    with pytest.raises(tt.Unpicklable, match="not a number"):
        tt.minimize(lambda x: 0 if heavy else 1, SPACE, n_trials=1, executor="ray", progress=False)


def test_a_cluster_without_room_says_so(cluster: Any) -> None:
    executor = tt.Ray(1, resources={"tpu": 1}, start_timeout=2.0)
    with pytest.raises(tt.Unsupported, match=r"'tpu': 1\.0"):
        tt.minimize(lambda x: x, SPACE, n_trials=1, executor=executor, progress=False)


def test_a_run_that_times_out_puts_its_trials_back(cluster: Any) -> None:
    study = tt.create_study(space=SPACE)
    start = time.monotonic()
    study.optimize(lambda x: time.sleep(60), 4, executor=tt.Ray(2), timeout=20.0, progress=False)
    assert time.monotonic() - start < 50
    assert {t.state for t in study.trials} == {tt.TrialState.WAITING}


def test_trials_ahead_are_run_once_each(cluster: Any) -> None:
    study = tt.create_study(space={"x": tt.Float(-1.0, 1.0)}, sampler="random", seed=1)

    def square(x: float) -> float:
        time.sleep(0.02)  # in less the first worker might run them all, before the other is ready
        return x * x

    study.optimize(square, 300, executor=tt.Ray(2, ahead=8), progress=False)
    assert [t.number for t in study.trials] == list(range(300))
    assert {t.attempt for t in study.trials} == {1}
    assert [t.value for t in study.trials] == [t.config["x"] * t.config["x"] for t in study.trials]
    assert len({t.usage.worker for t in study.trials}) == 2


def test_by_default_short_trials_are_sent_ahead_where_no_result_matters(cluster: Any) -> None:
    study = tt.create_study(space=SPACE, sampler="random", seed=1)
    executor = tt.Ray(2)
    study.optimize(lambda x: x * x, 400, executor=executor, progress=False)
    assert executor._ahead.n >= 10  # of trials that take microseconds
    assert [t.number for t in study.trials] == list(range(400))
    assert {(t.state.value, t.attempt) for t in study.trials} == {("complete", 1)}
    serial = tt.create_study(space=SPACE, sampler="random", seed=1)
    serial.optimize(lambda x: x * x, 400, executor="serial", progress=False)
    assert [t.config for t in study.trials] == [t.config for t in serial.trials]

    study = tt.create_study(space=SPACE, sampler="tpe", seed=1)
    study.optimize(lambda x: x * x, 40, executor=executor, progress=False)
    assert executor._ahead.n == 0

    study = tt.create_study(space=SPACE, sampler="random", seed=1)  # a callback may end it
    stop = [lambda study, trial: study.stop() if trial.number == 20 else None]
    study.optimize(lambda x: x * x, 400, executor=executor, callbacks=stop, progress=False)
    assert 21 <= len(study.trials) <= 23


def test_what_waits_behind_a_long_trial_is_run_by_the_idle(cluster: Any) -> None:
    def objective(trial: Any) -> float:
        # A second worker takes seconds to start, on a busy machine ten.
        time.sleep(15.0 if trial.number == 4 else 0.01)
        return float(trial.config["x"])

    study = tt.create_study(space=SPACE, sampler="random", seed=1)
    study.optimize(objective, 30, executor=tt.Ray(2, ahead=14), progress=False)
    assert {(t.state.value, t.attempt) for t in study.trials} == {("complete", 1)}
    order = [int(number) for number in study.history.order]
    assert order[-1] == 4  # nobody waited for it
    by_worker: dict[str, int] = {}
    for trial in study.trials:
        by_worker[trial.usage.worker] = by_worker.get(trial.usage.worker, 0) + 1
    assert sorted(by_worker.values())[0] < 10


def test_what_a_dead_worker_had_ahead_is_run_by_others(cluster: Any) -> None:
    def objective(trial: Any) -> float:
        if trial.number == 5:
            os._exit(1)
        time.sleep(0.01)
        return float(trial.config["x"])

    study = tt.create_study(space={"x": tt.Float(-1.0, 1.0)}, sampler="random", seed=1)
    study.optimize(objective, 30, executor=tt.Ray(2, ahead=4), progress=False)
    assert [t.number for t in study.trials if t.state == "failed"] == [5]
    assert study.history.n_finished == 30
    assert max(t.attempt for t in study.trials if t.number != 5) >= 2


def test_trials_ahead_report_and_are_pruned(cluster: Any) -> None:
    def objective(trial: Any) -> float:
        for step in range(5):
            trial.report(trial.config["x"], step)
            if trial.should_prune():
                raise tt.TrialPruned
        return float(trial.config["x"])

    study = tt.create_study(space={"x": tt.Float(-1.0, 1.0)}, scheduler="median", seed=1)
    study.optimize(objective, 40, executor=tt.Ray(2, ahead=3), progress=False)
    assert study.history.n_finished == 40
    assert 1 <= sum(t.state == "pruned" for t in study.trials) < 40


def test_a_parallel_map_goes_in_parcels_and_survives_a_worker(cluster: Any, tmp_path: Path) -> None:
    """PAR-01: on a cluster; what a dead worker had at hand is done by others."""
    mark = tmp_path / "died"

    def double(x: int) -> int:
        if x == 150 and not mark.exists():
            mark.touch()
            os._exit(1)
        return 2 * x

    configs = [{"x": x} for x in range(300)]
    found = tt.parallel_map(double, configs, n_jobs=2, executor="ray")
    assert found == [2 * x for x in range(300)] and mark.exists()
