import numpy as np
import pytest

import trimtab as tt
from trimtab.core.problem import Problem
from trimtab.errors import Unsupported
from trimtab.rng import stream
from trimtab.sampler.linucb import LinUCB, bounds, features
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

SPACE = Space({"arm": Categorical(list("abc")), "u": Float(0, 1), "v": Float(0, 1)})
WEIGHTS = np.array([[0.1, 0.8, 0.0], [0.5, 0.0, 0.0], [0.2, 0.0, 0.7]])  # reward of each arm


def test_sums_are_ridge_regression(play):
    """MTK-08: A^-1 b is the ridge solution on the arm's rows, and the width that of its covariance."""
    rng = np.random.default_rng(4)
    run = play(LinUCB(ridge=0.3), SPACE, lambda codes: float(rng.normal()), 60)
    codes, reward = np.array(run.codes), -np.array(run.y)
    q = np.array([1.0, 0.3, 0.9])
    for arm in range(3):
        here = codes[:, 0] == arm
        z = np.column_stack([np.ones(here.sum()), codes[here, 1:]])
        inverse = np.linalg.inv(0.3 * np.eye(3) + z.T @ z)
        wanted = q @ inverse @ z.T @ reward[here]
        assert bounds(run.state, q, 0.0)[arm] == pytest.approx(wanted, abs=1e-10)
        width = bounds(run.state, q, 2.0)[arm] - wanted
        assert width == pytest.approx(2 * np.sqrt(q @ inverse @ q), abs=1e-10)


def regrets(sampler, n, seed):
    study = tt.create_study(SPACE, sampler=sampler, seed=seed)
    rng, found = np.random.default_rng(seed), []
    for _ in range(n):
        context = dict(zip("uv", rng.random(2).tolist(), strict=True))
        trial = study.ask(context=context)
        mean = WEIGHTS @ features(np.array([context["u"], context["v"]]))
        arm = "abc".index(trial.config["arm"])
        study.tell(trial, -mean[arm] + 0.05 * rng.normal())
        found.append(mean.max() - mean[arm])
    return np.cumsum(found)


def test_regret_grows_less_and_less():
    """MTK-08: sublinear: the second half of 300 rounds costs less than half of the first."""
    total = regrets({"name": "LinUCB", "alpha": 0.5}, 300, 0)
    assert total[-1] - total[149] < 0.5 * total[149]
    assert total[-1] < 300 * 0.02


def test_a_given_arm_is_kept_and_arms_are_all_combinations(play):
    space = Space({"a": Int(1, 3), "b": Categorical(["x", "y"]), "u": Float(0, 1)})
    state = LinUCB().init(Problem(space), stream(0))
    assert len(state.arms) == 6 and state.a.shape == (6, 2, 2)
    study = tt.create_study(space, sampler="linucb", seed=0)
    for _ in range(5):
        trial = study.ask(context={"b": "y", "u": 0.5})
        assert (trial.config["b"], trial.config["u"]) == ("y", 0.5)
        study.tell(trial, state="failed")
    assert not play(LinUCB(), space, lambda codes: float("nan"), 3).state.b.any()


def test_refuses_spaces_without_arms():
    with pytest.raises(Unsupported, match="none of the parameters"):
        LinUCB().init(Problem(Space({"x": Float(0, 1)})), stream(0))
    with pytest.raises(Unsupported, match="combinations"):
        LinUCB().init(Problem(Space({"n": Int(1, 20_000)})), stream(0))
