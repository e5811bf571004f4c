"""Configurations for workers of different speeds, by what trials like them have taken."""

import numpy as np
import pytest

import trimtab as tt
from trimtab.design.makespan import makespan
from trimtab.study.balance import balanced, expected_seconds

SPACE = {"width": tt.Int(1, 100, log=True), "x": tt.Float(0, 1)}


def trained(n=25):
    study = tt.create_study(SPACE, sampler="random", seed=0)
    objective = lambda width, x: tt.Replay([x], float(width))  # noqa: E731 - seconds as the width
    study.optimize(objective, n, executor=tt.Simulator(2), progress=False)
    return study


def test_seconds_are_learned_from_finished_trials():
    study = trained()
    configs = [{"width": w, "x": 0.5} for w in (2, 10, 60)]
    assert expected_seconds(study.history, configs) == pytest.approx([2, 10, 60], rel=0.2)
    assert len(expected_seconds(study.history, [])) == 0


def test_quick_configurations_go_to_the_slow_worker():
    """ASY-02: by predicted seconds, on three workers; the real makespan is below a random one's."""
    study, rng, speeds = trained(), np.random.default_rng(0), [4.0, 1.0, 0.5]
    configs = study.space.sample(rng, 20)
    shares = balanced(study, configs, speeds)
    truth = [config["width"] for config in configs]
    place = {id(config): i for i, config in enumerate(configs)}
    ours = makespan([[place[id(c)] for c in share.configs] for share in shares], truth, speeds)
    others = [
        makespan([np.flatnonzero(at == w).tolist() for w in range(3)], truth, speeds)
        for at in rng.integers(0, 3, (200, 20))
    ]
    assert ours < np.min(others)
    assert ours < 1.3 * sum(truth) / sum(speeds)
    longest = max(configs, key=lambda c: c["width"])
    assert longest in shares[0].configs
    assert all(share.seconds == tuple(sorted(share.seconds, reverse=True)) for share in shares)


def test_too_little_to_learn_from():
    with pytest.raises(tt.NothingYet, match="four are needed"):
        balanced(trained(2), [{"width": 1, "x": 0.0}], [1.0])


def test_one_configuration_is_no_list():
    with pytest.raises(tt.InvalidArgument, match="give a list"):
        balanced(trained(5), {"width": 1, "x": 0.0}, [1.0])
