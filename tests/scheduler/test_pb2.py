"""PB2 on the toy of PBT, its gains by hand, and its drift in closed form."""

import math

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.event import Asked, Reported
from trimtab.core.history import History
from trimtab.core.problem import Direction
from trimtab.scheduler.pb2 import Gains, beta, process_of
from trimtab.space.space import Space
from trimtab.surrogate.embedding import embedding_of

STEPS = 120
SPACE = {"h0": tt.Float(0, 1), "h1": tt.Float(0, 1)}


def train(trial):
    """Jaderberg et al. (2017), figure 2: each weight is learned as fast as its h says."""
    saved = trial.checkpoint.folder
    theta = np.load(saved / "theta.npy") if saved else np.array([0.9, 0.9])
    h = np.array([trial.config["h0"], trial.config["h1"]])
    for step in trial.steps(STEPS):
        theta = theta - 0.01 * 2 * h * theta
        trial.report(1.2 - float(theta @ theta), step)
        if step % 10 == 0:
            with trial.checkpoint.save(step) as folder:
                np.save(folder / "theta.npy", theta)
    return 1.2 - float(theta @ theta)


def toy(seed, scheduler, first):
    study = tt.create_study(
        SPACE,
        direction="maximize",
        sampler="random",
        scheduler=scheduler,
        fidelity=tt.Fidelity("step", 1, STEPS),
        seed=seed,
    )
    study.enqueue(first)
    study.optimize(train, progress=False)
    return study


def test_successors_have_what_paid():
    """The toy's gains are greatest at (1, 1): the model finds it where chance has to walk there."""
    first = [
        {"h0": 0.4, "h1": 0.1},
        {"h0": 0.1, "h1": 0.4},
        {"h0": 0.3, "h1": 0.3},
        {"h0": 0, "h1": 0},
    ]
    settings = {"population": 4, "interval": 10, "quantile": 0.5}
    bandits = [toy(seed, tt.scheduler.PB2(**settings), first) for seed in range(2)]
    walks = [toy(seed, tt.scheduler.PBT(**settings), first) for seed in range(2)]
    values = [study.best.value for study in bandits]
    assert min(values) >= 1.15
    assert np.median(values) > np.median([study.best.value for study in walks])
    children = [t for t in bandits[0].trials if t.origin is not None]
    assert sum(children[3].config.values()) > 1.7  # after three looks, from .6
    again = toy(0, tt.scheduler.PB2(**settings), first)
    assert [t.config for t in again.trials] == [t.config for t in bandits[0].trials]


def test_gains_by_hand():
    """Losses at the ends of intervals of 5, per step; a child begins with its parent's."""
    history = History([Direction.MAXIMIZE])
    history.apply(Asked(0, ()))
    gains = Gains(5)
    for step in range(1, 11):
        history.apply(Reported(0, step, (float(step**2),)))
        gains.read(history)
    assert gains.rows == [(0, 1, -1.0, (25 - 1) / 4), (0, 5, -25.0, (100 - 25) / 5)]
    history.apply(Asked(1, (), origin=(0, 5)))
    for step in (6, 8, 11):
        history.apply(Reported(1, step, (float("nan") if step == 8 else 10.0 * step,)))
    gains.read(history)
    assert gains.rows[2:] == [(1, 5, -25.0, (110 - 25) / 6)]


def test_the_drift_is_the_papers():
    """(1 - e)^(|t - t'| / 2) with e = .1 is an exponential of lengthscale -2 / log .9."""
    embedding = embedding_of(Space({"x": tt.Float(0, 1)}))
    kernel = process_of(embedding).kernel
    theta = kernel.theta
    theta[-1] = math.log(-2 / math.log(0.9))
    t = np.array([0.0, 1.0, 2.5, 7.0])
    rows = np.column_stack([np.full(4, 0.3), np.full(4, 0.6), t])
    expected = 0.9 ** (np.abs(t[:, None] - t) / 2)
    np.testing.assert_allclose(kernel.at(theta)(rows), expected, rtol=1e-12)
    assert beta(1) == 0.2
    assert beta(100) == pytest.approx(0.2 + math.log(40))


def test_it_stays_in_a_mixed_space():
    space = {
        "lr": tt.Float(1e-4, 1, log=True),
        "opt": tt.Categorical(["sgd", "adam"]),
        "momentum": tt.Float(0, 0.9).when(opt="sgd"),
        "n": tt.Int(1, 5),
    }

    def work(trial):
        config = trial.config
        for step in trial.steps(30):
            good = abs(math.log10(config["lr"]) + 2) + config["n"] + (config["opt"] == "adam")
            trial.report(good / step, step)
            if step % 5 == 0:
                with trial.checkpoint.save(step):
                    pass
        return good

    study = tt.create_study(
        space,
        sampler="random",
        scheduler=tt.scheduler.PB2(6, 5),
        fidelity=tt.Fidelity("step", 1, 30),
        seed=2,
    )
    study.optimize(work, progress=False)
    for trial in study.trials:
        assert ("momentum" in trial.config) == (trial.config["opt"] == "sgd")
        assert 1e-4 <= trial.config["lr"] <= 1 and trial.config["n"] in range(1, 6)
    assert any(t.origin for t in study.trials)
    assert [t.state for t in study.trials].count("complete") == 6


def test_judging_needs_a_largest_budget():
    with pytest.raises(tt.Unsupported, match="PB2 needs to know the largest budget"):
        tt.create_study(SPACE, scheduler="pb2")
