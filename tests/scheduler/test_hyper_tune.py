"""Hyper-Tune: shares by hand, brackets that follow the trust in budgets, and restarts."""

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.history import History
from trimtab.evaluation.async_bracket import bracket_of, even_shares
from trimtab.scheduler.hyper_tune import HyperTune, _due, learned_shares

SPACE = {"x": tt.Float(0, 1), "y": tt.Float(0, 1)}
EPOCHS = tt.Fidelity("epoch", 1, 9)


def good(x, y):
    return (x - 0.3) ** 2 + (y - 0.6) ** 2 + 1 / np.arange(1, 10)


def blind(x, y):
    curve = good(x, y)
    curve[:2] = np.random.default_rng(int(1e9 * x)).random(2)
    return curve


def run(objective, n=80, seed=0, n_workers=4, scheduler="hypertune"):
    study = tt.create_study(
        SPACE, sampler="random", scheduler=scheduler, fidelity=EPOCHS, seed=seed
    )
    study.optimize(objective, n, executor=tt.Simulator(n_workers), progress=False)
    return study


def test_learned_shares_by_hand():
    even = even_shares((1, 3, 9))
    assert even == pytest.approx((6 / 11, 3 / 11, 2 / 11))
    # theta = (.25, .75): w = (.25 / 1, .75 / 3), so the two lower brackets halve their 9 / 11
    found = learned_shares(even, np.array([0.25, 0.25, 0.0]), 1)
    assert found == pytest.approx((4.5 / 11, 4.5 / 11, 2 / 11))
    assert learned_shares(even, np.array([0.2, 0.6 / 3, 0.2 / 9]), 2) == pytest.approx(
        (0.9 / 1.9, 0.9 / 1.9, 0.1 / 1.9)
    )
    assert learned_shares(even, np.zeros(3), 2) == even


def test_shares_are_due_a_fifth_apart():
    due = sorted({_due(n) for n in range(30)})
    assert due == [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22, 27]


def test_until_two_budgets_have_six_results_it_is_asynchronous_hyperband():
    def first(study):
        return [t.config for t in study.trials], study.history.budgets

    assert first(run(good, 10)) == first(run(good, 10, scheduler="asynchyperband"))


@pytest.mark.parametrize("seed", range(2))
def test_a_blind_first_budget_loses_its_trials(seed):
    shares = [HyperTune().shares(run(objective, 60, seed).history) for objective in (good, blind)]
    for share in shares:
        assert sum(share) == pytest.approx(1.0)
    assert shares[0][0] > 0.5  # it ranks as the others do, and is the cheapest
    assert shares[1][0] < shares[0][0] / 2


def test_brackets_are_the_same_after_a_restart():
    study = run(blind)
    events = study.ledger.journal.read_since(study.ledger.id, 0)
    again = History(study.history.directions)
    again.fidelity = EPOCHS
    for event in events:
        again.apply(event)
    rule = HyperTune()
    live = [rule.brackets(study.history).bracket(study.history, i) for i in range(len(again))]
    late = [rule.brackets(again).bracket(again, i) for i in range(len(again))]
    assert live == late
    assert live != [bracket_of(i, (6 / 11, 9 / 11, 1.0)) for i in range(len(live))]
    for number, bracket in enumerate(live):
        if number not in again.budgets:
            assert rule.budget(again, number) == (1, 3, 9)[bracket]


def test_several_objectives_keep_even_shares():
    study = tt.create_study(
        SPACE,
        directions=["minimize"] * 2,
        sampler="random",
        scheduler="hypertune",
        fidelity=EPOCHS,
        seed=0,
    )
    curve = np.ones((9, 2)) / np.arange(1, 10)[:, None]
    study.optimize(
        lambda x, y: curve + np.array([x, 1 - x]), 30, executor=tt.Simulator(2), progress=False
    )
    assert HyperTune().shares(study.history) == even_shares((1, 3, 9))


def test_settings_are_checked():
    for name, value in {"min_budget": 0, "eta": 1, "n_brackets": 0}.items():
        with pytest.raises(tt.InvalidArgument, match=name):
            HyperTune(**{name: value})
