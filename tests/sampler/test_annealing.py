"""Simulated annealing: cooling by hand, Boltzmann's distribution, and what it escapes."""

import math

import numpy as np
import pytest
from scipy import stats

from trimtab.bench.function import rastrigin
from trimtab.design.cooling import acceptance, calibrated, exponential, linear, logarithmic
from trimtab.errors import InvalidArgument
from trimtab.rng import stream
from trimtab.sampler.annealing import Annealing, neighbor
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space


def test_linear_cooling():  # SAN-02
    assert linear(4, 10, 0.5, 1e-6) == 8
    assert linear(20, 10, 0.5, 1e-6) == linear(50, 10, 0.5, 1e-6) == 1e-6


def test_exponential_cooling():  # SAN-03
    assert exponential(10, 10, 0.9) == pytest.approx(3.4867844, abs=1e-7)
    assert exponential(10**6, 10, 0.9, 0.5) == 0.5


def test_logarithmic_cooling():  # SAN-04
    assert logarithmic(0, 10) == 10
    assert logarithmic(10, 10) == pytest.approx(3.9323008, abs=1e-7)
    assert logarithmic(1, 10, seed_log=True) == pytest.approx(14.42695, abs=1e-5)
    with pytest.raises(InvalidArgument, match="t=0"):
        logarithmic(0, 10, seed_log=True)


def test_acceptance():  # C23
    assert acceptance(-1.0, 0.5) == acceptance(0.0, 0.5) == acceptance(-1.0, 0.0) == 1.0
    assert acceptance(1.0, 0.5) == pytest.approx(math.exp(-2))
    assert acceptance(1.0, 0.0) == acceptance(math.inf, 5.0) == 0.0


def test_calibration_solves_its_equation():
    rises = np.random.default_rng(0).exponential(3.0, 200)
    t = calibrated(rises, 0.8)
    assert np.exp(-rises / t).mean() == pytest.approx(0.8, abs=1e-6)
    assert calibrated(np.array([2.0]), 0.5) == pytest.approx(2 / math.log(2))


def test_visits_follow_boltzmann(play):  # SAN-01
    energies = np.array([0, 1, 2, 0.5, 3])
    space = Space({"state": Categorical(list("abcde"))})
    # T stays 0.7: linear cooling by next to nothing.
    sampler = Annealing("linear", temperature=0.7, alpha=1e-15, reheat=None, unique=False)
    run = play(sampler, space, lambda c: energies[int(c[0])], 0)
    visits = np.zeros(5)
    for i in range(3000):
        run.go(i + 1)
        if i % 5 == 4:  # thinned
            visits[int(space.from_unit(run.state.x[None])[0, 0])] += 1
    expected = np.array([0.5554, 0.1331, 0.0319, 0.2719, 0.0076])
    weights = np.exp(-energies / 0.7)
    assert np.allclose(weights / weights.sum(), expected, atol=2e-4)
    expected = weights / weights.sum() * visits.sum()
    assert stats.chisquare(visits, expected).pvalue > 0.001


def test_better_is_always_accepted(play):
    run = play(Annealing(temperature=1e-9), Space({"x": Float(0, 1)}), lambda c: float(c[0]), 100)
    assert run.state.y == min(run.y)


@pytest.mark.parametrize(
    ("seeds", "asked"), [(3, 150), pytest.param(20, 500, marks=pytest.mark.slow)]
)
def test_first_temperature_accepts_as_wanted(play, seeds, asked):
    """SAN-05: of the first 500 steps uphill at T_0, .8 ± .05 are accepted for 18 seeds of 20."""
    space = Space({"x": Float(-5.12, 5.12), "y": Float(-5.12, 5.12)})
    sampler, good = Annealing(n_calibration=100, gamma=1 - 1e-9, reheat=None), 0
    for seed in range(seeds):
        run, taken = play(sampler, space, rastrigin, 1, seed=seed), []
        while len(run.state.rises) < 100:
            run.go(len(run.y) + 1)
        while len(taken) < asked:
            y = run.state.y
            run.go(len(run.y) + 1)
            if run.y[-1] > y:
                taken.append(run.state.y == run.y[-1])
        good += abs(np.mean(taken) - 0.8) <= (0.05 if asked == 500 else 0.1)
    assert good >= 0.9 * seeds


