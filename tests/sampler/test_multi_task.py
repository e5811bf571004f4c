import json

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument
from trimtab.rng import stream
from trimtab.sampler.multi_task import MultiTask
from trimtab.sampler.registry import settings_of
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

SPACE = {"x": tt.Float(0, 1), "y": tt.Float(0, 1)}
QUICK = {"n_raw": 128, "n_starts": 3}


def valley(shift):
    def loss(x, y):
        return (
            np.sin(6 * x + shift) + 1.2 * (y - 0.7 + 0.1 * shift) ** 2 + 0.3 * np.cos(9 * y)
        ) * 5

    return loss


def earlier(seed):
    study = tt.minimize(valley(0.0), SPACE, 30, sampler="sobol", seed=seed, progress=False)
    return json.loads(json.dumps(tt.source_of(study)))


def wins(n_trials, n_seeds):
    found = 0
    for seed in range(n_seeds):
        best = []
        for sampler in ({"name": "MultiTask", "sources": [earlier(seed)], **QUICK}, "gp"):
            study = tt.minimize(
                valley(0.25), SPACE, n_trials, sampler=sampler, seed=seed, progress=False
            )
            best.append(study.best_value)
        found += best[0] < best[1]
    return found


def test_five_trials_with_an_earlier_task_beat_five_alone():
    """MTK-01: two correlated tasks."""
    assert wins(5, 3) == 3


@pytest.mark.slow
def test_ten_trials_with_an_earlier_task_beat_ten_alone():
    """MTK-01: two correlated tasks, in eight of ten seeds."""
    assert wins(10, 10) >= 8


def test_the_best_of_the_sources_come_first(play):
    space = Space({"n": Int(1, 9), "c": Categorical(list("abc")), "m": Float(0, 1).when(c="a")})
    configs = [{"n": 1 + k % 9, "c": "bbcc"[k // 3]} for k in range(12)]
    sources = [
        {"configs": configs[:6], "values": [5, 3, 1, 2, 4, 6]},
        {"configs": configs[6:], "values": [5, 3, 7, 2, 4, 1]},
    ]

    def fails(codes):
        return (np.nan if codes[0] > 6 else float(np.nansum(codes))), [codes[0] - 5.0]

    run = play(MultiTask(sources=sources, n_best=2, **QUICK), space, fails, 12, workers=3)
    wanted = [space.codes(configs[k]) for k in (2, 3, 11, 9)]
    assert np.array_equal(np.array(run.codes[:4]), np.array(wanted), equal_nan=True)
    assert len(np.unique(run.ask(3).x, axis=0)) == 3
    assert space.is_valid(np.array(run.codes)).all()


def test_without_sources_it_is_bayesian_optimization(play):
    space = Space({"a": Float(0, 1), "b": Float(0, 1)})
    run = play(MultiTask(**QUICK), space, lambda codes: float(np.sum((codes - 0.3) ** 2)), 20)
    assert min(run.y) < 1e-3
    assert "theta" not in vars(run.state._fit)  # nothing is fitted that nobody asks for


def test_a_source_is_a_loss_whatever_the_direction():
    study = tt.create_study({"x": tt.Float(0, 1)}, direction="maximize", sampler="random", seed=0)
    with pytest.raises(tt.NothingYet, match="complete"):
        tt.source_of(study)
    for trial in study.ask(10):
        x = trial.config["x"]
        study.tell(trial, x if x < 0.8 else None, state="complete" if x < 0.8 else "failed")
    source = tt.source_of(study)
    assert source["values"] == [-c["x"] for c in source["configs"]]
    assert settings_of(MultiTask(sources=[source]))["sources"] == [source]
    two = tt.create_study(SPACE, direction=["min", "min"])
    with pytest.raises(InvalidArgument, match="2 objectives"):
        tt.source_of(two)


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        ("study.db", "source_of"),
        (["study"], "lists of configs"),
        ([{"configs": [{"x": 0.5, "y": 0.5}], "values": [1.0, 2.0]}], "1 configs and 2 values"),
        ([{"configs": [], "values": []}], "1 or more"),
    ],
)
def test_refuses_sources(bad, word):
    with pytest.raises(InvalidArgument, match=word):
        MultiTask(sources=bad)


@pytest.mark.parametrize(
    ("config", "value", "word"),
    [({"z": 1.0}, 1.0, "not of this space"), ({"x": 0.5, "y": 0.5}, float("nan"), "finite")],
)
def test_refuses_rows_of_another_space(config, value, word):
    with pytest.raises(InvalidArgument, match=word):
        MultiTask(sources=[{"configs": [config], "values": [value]}]).init(
            Problem(Space(SPACE)), stream(0)
        )
