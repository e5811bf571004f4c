"""MF-PBT: sub-populations, fates and migrants by hand, and a task where greed does not pay."""

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.event import Asked, Reported, Settled
from trimtab.core.fidelity import Fidelity
from trimtab.core.history import History
from trimtab.core.problem import Direction
from trimtab.core.protocols import Decision
from trimtab.core.trial import TrialState
from trimtab.scheduler.multi_frequency_pbt import _ENDS, _MIGRATES, _STAYS, MultiFrequencyPBT
from trimtab.scheduler.pbt import PBT

RULE = MultiFrequencyPBT(population=8, interval=1, multiples=(1, 4), resample=0.0)


def history_with(losses, step=4):
    """Eight members with these losses at a step; even ones look every step, odd ones every fourth."""
    history = History([Direction.MINIMIZE], tt.Space({"lr": tt.Float(0, 1)}))
    history.fidelity = Fidelity("step", 1, 100)
    for i in range(len(losses)):
        history.apply(Asked(i, (i / 10,)))
    for i, loss in enumerate(losses):
        for s in range(1, step + 1):
            history.apply(Reported(i, s, (float(loss),)))
    return history


def test_sub_populations_and_their_looks():
    history = history_with(range(8))
    assert [RULE.home(history, i) for i in range(8)] == [0, 1] * 4
    assert [RULE.budget(history, i) for i in (0, 1)] == [1, 4]
    history.apply(Settled(5, TrialState.PRUNED, (1.0,)))
    assert RULE.home(history, 8) == 1  # whoever takes its place looks as seldom


def test_fates_by_hand():
    """Of four mates the last ends, and the third gives way where the other side has a better one."""
    history = history_with([1, 10, 2, 11, 3, 12, 4, 13])
    fates = [RULE._fate(history, i) for i in range(8)]
    assert fates == [_STAYS, _STAYS, _STAYS, _STAYS, _STAYS, _MIGRATES, _ENDS, _ENDS]
    assert RULE._migrant(history, 5) == 0
    verdicts = [RULE.judge(history, i) is Decision.STOP for i in range(8)]
    assert verdicts == [False] * 5 + [True] * 3


@pytest.mark.parametrize(
    ("losses", "loser", "parent", "codes"),
    [
        # from those who look often come weights alone; the parameters are those of the best at home
        ([1, 10, 2, 11, 3, 12, 4, 13], 5, 0, 0.1),
        # from those who look seldom come both
        ([10, 1, 11, 2, 12, 3, 13, 4], 4, 1, 0.1),
    ],
)
def test_migration_is_asymmetric(losses, loser, parent, codes):
    history = history_with(losses)
    history.apply(Settled(loser, TrialState.PRUNED, (float(losses[loser]),)))
    start = RULE.next(history, np.random.default_rng(0))
    assert start.parent == parent
    assert start.codes == (codes,)


def test_who_ends_goes_on_from_the_first_quarter_at_home():
    history = history_with([1, 10, 2, 11, 3, 12, 4, 13])
    history.apply(Settled(7, TrialState.PRUNED, (13.0,)))
    start = RULE.next(history, np.random.default_rng(0))
    assert start.parent == 1 and start.budget == 8
    assert start.codes != (0.1,)  # explored


def greedy(trial):
    """A large rate makes progress, and looks bad while it lasts: a noise floor as high as the rate."""
    saved = trial.checkpoint.folder
    w = float((saved / "w").read_text()) if saved else 1.0
    for step in trial.steps():
        w *= 1 - 0.1 * trial.config["lr"]
        trial.report(w + 0.5 * trial.config["lr"], step)
        with trial.checkpoint.save(step) as folder:
            (folder / "w").write_text(repr(w))
    return w + 0.5 * trial.config["lr"]


def run(scheduler, seed, storage=None, parts=((),), high=40):
    for callbacks in parts:
        study = tt.create_study(
            {"lr": tt.Float(1e-3, 1, log=True)},
            scheduler=scheduler,
            fidelity=tt.Fidelity("step", 1, high),
            storage=storage,
            study_name="s",
            load_if_exists=True,
            seed=seed,
        )
        study.optimize(greedy, progress=False, callbacks=callbacks)
    return study


@pytest.mark.slow
def test_it_is_less_greedy_than_pbt():
    """At one interval, and for as many steps, in most of three runs."""
    seldom = MultiFrequencyPBT(population=8, interval=1, multiples=(1, 10))
    often = PBT(population=8, interval=1)
    pairs = [(run(seldom, s).best_value, run(often, s).best_value) for s in range(3)]
    assert sum(a < b for a, b in pairs) >= 2
    assert np.median([a for a, _ in pairs]) < 0.7 * np.median([b for _, b in pairs])


def test_a_resumed_run_is_the_same(tmp_path):
    rule = MultiFrequencyPBT(population=8, interval=2, multiples=(1, 3))
    whole = run(rule, 1, high=15)
    parts = run(
        rule,
        1,
        tt.SQLite(tmp_path / "s.db"),
        parts=(lambda study, trial: study.stop(), ()),
        high=15,
    )
    found = [[(t.config, t.origin, t.state) for t in study.trials] for study in (whole, parts)]
    assert found[0] == found[1]
    assert [t.state for t in whole.trials].count("complete") == 8


@pytest.mark.parametrize(
    "wrong",
    [
        {"population": 9, "multiples": (1, 2)},
        {"population": 4, "multiples": (1, 2)},
        {"multiples": (2, 4)},
        {"multiples": (1, 4, 2)},
        {"multiples": 3},
        {"interval": 0},
        {"step": 2},
    ],
)
def test_settings_are_checked(wrong):
    with pytest.raises(tt.InvalidArgument, match=next(iter(wrong))):
        MultiFrequencyPBT(**wrong)
