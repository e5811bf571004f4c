"""Evaluation and overhead, from told times."""

import time

import pytest

import trimtab as tt
from trimtab.analysis.timing import timing


def test_evaluation_and_overhead_add_up_to_the_wall_time():
    def loss(x):
        time.sleep(0.02)
        return x

    study = tt.minimize(loss, {"x": tt.Float(0, 1)}, n_trials=10, seed=0, progress=False)
    found = timing(study.history)
    assert found.evaluation >= 0.2
    assert found.evaluation + found.overhead == pytest.approx(found.wall)
    assert found.n_busy <= 1.0 and "evaluation" in str(found)


def test_nothing_yet():
    found = timing(tt.create_study({"x": tt.Float(0, 1)}).history)
    assert (found.evaluation, found.wall, found.n_busy) == (0.0, 0.0, 0.0)
