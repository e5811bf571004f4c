"""The signed-rank rule: p-values from first principles, decisions against Optuna's."""

import itertools

import numpy as np
import pytest

from trimtab.errors import InvalidArgument
from trimtab.scheduler.wilcoxon import Wilcoxon, p_worse


def test_p_is_the_share_of_sign_patterns():
    differences = np.array([0.3, -0.1, 0.7, 0.2, 0.5])
    ranks = np.argsort(np.argsort(abs(differences))) + 1
    seen = ranks[differences > 0].sum()
    sums = [sum(r for r, s in zip(ranks, signs, strict=True) if s) for signs in _signs(5)]
    assert p_worse(differences) == pytest.approx(np.mean(np.array(sums) >= seen))


def _signs(n):
    return itertools.product([False, True], repeat=n)


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_optuna_decides_the_same(lab, optuna, direction):  # EST-04, EST-05
    rng, n_stopped = np.random.default_rng(2), 0
    for startup in (0, 4):
        pruner = optuna.pruners.WilcoxonPruner(p_threshold=0.1, n_startup_steps=startup)
        ours, theirs = lab.Lab(direction), optuna.create_study(direction=direction, pruner=pruner)
        rule = Wilcoxon(0.1, startup)
        for _ in range(25):
            values = rng.normal(size=1) + rng.normal(size=12)
            values = np.append(values, values.mean())[:12]
            stopped = ours.run(rule, values)
            assert stopped == lab.optuna_run(optuna, theirs, values)
            n_stopped += stopped is not None
    assert 5 < n_stopped < 45


def test_worse_in_both_objectives_is_stopped_worse_in_one_is_not(lab):
    one, rule = lab.Lab(["minimize", "minimize"]), Wilcoxon()
    one.run(rule, [[0.0 + i / 10, 0.0 + i / 10] for i in range(8)])
    assert one.run(rule, [[1.0 + i / 9, -1.0 + i / 9] for i in range(8)]) is None
    assert one.run(rule, [[1.0 + i / 9, 1.0 + i / 9] for i in range(8)]) is not None


@pytest.mark.parametrize("p", [-0.1, 1.1, "0.1", True])
def test_p_is_a_probability(p):
    with pytest.raises(InvalidArgument, match="p="):
        Wilcoxon(p)


def test_level_and_power():
    """EST-05: at one look 10 % of equals are stopped, and nearly all that are one sigma worse at n = 20."""
    rng, n = np.random.default_rng(5), 400
    equal = [p_worse(rng.normal(size=20)) < 0.1 for _ in range(n)]
    worse = [p_worse(1 + rng.normal(size=20)) < 0.1 for _ in range(n)]
    assert abs(np.mean(equal) - 0.1) <= 3 * np.sqrt(0.1 * 0.9 / n) + 0.01
    assert np.mean(worse) >= 0.8
