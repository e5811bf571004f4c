"""Going on where a study stopped: in another process, after signals, with many workers at once."""

import json
import runpy
import signal
import subprocess
import sys
import time

import pytest

import trimtab as tt

RUN = """
import json, sys
import trimtab as tt

space = {"x": tt.Float(-1, 1), "k": tt.Int(0, 1000), "c": tt.Ordinal(["a", "b"])}

def loss(config):
    return (config["x"] - 0.3) ** 2 + abs(config["k"] - 7) / 1000 + (config["c"] == "a")

def run(path, sampler, total):
    options = {"sampler": sampler, "seed": 11, "storage": path, "progress": False}
    study = tt.minimize(loss, space, n_trials=total, **options)
    return [[dict(t.config), list(t.values)] for t in study.trials]

if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
"""


def write(folder, text):
    script = folder / "script.py"
    script.write_text(text)
    return script


@pytest.fixture
def python():
    """Starts scripts; what a failed test leaves behind is ended."""
    started = []

    def start(folder, text, *arguments):
        command = [sys.executable, str(write(folder, text)), *map(str, arguments)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=folder)
        started.append(process)
        return process

    yield start
    for process in started:
        with process:
            process.kill()


def output(process, seconds=60):
    out, err = process.communicate(timeout=seconds)
    assert process.returncode == 0, err
    return out


FAST = ["random", "sobol", "tpe"]
SLOW = [
    pytest.param(name, marks=pytest.mark.slow)
    for name in ("adaptive_grid", "coarse_to_fine", "halton")
]


@pytest.mark.parametrize("sampler", [*FAST, *SLOW])
def test_fifty_and_fifty_more_equal_a_hundred(python, tmp_path, sampler):
    """TPE-06, REP-09, REP-11: two processes and two halves are one run."""
    here = runpy.run_path(str(write(tmp_path, RUN)))["run"]
    half = here(tmp_path / "s.db", sampler, 50)
    assert len(half) == 50
    both = json.loads(output(python(tmp_path, RUN, tmp_path / "s.db", sampler, 100)))
    assert both == here(None, sampler, 100)
    assert both[:50] == half


@pytest.mark.parametrize("sampler", ["gp", "trust_region"])
def test_a_model_goes_on_to_the_digit(python, tmp_path, sampler, monkeypatch):
    """REP-11: a new process fits all models of the old one at once, while SciPy is being imported."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    smooth = RUN.replace("abs(config", "(config").replace("- 7) / 1000", "/ 300 - 1) ** 2")
    halves = ((tmp_path / "s.db", sampler, n) for n in (12, 24))
    half, both = (json.loads(output(python(tmp_path, smooth, *to))) for to in halves)
    assert both == json.loads(output(python(tmp_path, smooth, tmp_path / "whole.db", sampler, 24)))
    assert both[:12] == half


def reopened(tmp_path, space, **more):
    return tt.create_study(
        space, storage=tmp_path / "s.db", study_name="s", load_if_exists=True, **more
    )


SPACE = {"lr": tt.Float(1e-5, 1e-1, log=True), "k": tt.Int(1, 8)}


def test_a_changed_space_is_refused_with_the_difference(tmp_path):
    reopened(tmp_path, SPACE, seed=0)
    changed = {"lr": tt.Float(1e-5, 1.0, log=True), "depth": tt.Int(1, 3)}
    with pytest.raises(tt.SpaceChanged) as caught:
        reopened(tmp_path, changed)
    message = str(caught.value)
    for part in ("'s'", "lr", "0.1", "1.0", "k", "depth", "another study_name"):
        assert part in message
    assert reopened(tmp_path, SPACE).space == tt.Space(SPACE)


def test_another_seed_or_direction_is_refused(tmp_path):
    reopened(tmp_path, SPACE, seed=0)
    with pytest.raises(tt.InvalidArgument, match=r"seed=1, but study 's' was created with seed=0"):
        reopened(tmp_path, SPACE, seed=1)
    with pytest.raises(tt.InvalidArgument, match=r"direction=\['maximize'\].*\['minimize'\]"):
        reopened(tmp_path, SPACE, direction="maximize")
    assert reopened(tmp_path, SPACE, seed=0, direction="minimize").trials == []


def test_a_study_that_is_there_is_not_made_twice(tmp_path):
    reopened(tmp_path, SPACE)
    with pytest.raises(tt.StudyExists, match=r"'s'"):
        tt.create_study(SPACE, storage=tmp_path / "s.db", study_name="s")


def test_callables_work_on_when_the_space_is_passed_again(tmp_path):
    space = tt.Space(SPACE, where=[lambda c: c.k % 2 == 0])
    study = reopened(tmp_path, space, seed=0)
    study.optimize(lambda lr, k: lr * k, n_trials=10, progress=False)
    again = reopened(tmp_path, tt.Space(SPACE, where=[lambda c: c.k % 2 == 0]))
    again.optimize(lambda lr, k: lr * k, n_trials=10, progress=False)
    assert len(again.trials) == 20
    assert all(t.config["k"] % 2 == 0 for t in again.trials)
    loaded = tt.load_study(storage=tmp_path / "s.db", space=space)
    assert loaded.ask().config["k"] % 2 == 0


def test_another_sampler_may_take_over(tmp_path):
    reopened(tmp_path, SPACE, seed=0).optimize(lambda lr, k: lr, n_trials=3, progress=False)
    study = reopened(tmp_path, SPACE, sampler="sobol")
    study.optimize(lambda lr, k: lr, n_trials=3, progress=False)
    alone = tt.create_study(SPACE, sampler="sobol", seed=0)
    alone.optimize(lambda lr, k: lr, n_trials=3)
    assert [t.config for t in study.trials[3:]] == [t.config for t in alone.trials]
    assert tt.load_study(storage=tmp_path / "s.db").history.sampler["name"] == "Sobol"


SLEEPER = """
import os, sys, time
import trimtab as tt

