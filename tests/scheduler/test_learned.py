"""A rule learned on fifty curves, tried on fifty others; its factors against published tables."""

import numpy as np
import pytest

import trimtab as tt
from trimtab.scheduler.learned import Learned, curves_of, learned, tolerance_factor

T = np.arange(1, 41)


def curves(rng, n=50):
    """Power laws with limits, heights and rates of their own."""
    a, b, c = (
        rng.normal(0.3, 0.1, (n, 1)),
        rng.uniform(0.3, 0.6, (n, 1)),
        rng.uniform(0.5, 1, (n, 1)),
    )
    return a + b * T ** (-c) + 0.005 * rng.normal(size=(n, len(T)))


def test_it_saves_epochs_and_loses_no_winners():
    """EST-07: learned on 50 curves, 30 % of the epochs of 50 others are saved, and < 5 % of winners lost."""
    saved, lost = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        rule, others = learned(curves(rng)), curves(rng)
        limits = dict(rule.limits)
        ends = [next((t for t in T if v[t - 1] > limits.get(t, np.inf)), T[-1]) for v in others]
        best = np.argsort(others[:, -1])[:5]
        saved.append(1 - np.sum(ends) / others.size)
        lost.append(np.mean(np.array(ends)[best] < T[-1]))
    assert np.mean(saved) >= 0.3
    assert np.mean(lost) < 0.05


@pytest.mark.parametrize(
    ("n", "coverage", "factor"), [(5, 0.9, 3.407), (10, 0.95, 2.911), (20, 0.99, 3.295)]
)
def test_published_factors(n, coverage, factor):
    """One-sided factors at 95 % confidence, as Hahn & Meeker (1991) have them in table A.12."""
    assert tolerance_factor(n, coverage, 0.95) == pytest.approx(factor, abs=2e-3)


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_from_a_study_to_the_next(direction):
    sign = 1 if direction == "minimize" else -1

    def train(trial):
        x = trial.suggest_float("x", 0, 1)
        for epoch in range(1, 11):
            trial.report(sign * (x + 0.5 / epoch), epoch)
            if trial.should_prune():
                raise tt.TrialPruned
        return sign * (x + 0.05)

    past = tt.create_study(direction=direction, sampler="random", seed=0)
    past.optimize(train, 40, progress=False)
    rule = learned(curves_of(past.trials), direction=direction)
    study = tt.create_study(direction=direction, sampler="random", scheduler=rule, seed=1)
    study.optimize(train, 40, progress=False)
    pruned = [t.config["x"] for t in study.trials if t.state == "pruned"]
    whole = [t.config["x"] for t in study.trials if t.state == "complete"]
    assert len(pruned) >= 15
    assert max(whole) < min(pruned)
    assert study.best.config["x"] == min(t.config["x"] for t in study.trials)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: learned(np.ones((5, 4))), "give three winners or more"),
        (lambda: learned(np.ones((50, 4)), winners=2), "winners=2 must lie between"),
        (lambda: learned(np.ones((50, 4)), direction="up"), "direction='up'"),
        (lambda: Learned([(3, 1.0), (2, 1.0)]), "ascending steps"),
        (lambda: Learned([(1, 1.0)], "up"), "direction='up'"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(tt.InvalidArgument, match=message):
        call()
