"""Samplers that read reports are told all of them, in the order of the events, whenever they look."""

from dataclasses import dataclass

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.protocols import Proposals, Supports

SPACE = {"x": tt.Float(0, 1)}
EPOCHS = tt.Fidelity("epoch", 1, 9)


@dataclass(frozen=True)
class Listener:
    """Proposes at random, and keeps what it was told and asked."""

    reads: bool = True

    @property
    def supports(self):
        return Supports(reads_reports=self.reads)

    def init(self, problem, rng):
        assert problem.fidelity == EPOCHS
        return ()

    def tell(self, state, told, rng):
        assert len(told) or self.reads
        rows = zip(told.number, told.budget, told.y[:, 0], told.x[:, 0], strict=True)
        return (*state, *(tuple(float(v) for v in row) for row in rows))

    def ask(self, state, request):
        BUDGETS.append(request.budget)
        return Proposals.of(request.rng.random((request.n, 1)))


BUDGETS = []


def run(n=20, reads=True, scheduler="promotingasha", n_workers=3, direction="minimize", **options):
    study = tt.create_study(
        SPACE,
        sampler=Listener(reads),
        scheduler=scheduler,
        fidelity=EPOCHS,
        seed=3,
        direction=direction,
        **options,
    )
    curve = lambda x: np.where(x > 0.9, np.nan, x + 1 / np.arange(1, 10))  # noqa: E731
    study.optimize(curve, n, executor=tt.Simulator(n_workers, stragglers=0.5), progress=False)
    return study


def told_of(study):
    """A second look at the whole history, from nothing."""
    proposer = type(study.ledger.proposer)(Listener(), study.ledger.seed, 1, False)
    proposer.propose(study.history, 1)
    return proposer._state


@pytest.mark.parametrize("n_workers", [1, 3])
def test_every_report_is_told_once_and_in_order(n_workers):
    study = run(n_workers=n_workers)
    told = told_of(study)
    expected = [(n, s) for n, s, _ in study.history.curves.since(0)]
    assert list(dict.fromkeys((n, s) for n, s, _, _ in told)) == expected
    assert len(told) == len(expected) + len(study.history.order)
    for n, _, _, x in told:
        assert x == pytest.approx(study.trials[int(n)].config["x"])


def test_a_replay_tells_the_same_as_the_live_run(tmp_path):
    study = run(storage=tmp_path / "study.db")
    study.ledger.proposer.propose(study.history, 1)
    live = study.ledger.proposer._state
    again = tt.load_study(storage=tmp_path / "study.db", sampler=Listener())
    again.ledger.proposer.propose(again.history, 1)
    assert np.array_equal(live, again.ledger.proposer._state, equal_nan=True)
    assert np.array_equal(live, told_of(study), equal_nan=True)


def test_values_are_minimized_and_complete_trials_have_the_whole_budget():
    study = run(direction="maximize")
    told = told_of(study)
    complete = [t for t in study.trials if t.state == "complete"]
    assert complete
    for trial in complete:
        assert (trial.number, 9.0, -trial.value) in [row[:3] for row in told]


def test_who_does_not_read_reports_is_told_results_alone():
    study = run(reads=False)
    proposer = study.ledger.proposer
    proposer.propose(study.history, 1)
    assert [row[0] for row in proposer._state] == study.history.order


def test_the_sampler_knows_how_far_its_trial_will_go():
    BUDGETS.clear()
    run(scheduler={"name": "PromotingASHA", "min_budget": 3})
    assert set(BUDGETS) == {3}
    BUDGETS.clear()
    run(scheduler="median")
    assert set(BUDGETS) == {None}
