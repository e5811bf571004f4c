"""BOHB: random below N_min, the largest budget with enough results, and the densities themselves."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.integrate import trapezoid
from scipy.stats import norm

import trimtab as tt
from trimtab.core.problem import Problem
from trimtab.sampler.bohb import BOHB, Density, bandwidths
from trimtab.surrogate.ladder import Ladder
from trimtab.surrogate.rows import Rows

SPACE = tt.Space({"x": tt.Float(0, 1), "y": tt.Float(0, 1)})
EPOCHS = tt.Fidelity("epoch", 1, 27)
NO_CHOICE = np.zeros(1, np.int64)


def state_of(x, loss, level, space=SPACE, levels=(1, 3, 9, 27)):
    state = BOHB().init(Problem(space, fidelity=EPOCHS), np.random.default_rng(0))
    d = x.shape[1]
    rows = Rows(d + 3).extended(np.column_stack([x, loss, level, np.arange(len(x))]))
    return type(state)(space, Ladder(levels, d, rows, {}, {}))


def test_the_largest_budget_with_enough_results_is_modelled():
    """MFI-18: N_min + 2 = 5 results are needed for two columns."""
    rng = np.random.default_rng(1)
    level = np.repeat([0, 1, 2], [12, 5, 4])
    x = rng.random((21, 2))
    state = state_of(x, np.arange(21.0), level)
    good, bad = BOHB().densities(state, rng)
    assert np.array_equal(good.x, x[12:15]) and np.array_equal(bad.x, x[14:17])
    assert BOHB(n_min=4).densities(state, rng)[0].x.shape == (4, 2)
    assert np.array_equal(BOHB(n_min=4).densities(state, rng)[0].x, x[:4])
    assert BOHB(n_min=11).densities(state, rng) is None


def test_failures_are_bad():
    """Section 4.1: what crashed has an infinite loss and is in the bad density alone."""
    rng = np.random.default_rng(2)
    x, loss = rng.random((12, 2)), np.array([np.inf] * 6 + [1.0] * 6)
    good, bad = BOHB(n_min=3).densities(state_of(x, loss, np.zeros(12)), rng)
    assert np.array_equal(good.x, x[6:9])
    assert {row.tobytes() for row in x[:6]} <= {row.tobytes() for row in bad.x}


def test_bandwidths_by_hand():
    x = np.array([[0.1, 0.1], [0.3, 0.5], [0.8, 0.9]])
    choices = np.array([0, 3])
    h = bandwidths(x, choices, 1e-3)
    assert h[0] == pytest.approx(1.06 * x[:, 0].std() * 3 ** (-1 / 6))
    assert h[1] == pytest.approx(2 / 3)  # 1.06 * 0.816 * 0.83 is beyond the uniform kernel
    assert bandwidths(np.full((4, 1), 0.5), NO_CHOICE, 1e-3).tolist() == [1e-3]


def test_densities_are_mixtures_of_their_kernels():
    rows, u = np.array([[0.2], [0.7]]), np.linspace(-1, 2, 3001)[:, None]
    density = Density(rows, np.array([0.1]), NO_CHOICE)
    expected = (norm.pdf(u, 0.2, 0.1) + norm.pdf(u, 0.7, 0.1))[:, 0] / 2
    near = expected > 1e-12
    assert np.exp(density.log(u))[near] == pytest.approx(expected[near])
    assert trapezoid(np.exp(density.log(u)), u[:, 0]) == pytest.approx(1.0)
    choice = Density(np.array([[0.1], [0.9]]), np.array([0.3]), np.array([3]))
    masses = np.exp(choice.log((np.arange(3)[:, None] + 0.5) / 3))
    assert masses == pytest.approx([(0.7 + 0.15) / 2, 0.15, (0.7 + 0.15) / 2])


def test_draws_follow_the_widened_density():
    rng = np.random.default_rng(3)
    drawn = Density(np.array([[0.5]]), np.array([0.05]), NO_CHOICE).draw(4000, 3.0, rng)
    assert drawn.std() == pytest.approx(0.15, rel=0.1)
    edge = Density(np.array([[0.0]]), np.array([0.2]), NO_CHOICE).draw(500, 1.0, rng)
    assert edge.min() >= 0 and edge.max() <= 1
    choice = Density(np.array([[0.5]]), np.array([0.1]), np.array([3])).draw(6000, 3.0, rng)
    assert np.mean(np.floor(choice * 3) != 1) == pytest.approx(0.3 * 2 / 3, abs=0.03)


def test_a_third_is_random():
    rng = np.random.default_rng(4)
    x = np.vstack([0.05 * rng.random((20, 2)), 0.5 + 0.5 * rng.random((80, 2))])
    state = state_of(x, np.arange(100.0), np.zeros(100))
    study = tt.create_study(SPACE, sampler=BOHB(), seed=0)
    request = lambda sampler: sampler.ask(state, Request()).x  # noqa: E731

    class Request:
        n, rng = 300, np.random.default_rng(5)
        pending = SimpleNamespace(x=np.empty((0, 2)))

    far = (request(BOHB()).max(axis=1) > 0.3).mean()
    assert 0.25 < far < 0.4
    assert (request(BOHB(random_fraction=0)).max(axis=1) > 0.3).mean() < 0.05
    assert study.ask().number == 0


@pytest.mark.slow
def test_it_beats_hyperband_at_equal_cost():
    """MFI-18: four columns of synthetic curves, at least 7 of 10 seeds."""
    space = {f"x{i}": tt.Float(0, 1) for i in range(4)}

    def run(sampler, seed):
        study = tt.create_study(
            space, sampler=sampler, scheduler="hyperband", fidelity=EPOCHS, seed=seed
        )
        curve = lambda config: sum((v - 0.3) ** 2 for v in config.values()) + 1 / np.arange(1, 28)  # noqa: E731
        workers = tt.Simulator(4)
        study.optimize(curve, timeout=600.0, executor=workers, progress=False)
        return workers.incumbent(study.history)[1][-1]

    assert sum(run("bohb", seed) <= run("random", seed) for seed in range(10)) >= 7


def test_settings_are_checked():
    wrong = {
        "random_fraction": 2,
        "gamma": 0,
        "n_min": 1,
        "n_candidates": 0,
        "bandwidth_factor": 0,
        "eta": 1,
    }
    for name, value in wrong.items():
        with pytest.raises(tt.InvalidArgument, match=name):
            BOHB(**{name: value})


@pytest.mark.slow
def test_twenty_mixed_dimensions():
    """MFI-20: 500 trials of a space with twenty parameters of all kinds; proposals stay in it."""
    space = {
        **{f"f{i}": tt.Float(0, 1) for i in range(8)},
        **{f"l{i}": tt.Float(1e-4, 1, log=True) for i in range(4)},
        **{f"i{i}": tt.Int(1, 9) for i in range(4)},
        **{f"c{i}": tt.Categorical(["a", "b", "c"]) for i in range(4)},
    }

    def curve(**config):
        loss = sum((config[f"f{i}"] - 0.3) ** 2 for i in range(8))
        loss += sum(config[f"c{i}"] != "b" for i in range(4)) / 4
        return loss + 1 / np.arange(1, 10)

    study = tt.preset.bohb(space, fidelity=tt.Fidelity("epoch", 1, 9), seed=0)
    study.optimize(curve, 500, executor=tt.Simulator(4), progress=False)
    assert len(study.trials) == 500
    late = [t.reports[1][0] for t in study.trials[-100:] if 1 in t.reports]
    early = [t.reports[1][0] for t in study.trials[:100] if 1 in t.reports]
    assert np.median(late) < np.median(early)
