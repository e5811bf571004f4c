"""Bandits: their formulas, their regret, and their sums."""

import numpy as np
import pytest

from trimtab.acquisition.bandit import exp3_chances, exp3_weights, surviving, ucb1
from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.rng import stream
from trimtab.sampler.bandit import EXP3, UCB1, EpsilonGreedy, SuccessiveElimination, Thompson
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

ARMS = Space({"arm": Categorical(list(range(10)))})
CHANCES = np.array([0.5, 0.5, 0.5, 0.9, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
KINDS = [UCB1, EpsilonGreedy, EXP3, Thompson, SuccessiveElimination]


def pull(seed, chances=CHANCES):
    """Losses of Bernoulli arms: 0 with the arm's chance of reward."""
    rng = np.random.default_rng(seed)
    return lambda codes: float(rng.random() >= chances[int(codes[0])])


def regret(run, n):
    arms = np.array([int(c[0]) for c in run.codes[:n]])
    return float((0.9 - CHANCES[arms]).sum())


@pytest.mark.parametrize(
    ("n", "exploration", "most"),
    [
        (2000, 2.0, 4.0),
        pytest.param(10_000, 1.0, 2.0, marks=pytest.mark.slow),
        pytest.param(10_000, 2.0, 2.5, marks=pytest.mark.slow),
    ],
)
def test_ucb1_keeps_auers_bound(play, n, exploration, most):
    """ADP-04: regret below Auer's bound, and R(10^4) / R(10^3) below 2 with `exploration=1`.

    NOTE: with the paper's 2 a plain UCB1, written apart from ours, has a ratio of 2.1 (median of 12 runs,
    1.9 to 2.4), so that a limit of 2 would refuse most of its runs; with 1 it has 1.8 (1.5 to 1.9). Regret
    is logarithmic for anything above 1/2 (Garivier & Cappe 2011).
    """
    run = play(UCB1(exploration, bounds=(0, 1)), ARMS, pull(1), n, seed=1)
    gaps = 0.9 - CHANCES[CHANCES < 0.9]
    bound = float((8 * np.log(n) / gaps).sum() + (1 + np.pi**2 / 3) * gaps.sum())
    assert 0 < regret(run, n) <= bound
    assert regret(run, n) / regret(run, n // 10) < most


def test_thompson_has_less_regret_than_ucb1(play):  # ADP-05
    both = []
    for make in (lambda: Thompson("beta", bounds=(0, 1)), lambda: UCB1(bounds=(0, 1))):
        both.append(
            np.mean([regret(play(make(), ARMS, pull(s), 800, seed=s), 800) for s in (0, 1)])
        )
    assert both[0] < both[1]


def test_posterior_parameters_are_counts(play):  # ADP-05
    run = play(Thompson("beta", bounds=(0, 1)), ARMS, pull(3), 200)
    arms = run.state.arms
    for i in range(10):
        mine = [y for c, y in zip(run.codes, run.y, strict=True) if c[0] == i]
        assert arms.n[i] == len(mine)
        assert arms.won[i] == mine.count(0.0)


@pytest.mark.parametrize("kind", KINDS[:4])
def test_the_best_arm_is_pulled_most(play, kind):
    settings = {"gamma": 0.2} if kind is EXP3 else {}
    run = play(kind(bounds=(0, 1), **settings), ARMS, pull(2), 1200, seed=2)
    assert np.argmax(run.state.arms.n) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_it_finds_the_scale_by_itself(play, kind):
    losses = np.linspace(900, 1800, 10)
    rng = np.random.default_rng(0)
    f = lambda c: float(losses[int(c[0])] + 50 * rng.standard_normal())  # noqa: E731
    run = play(kind(), ARMS, f, 600)
    assert np.argmax(run.state.arms.n) <= 1


def test_ucb1_by_hand():
    found = ucb1(np.array([0.5, 0.2, 0.9]), np.array([2.0, 2.0, 0.0]))
    width = np.sqrt(2 * np.log(4) / 2)
    assert found.tolist() == [0.5 + width, 0.2 + width, np.inf]


def test_exp3_by_hand():
    w = exp3_weights(np.zeros(2), 1, 0.5, 0.25, 0.1)
    assert w[1] - w[0] == pytest.approx(0.1 * 0.5 / (0.25 * 2))
    p = exp3_chances(np.array([0.0, np.log(3)]), 0.2)
    assert p == pytest.approx([0.8 * 0.25 + 0.1, 0.8 * 0.75 + 0.1])
    assert exp3_chances(np.array([0.0, 5000.0]), 0.2).sum() == pytest.approx(1)


def test_elimination_by_hand():
    mean, active = np.array([0.9, 0.5, 0.85]), np.ones(3, bool)
    assert surviving(mean, np.zeros(3), active, 0.05).all()
    n = np.full(3, 500.0)
    alpha = np.sqrt(np.log(4 * 3 * 500**2 / 0.05) / 1000)
    assert 0.05 < 2 * alpha < 0.4
    assert surviving(mean, n, active, 0.05).tolist() == [True, False, True]


def test_elimination_ends_with_the_best(play):
    space = Space({"arm": Categorical([0, 1, 2])})
    chances = np.array([0.2, 0.9, 0.1])
    run = play(SuccessiveElimination(bounds=(0, 1)), space, pull(0, chances), 5000)
    assert len(run.y) < 5000
    assert run.state.active.tolist() == [False, True, False]


def test_pulls_under_way_count(play):
    run = play(UCB1(), ARMS, pull(0), 0)
    assert sorted(ARMS.from_unit(run.ask(10).x)[:, 0].tolist()) == list(range(10))


def test_trials_of_others_count(play):
    run = play(UCB1(), ARMS, pull(0), 0)
    run.tell(ARMS.to_unit(np.array([[4.0]]))[0], np.array([4.0]), -1)
    assert run.state.arms.n[4] == 1


def test_failures_are_the_worst(play):
    f = lambda c: np.nan if c[0] == 2 else 1.0 + c[0]  # noqa: E731
    run = play(UCB1(), Space({"n": Int(0, 3)}), f, 200)
    mean = run.state.arms.mean
    assert mean[2] == mean.min() == 0
    assert np.argmax(run.state.arms.n) == 0


def test_infinite_spaces_need_a_number_of_arms(play):
    space = Space({"x": Float(0, 1)})
    with pytest.raises(Unsupported, match=r"'x'.*n_arms"):
        UCB1().init(Problem(space), stream(0))
    run = play(UCB1(n_arms=7), space, lambda c: float(c[0]), 100)
    assert len({float(c[0]) for c in run.codes}) == 7


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        (UCB1, {"bounds": (1, 0)}),
        (UCB1, {"bounds": 3}),
        (UCB1, {"n_arms": 0}),
        (EpsilonGreedy, {"epsilon": 1.0}),
        (EXP3, {"gamma": 0.0}),
        (Thompson, {"posterior": "cauchy"}),
        (SuccessiveElimination, {"delta": 0}),
    ],
)
def test_refusals(kind, bad):
    with pytest.raises(InvalidArgument, match=next(iter(bad))):
        kind(**bad)