def loss(x):
    os.write(1, b"running\\n")  # one write: two processes share the pipe, print may use two
    time.sleep(float(sys.argv[2]))
    return x

tt.minimize(loss, {"x": tt.Float(0, 1)}, n_trials=100_000, n_jobs=int(sys.argv[3]), seed=0,
            storage=sys.argv[1], progress=False)
"""
SECONDS = {"in the objective": "30", "anywhere": "0.0005"}


@pytest.mark.parametrize(
    ("where", "n_jobs"),
    [
        ("in the objective", 1),
        pytest.param("in the objective", 2, marks=pytest.mark.slow),
        pytest.param("anywhere", 1, marks=pytest.mark.slow),
        ("anywhere", 2),
    ],
)
@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, -2), (signal.SIGTERM, 143)])
def test_a_signal_leaves_no_trial_running(python, tmp_path, where, n_jobs, signum, code):
    """RND-02: interrupted at any time, the study is readable and its best is the least so far."""
    process = python(tmp_path, SLEEPER, tmp_path / "s.db", SECONDS[where], n_jobs)
    for _ in range(n_jobs if where == "in the objective" else 20):
        assert process.stdout.readline() == "running\n"
    begun = time.monotonic()
    process.send_signal(signum)
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - begun < 5
    assert process.returncode == code, err
    study = tt.load_study(storage=tmp_path / "s.db")
    states = {str(t.state) for t in study.trials}
    assert states <= {"complete", "waiting"}
    assert "waiting" in states or where == "anywhere"
    if "complete" in states:
        assert study.best_value == min(t.value for t in study.trials if t.state == "complete")


GRID = """
import sys, os
import trimtab as tt

space = {"i": tt.Int(0, 4), "j": tt.Int(0, 7)}
study = tt.create_study(space, storage=sys.argv[1], study_name="grid", load_if_exists=True, seed=0,
                        sampler="grid")
study.run(lambda i, j: 10 * i + j, 40, progress=False,
          callbacks=[lambda s, t: print(t.number, flush=True)])
"""


def test_several_processes_share_one_study(python, tmp_path):
    """GRD-03: three processes evaluate each point once, in order."""
    workers = []
    for k in range(3):
        folder = tmp_path / str(k)
        folder.mkdir()
        workers.append(python(folder, GRID, tmp_path / "s.db"))
    ran = [int(word) for worker in workers for word in output(worker).split()]
    assert sorted(ran) == list(range(40))
    study = tt.load_study(storage=tmp_path / "s.db")
    assert [t.number for t in study.trials] == list(range(40))
    assert all(t.state == "complete" for t in study.trials)
    cells = {(t.config["i"], t.config["j"]) for t in study.trials}
    assert cells == {(i, j) for i in range(5) for j in range(8)}
    assert study.best.config == {"i": 0, "j": 0}


def test_a_grid_survives_being_killed(python, tmp_path):
    """GRD-05: the union is the full grid, and at most the trial in flight ran twice."""
    slow = GRID.replace("lambda i, j: 10 * i + j", "slow").replace(
        "space = ", "import time\ndef slow(i, j):\n    time.sleep(0.01)\n    return i\nspace = "
    )
    process = python(tmp_path, slow, tmp_path / "s.db")
    done = [int(process.stdout.readline()) for _ in range(20)]
    process.kill()
    process.communicate()
    assert done == list(range(20))
    output(python(tmp_path, slow, tmp_path / "s.db"))
    trials = tt.load_study(storage=tmp_path / "s.db").trials
    assert len({tuple(t.config.values()) for t in trials}) == len(trials) == 40
    assert all(t.state == "complete" for t in trials)
    assert sum(t.attempt > 1 for t in trials) <= 1  # the one in flight