def knapsack():
    """Twelve things of which some fit: the loss, by the bits, and the least there is."""
    rng = np.random.default_rng(4)
    weight, value = rng.integers(5, 30, 12), rng.integers(5, 40, 12)
    room = int(weight.sum() // 2)

    def f(c):
        return float(-(c @ value) + 10 * max(0, int(c @ weight) - room))

    return f, min(f(bits) for bits in (np.arange(2**12)[:, None] >> np.arange(12)) & 1)


BITS = Space({f"b{i}": Categorical([0, 1]) for i in range(12)})


def trap(bits):
    """Five deceptive blocks of four bits: each looks best at 0000 but for 1111 itself."""
    ones = np.asarray(bits).reshape(-1, 5, 4).sum(axis=2)
    return np.where(ones == 4, -4, ones - 3).sum(axis=1)


@pytest.mark.slow
def test_traps_of_twenty_bits(play):
    """SAN-06: the least of all 2^20, in at least eight of ten runs."""
    space = Space({f"b{i}": Categorical([0, 1]) for i in range(20)})
    every = (np.arange(2**20)[:, None] >> np.arange(20)) & 1
    least = trap(every).min()
    assert least == -20
    runs = [play(Annealing(), space, lambda c: float(trap(c)[0]), 1500, seed=s) for s in range(10)]
    assert sum(min(run.y) == least for run in runs) >= 8


@pytest.mark.slow
def test_knapsack(play):
    """SAN-06, in small: twelve things."""
    f, least = knapsack()
    found = [min(play(Annealing(), BITS, f, 900, seed=s).y) for s in range(10)]
    assert found.count(least) >= 8


def test_bits_are_better_set_by_annealing_than_by_chance(play):
    f, least = knapsack()
    draws = np.random.default_rng(1).integers(0, 2, (3, 200, 12))
    chance = np.mean([min(map(f, rows)) for rows in draws])
    found = np.mean([min(play(Annealing(), BITS, f, 200, seed=s).y) for s in range(3)])
    assert least <= found < chance


def test_escapes_where_a_descent_is_stuck(play):
    """SAN-07: a walk finds the deeper of two wells from anywhere, a descent where it starts on its side."""
    space = Space({"x": Float(-2, 2)})

    def wells(c):
        return float((c[0] ** 2 - 1) ** 2 + 0.3 * c[0])  # the left one is deeper

    hot, cold = 0, 0
    for seed, start in enumerate(np.random.default_rng(0).uniform(-2, 2, 20)):
        given = {"start": {"x": float(start)}, "scale": 0.1, "least_scale": 0.1}
        hot += min(play(Annealing(**given), space, wells, 250, seed=seed).y) < -0.25
        descent = Annealing(**given, temperature=1e-9, reheat=None)
        cold += min(play(descent, space, wells, 100, seed=seed).y) < -0.25
    assert hot >= 18
    assert 6 <= cold <= 14


def test_reheating_goes_back_to_the_best(play):
    space = Space({"x": Float(0, 1)})
    run = play(Annealing(reheat=5, temperature=1.0), space, lambda c: 1.0, 5)
    assert run.state.t == 4
    run.go(6)
    assert run.state.t == 0
    assert np.array_equal(run.state.x, run.state.best_x)


def test_neighbours(play):
    space = Space(
        {
            "x": Float(0, 1),
            "n": Int(1, 9),
            "c": Categorical(list("abc")),
            "y": Float(0, 1).when(c="a"),
        }
    )
    rng = stream(5)
    x = space.to_unit(np.array([[0.02, 4.0, 1.0, np.nan]]))[0]
    rows = np.array([neighbor(space, x, 0.1, rng) for _ in range(400)])
    codes = space.from_unit(rows)
    assert ((rows >= 0) & (rows <= 1)).all()
    assert set(codes[:, 2]) == {0.0, 1.0, 2.0}
    moved = codes[:, 1][rows[:, 1] != x[1]]
    assert len(moved)
    assert (moved != 4).all()
    assert np.abs(moved - 4).max() <= 4
    same = (rows[:, :3] == x[:3]).sum(axis=1)
    assert (same < 3).all()
    assert (same == 2).mean() > 0.5


def test_a_finite_walk_passes_through_what_is_known(play):
    space = Space({"n": Int(0, 30)})
    run = play(Annealing(temperature=100.0), space, lambda c: float(c[0]), 31)
    assert len({c.tobytes() for c in run.codes}) == len(run.codes) >= 25
    assert run.state.n > len(run.y)


@pytest.mark.parametrize(
    "bad",
    [{"cooling": "slow"}, {"acceptance": 1.0}, {"gamma": 1.5}, {"reheat": 0}, {"temperature": -1}],
)
def test_refusals(bad):
    with pytest.raises(InvalidArgument, match=next(iter(bad))):
        Annealing(**bad)
