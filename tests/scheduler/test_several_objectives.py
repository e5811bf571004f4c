"""Halving by fronts and epsilon-nets, and pruning beside constraints; all of it define-by-run."""

import numpy as np
import pytest

import trimtab as tt
from trimtab.evaluation.rung import Rung
from trimtab.pareto.ordering import spread_places
from trimtab.scheduler.registry import scheduler_of


def test_the_order_of_arrival_does_not_matter():
    rng = np.random.default_rng(0)
    losses = rng.integers(0, 5, (12, 2)).astype(float)
    losses[3] = np.nan
    expected = spread_places(losses)
    for _ in range(10):
        rung = Rung(2, spread_places)
        for number in rng.permutation(12).tolist():
            rung.add(number, losses[number])
            rung.places()
        rung.add(12, np.zeros(2))
        rung.remove(12)
        assert [rung.place(i) for i in range(12)] == expected.tolist()
        top = rung.first(4, lambda number: True)
        assert rung.place(top) == 0
        rung.leave(top)
        assert rung.place(rung.first(4, lambda number: True)) == 1


def trade(trial):
    """Error falls with size, and so does speed: a front with two ends, and trials off it."""
    size = trial.suggest_float("size", 0, 1)
    waste = trial.suggest_float("waste", 0, 1)
    for step in range(1, 10):
        trial.report([1 - size + waste + 1 / step, size + waste + 1 / step], step)
        if trial.should_prune():
            raise tt.TrialPruned
    return 1 - size + waste, size + waste


@pytest.mark.parametrize("name", ["ASHA", "PromotingASHA"])
@pytest.mark.parametrize("order", ["dominance", "epsilon_net"])
def test_several_objectives_are_reported_and_pruned_define_by_run(name, order):
    """What is dominated ends early, and the front's ends are both kept."""
    study = tt.create_study(
        directions=["minimize", "minimize"],
        sampler="random",
        scheduler=scheduler_of({"name": name, "order": order}),
        fidelity=tt.Fidelity("epoch", 1, 9),
        seed=0,
    )
    study.optimize(trade, 60, progress=False)
    whole = [t for t in study.trials if t.state == "complete"]
    ended = [t for t in study.trials if t.state in ("pruned", "paused")]
    assert len(ended) >= (15 if order == "dominance" else 30)  # few dominate any one
    assert np.mean([t.config["waste"] for t in whole]) < 0.6 * np.mean(
        [t.config["waste"] for t in ended]
    )
    assert all(len(v) == 2 for t in study.trials for v in t.reports.values())
    assert study.best_trials


def test_a_net_covers_the_front():
    """Of a rung's front of twelve, the four that go on are spread over all of it."""
    line = np.column_stack([np.arange(12.0), 11 - np.arange(12.0)])
    rung = Rung(2, spread_places)
    for number in range(12):
        rung.add(number, line[number])
    chosen = sorted(line[[rung.place(i) < 4 for i in range(12)], 0].tolist())
    assert chosen[0] == 0 and chosen[-1] == 11
    assert max(np.diff(chosen)) <= 6


def test_the_word_is_known():
    with pytest.raises(tt.InvalidArgument, match=r"order='nds' is not known.*epsilon_net"):
        tt.scheduler.ASHA(order="nds")


@pytest.mark.parametrize("name", ["Median", "Percentile"])
def test_who_breaks_a_constraint_stops_nobody(name):
    """Infeasible trials are no measure for others, however good."""
    study = tt.create_study(
        {"x": tt.Float(0, 1)}, scheduler=scheduler_of({"name": name, "n_startup": 2}), seed=0
    )
    for value, broken in [(0.0, 1.0), (0.0, 1.0), (0.0, 1.0), (5.0, -1.0), (6.0, -1.0)]:
        trial = study.ask()
        for step in range(3):
            trial.report(value, step)
        study.tell(trial, tt.Result(value, constraints=[broken]))
    for value, stops in [(4.0, False), (9.0, True)]:
        trial = study.ask()
        trial.report(value, 0)
        trial.report(value, 1)
        assert trial.should_prune() is stops
