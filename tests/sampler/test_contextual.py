from types import SimpleNamespace

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.problem import Problem
from trimtab.core.protocols import Request
from trimtab.errors import InvalidArgument
from trimtab.rng import stream
from trimtab.sampler.contextual import Contextual
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

PLANE = Space({"x": Float(0, 1), "c": Float(0, 1)})
QUICK = {"n_raw": 64, "n_starts": 2}


def test_the_best_action_depends_on_the_context():
    """MTK-08: f = (x - c)^2; after 60 rounds the policy follows the context; one that is blind cannot."""
    study = tt.create_study(PLANE, sampler={"name": "Contextual", **QUICK}, seed=1)
    contexts = np.random.default_rng(0).random(60)
    for c in contexts.tolist():
        trial = study.ask(context={"c": c})
        assert trial.config["c"] == c
        study.tell(trial, (trial.config["x"] - c) ** 2)
    policy = tt.Policy(study)
    new = np.linspace(0.02, 0.98, 15)
    assert np.mean([abs(policy({"c": c})["x"] - c) for c in new]) < 0.1
    blind = tt.create_study({"x": tt.Float(0, 1)}, sampler="gp", seed=1)
    for c in contexts.tolist():
        trial = blind.ask()
        blind.tell(trial, (trial.config["x"] - c) ** 2)
    assert np.mean(np.abs(tt.believed_best(blind).config["x"] - new)) > 0.2


def test_a_context_of_another_kind_each_time(play):
    space = Space(
        {"x": Float(0, 1), "n": Int(1, 5), "c": Categorical(list("abc")), "z": Float(0, 1)}
    )

    def loss(codes):
        return (codes[0] - codes[2] / 2) ** 2 + 0.1 * abs(codes[1] - 2) + codes[3]

    run = play(Contextual(n_initial=6, **QUICK), space, loss, 20)
    for name, unit in [("c", 5 / 6), ("z", 0.25), ("n", 0.1), ("x", 0.5)]:
        given = {name: unit}
        rows = run.sampler.ask(run.state, request(run, 2, given)).x
        assert rows[:, space.names.index(name)] == pytest.approx(unit, abs=1e-12)
        assert len(np.unique(rows, axis=0)) == 2
    all_of_it = dict(zip(space.names, [0.5, 0.1, 0.5, 0.25], strict=True))
    assert run.sampler.ask(run.state, request(run, 1, all_of_it)).x.tolist() == [
        [0.5, 0.1, 0.5, 0.25]
    ]


def request(run, n, context):
    pending = SimpleNamespace(x=np.empty((0, len(run.space.names))))
    return Request(n, pending, stream(3), context=context)


def test_more_optimism_goes_further_from_what_is_known(play):
    def loss(codes):
        return (codes[0] - 0.2) ** 2

    gaps = []
    for kappa in (0.0, 5.0):
        run = play(
            Contextual(n_initial=5, kappa=kappa, **QUICK), Space({"x": Float(0, 1)}), loss, 12
        )
        gaps.append(np.std(run.x[5:]))
    assert gaps[0] < gaps[1]


def test_failures_and_constraints_are_avoided(play):
    def loss(codes):
        if codes[0] > 0.7:
            return float("nan"), [0.0]
        return -codes[0] + 0.1 * codes[1], [0.3 - codes[1]]

    run = play(Contextual(n_initial=6, **QUICK), PLANE, loss, 24)
    late = np.array(run.codes[12:])
    assert np.mean(late[:, 0] <= 0.7) >= 0.6
    assert np.mean(late[:, 1] >= 0.3) >= 0.6


@pytest.mark.parametrize("setting", ["n_initial", "n_raw", "n_starts"])
def test_refuses(setting):
    with pytest.raises(InvalidArgument, match=setting):
        Contextual(**{setting: 0})


def test_without_parameters():
    state = Contextual().init(Problem(Space({})), stream(0))
    pending = SimpleNamespace(x=np.empty((0, 0)))
    assert Contextual().ask(state, Request(2, pending, stream(1))).x.shape == (2, 0)
