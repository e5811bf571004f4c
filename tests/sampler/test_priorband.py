"""PriorBand: the shares of its three sources by hand, and what good and bad priors do."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import truncnorm

import trimtab as tt
from trimtab.core.problem import Problem
from trimtab.sampler.priorband import PriorBand, incumbent
from trimtab.surrogate.ladder import Ladder
from trimtab.surrogate.rows import Rows

SPACE = tt.Space({"x": tt.Float(0, 1), "y": tt.Float(0, 1)})
EPOCHS = tt.Fidelity("epoch", 1, 9)


def state_of(sampler, x=None, loss=(), level=(), space=SPACE):
    state = sampler.init(Problem(space, fidelity=EPOCHS), np.random.default_rng(0))
    if x is None:
        return state
    x = np.array(x, float)
    rows = Rows(x.shape[1] + 3).extended(np.column_stack([x, loss, level, np.arange(len(x))]))
    last = {i: (float((1, 3, 9)[k]), 0.0) for i, k in enumerate(level)}
    ladder = Ladder((1, 3, 9), x.shape[1], rows, last, {})
    return type(state)(space, state.centre, state.n_choices, ladder)


@pytest.mark.parametrize(("rung", "share"), [(0, 1 / 2), (1, 1 / 4), (2, 1 / 10)])
def test_before_a_whole_evaluation_the_prior_has_the_rest(rung, share):
    """Equation 1: 1 / (1 + eta^r)."""
    sampler = PriorBand(prior={"x": 0.5})
    shares = sampler.shares(state_of(sampler), rung)
    assert shares == pytest.approx((share, 1 - share, 0.0))
    assert sampler.rung(state_of(sampler), (1, 3, 9)[rung]) == rung


def test_the_rest_is_divided_by_who_explains_the_best():
    """Equation 2 with three results at the top, of which one is best: the incumbent itself."""
    sampler = PriorBand(prior={"x": 0.9, "y": 0.9})
    x = [[0.1, 0.2], [0.5, 0.5], [0.9, 0.9]]
    state = state_of(sampler, x, [1.0, 2.0, 3.0], [2, 2, 2])
    pdf = lambda u, c: truncnorm.pdf(u, -c / 0.25, (1 - c) / 0.25, c, 0.25)  # noqa: E731
    of_prior = pdf(0.1, 0.9) * pdf(0.2, 0.9)
    of_best = pdf(0.1, 0.1) * pdf(0.2, 0.2)
    expected = 0.5 * of_best / (of_prior + of_best)
    assert sampler.shares(state, 0) == pytest.approx((0.5, 0.5 - expected, expected))
    assert expected > 0.45


def test_what_must_be_there_before_the_incumbent_takes_part():
    sampler = PriorBand(prior={"x": 0.5, "y": 0.5})
    for level in ([2, 2], [1, 1, 1, 1, 1], [0] * 30):  # too few, no whole one, no whole one
        state = state_of(sampler, np.full((len(level), 2), 0.3), np.arange(len(level)), level)
        assert sampler.shares(state, 0)[2] == 0.0


def test_draws_come_from_where_the_shares_say():
    sampler = PriorBand(prior={"x": 0.9, "y": 0.9}, std=0.02)
    request = SimpleNamespace(
        n=600, rng=np.random.default_rng(1), budget=3, pending=SimpleNamespace(x=np.empty((0, 2)))
    )
    drawn = sampler.ask(state_of(sampler), request).x
    assert np.mean((drawn > 0.8).all(axis=1)) == pytest.approx(0.75 + 0.25 * 0.04, abs=0.05)
    assert drawn.min() >= 0 and drawn.max() <= 1


def test_the_incumbent_is_the_best_of_the_highest_level():
    sampler = PriorBand()
    state = state_of(sampler, [[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]], [0.0, 2.0, np.inf], [0, 1, 2])
    assert incumbent(state.ladder).tolist() == [0.2, 0.2]
    assert incumbent(state_of(sampler).ladder) is None


def test_defaults_are_a_prior_and_choices_have_one_too():
    space = tt.Space(
        {"x": tt.Float(0, 1, default=0.25), "k": tt.Categorical(["a", "b"], default="b")}
    )
    state = state_of(PriorBand(), space=space)
    assert state.centre.tolist() == [0.25, 0.75]
    request = SimpleNamespace(
        n=400, rng=np.random.default_rng(2), budget=9, pending=SimpleNamespace(x=np.empty((0, 2)))
    )
    drawn = PriorBand().ask(state, request).x
    assert np.mean(drawn[:, 1] > 0.5) == pytest.approx(0.9 * 0.875 + 0.1 * 0.5, abs=0.06)


@pytest.mark.parametrize(("prior", "wins"), [(0.32, 7), (0.95, 3)])
def test_a_good_prior_helps_and_a_bad_one_is_survived(prior, wins):
    """The paper's claims, with wins of 10 against Hyperband with random configurations."""

    def run(sampler, seed):
        space = {f"x{i}": tt.Float(0, 1) for i in range(3)}
        study = tt.create_study(
            space, sampler=sampler, scheduler="hyperband", fidelity=EPOCHS, seed=seed
        )
        curve = lambda config: sum((v - 0.3) ** 2 for v in config.values()) + 1 / np.arange(1, 10)  # noqa: E731
        study.optimize(curve, 60, executor=tt.Simulator(2), progress=False)
        return study.best_value

    expert = {"name": "PriorBand", "prior": dict.fromkeys(("x0", "x1", "x2"), prior)}
    assert sum(run(expert, s) < run("random", s) for s in range(10)) >= wins


def test_settings_are_checked():
    for name, value in {"prior": 3, "std": 0, "mutation_rate": 2, "eta": 1}.items():
        with pytest.raises(tt.InvalidArgument, match=name):
            PriorBand(**{name: value})
    with pytest.raises(tt.SpaceError):
        state_of(PriorBand(prior={"x": 7.0}))
