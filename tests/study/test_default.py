"""The sampler that nobody chose: what it is, and that it copes with whatever studies there are."""

import pytest

import trimtab as tt
from trimtab.sampler.auto import Auto
from trimtab.sampler.auto_promoted import AutoPromoted
from trimtab.sampler.random import Random

SPACE = {"x": tt.Float(0, 1), "y": tt.Float(0, 1)}
EPOCHS = tt.Fidelity("epoch", 1, 9)


def sampler_of(**options):
    return tt.create_study(SPACE, fidelity=EPOCHS, **options).ledger.proposer.sampler


def test_auto_unless_trials_are_promoted():
    assert isinstance(sampler_of(), Auto)
    assert isinstance(sampler_of(scheduler="asha"), Auto)
    assert isinstance(sampler_of(scheduler="promotingasha"), AutoPromoted)
    assert isinstance(sampler_of(scheduler="hyperband", direction=["min", "max"]), AutoPromoted)
    assert isinstance(sampler_of(scheduler="pbt"), Random)


def test_the_default_plans_by_the_budget_of_minimize_and_a_study_keeps_its_sampler(tmp_path):
    def run(name, n_trials, **options):
        journal = tmp_path / f"{name}.db"
        study = tt.minimize(
            lambda x, y: x * y, SPACE, n_trials, storage=journal, progress=False, **options
        )
        return study.ledger.proposer.sampler

    assert run("first", 3) == Auto(n_trials=3)
    assert run("first", 4) == Auto(n_trials=3)
    assert isinstance(run("second", 3, sampler="random"), Random)
    assert isinstance(run("second", 4), Random)
    assert isinstance(run("third", 2, scheduler="pbt", fidelity=EPOCHS), Random)


def test_without_a_word_better_than_random():
    def valley(x, y):
        return (x - 0.3) ** 2 + 10 * (y - x**2) ** 2

    runs = [
        tt.minimize(valley, SPACE, 30, seed=s, progress=False).best_value < _random(valley, s)
        for s in range(3)
    ]
    assert sum(runs) == 3


def _random(objective, seed):
    study = tt.minimize(objective, SPACE, 30, sampler="random", seed=seed, progress=False)
    return study.best_value


def layered(trial):
    """An objective of numbers only, some of which it does not always ask for."""
    total = 0.0
    for i in range(trial.suggest_int("depth", 1, 3)):
        total += abs(trial.suggest_float(f"width{i}", 0, 1) - 0.4)
    return total


@pytest.mark.parametrize("sampler", ["auto", "gp", "tpe", "trustregion", "forest"])
def test_objectives_that_leave_parameters_out(sampler):
    study = tt.create_study(sampler=sampler, seed=2)
    study.optimize(layered, 15, n_jobs=3, progress=False)
    assert [t.state for t in study.trials] == ["complete"] * 15
    assert {"depth", "width0"} <= set(study.space.names)


def test_what_is_offered_to_a_running_trial_is_not_offered_again():
    study = tt.create_study(sampler="gp", seed=0)
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), 8, progress=False)
    offers = [trial.suggest_float("x", 0, 1) for trial in study.ask(4)]
    assert len(set(offers)) == 4
    study.enqueue({"x": 9.0})  # its trial will fail; until then it is in nobody's way
    assert 0 <= study.ask(2)[1].suggest_float("x", 0, 1) <= 1


def paused(x, y, trial):
    for epoch in trial.steps():
        trial.report((x - 0.3) ** 2 + (y - 0.6) ** 2 + 1 / epoch, epoch)
    return (x - 0.3) ** 2 + (y - 0.6) ** 2


@pytest.mark.parametrize("scheduler", ["promotingasha", "hyperband"])
@pytest.mark.parametrize("sampler", ["auto", "gp", "tpe", "trustregion", "forest", "subspace"])
def test_a_paused_trial_is_not_proposed_again(sampler, scheduler):
    study = tt.minimize(
        paused,
        SPACE,
        24,
        sampler=sampler,
        scheduler=scheduler,
        fidelity=EPOCHS,
        seed=0,
        progress=False,
    )
    assert len({tuple(t.config.values()) for t in study.trials}) == 24


def test_a_search_that_waits_for_a_paused_trial_goes_on_at_random():
    options = {"scheduler": "promotingasha", "fidelity": EPOCHS, "seed": 0, "progress": False}
    study = tt.minimize(paused, SPACE, 20, sampler="neldermead", **options)
    assert len(study.trials) == 20
    assert len({t.config["x"] for t in study.trials}) > 10
