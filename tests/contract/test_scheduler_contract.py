"""What every scheduler promises, checked for each registered one."""

import json
import math
from dataclasses import fields

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.history import History
from trimtab.core.protocols import Decision
from trimtab.errors import TrimtabError
from trimtab.scheduler.registry import REGISTRY, scheduler_of, settings_of

REGISTERED = REGISTRY.names()
NAMES = [name for name in REGISTERED if name != "Retrain"]  # which trains one trial, whatever comes
EPOCHS = tt.Fidelity("epoch", 1, 12)
NEEDED = {  # without a default, or too large for what is run here
    "Threshold": {"upper": 3.0},
    "Retrain": {"parts": [[0, {"x": 0.5}]]},
    "FreezeThaw": {"step": 4, "n_raw": 50, "n_rows": 40},  # a quick one
    "Learned": {"limits": [[step, 2.0 + 1 / step] for step in range(1, 12)]},
    "PB2": {"population": 20, "n_raw": 50},
    "IteratedPBT": {"population": 20, "interval": 5},
    "MultiFrequencyPBT": {"population": 20, "interval": 5, "multiples": [1]},
    "IteratedRace": {"evaluations": 400, "races": 2, "elites": 2},
}

POPULATION = {
    "PBT": 20,
    "PB2": 20,
    "IteratedPBT": 20,
    "MultiFrequencyPBT": 20,
}  # members of a population, which comes to an end


def make(name):
    return scheduler_of({"name": name, **NEEDED.get(name, {})})


def curve(x, length=12):
    return [float(x + (1 + 3 * x) / t) for t in range(1, length + 1)]


def study_of(name, value_of, n=40, directions="minimize", seed=0, **options):
    """A run in which each trial reports a curve and ends where it is told to."""

    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        for step, value in enumerate(curve(x), 1):
            trial.report(value_of(trial.number, step, value), step)
            if name in POPULATION and step % 5 == 0:
                save(trial, step)
            if trial.should_prune():
                raise tt.TrialPruned
        return value_of(trial.number, 1, x)

    study = tt.create_study(
        direction=directions, sampler="random", scheduler=make(name), fidelity=EPOCHS, seed=seed
    )
    study.optimize(objective, n, progress=False, **options)
    return study


def save(trial, step):
    with trial.checkpoint.save(step) as folder:
        (folder / "step").write_text(str(step))


def plain(number, step, value):
    return value


def decisions(study):
    return [(t.state, max(t.reports, default=None)) for t in study.trials]


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_run(name):
    a, b = study_of(name, plain), study_of(name, plain)
    assert decisions(a) == decisions(b)
    assert a.best.state == "complete"


@pytest.mark.parametrize("name", NAMES)
def test_judging_reads_only_and_a_replay_judges_the_same(name):
    study = study_of(name, plain)
    scheduler, history = make(name), study.history
    again = History(history.directions)
    again.fidelity = history.fidelity
    for event in study.ledger.journal.read_since(study.ledger.id, 0):
        again.apply(event)
    first = [scheduler.judge(history, i) for i in range(len(history))]
    assert [scheduler.judge(history, i) for i in range(len(history))] == first
    assert [make(name).judge(again, i) for i in range(len(again))] == first
    assert set(first) <= set(Decision)


@pytest.mark.parametrize("name", NAMES)
def test_several_objectives_never_raise(name):
    study = study_of(name, lambda i, step, v: [v, -v + 0.1 * (i % 3)], directions=["min", "max"])
    assert POPULATION.get(name, 40) <= len(study.trials) <= 40
    assert study.best_trials


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", NAMES)
def test_diverging_trials(name, bad):
    study = study_of(name, lambda i, step, v: bad if i % 4 == 1 and step > 2 else v)
    states = {t.number: t.state for t in study.trials}
    assert states[study.best.number] == "complete"
    assert math.isfinite(study.best.value)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_but_failures(name):
    def objective(x, trial):
        trial.report(math.nan, 1)
        trial.should_prune()
        raise ValueError("no")

    study = tt.create_study(
        {"x": tt.Float(0, 1)}, sampler="random", scheduler=make(name), fidelity=EPOCHS, seed=0
    )
    study.optimize(objective, 6, progress=False, max_failures=100)
    assert {t.state for t in study.trials} == {"failed"}


@pytest.mark.parametrize("name", NAMES)
def test_a_trial_that_has_not_reported_goes_on(name):
    study = tt.create_study(
        {"x": tt.Float(0, 1)}, sampler="random", scheduler=make(name), fidelity=EPOCHS, seed=0
    )
    assert study.ask().should_prune() is False


@pytest.mark.parametrize("name", NAMES)
def test_sparse_and_late_reports(name):
    study = tt.create_study(
        {"x": tt.Float(0, 1)}, sampler="random", scheduler=make(name), fidelity=EPOCHS, seed=0
    )
    rng = np.random.default_rng(0)
    for _ in range(POPULATION.get(name, 25)):
        trial = study.ask()
        for step in rng.choice(50, 5, replace=False).tolist():
            trial.report(trial.config["x"], step)
            trial.should_prune()
        study.tell(trial, trial.config["x"])
    assert len(study.trials) == POPULATION.get(name, 25)


@pytest.mark.parametrize("name", REGISTERED)
def test_settings_round_trip(name):
    written = json.dumps(settings_of(make(name)))
    assert scheduler_of(json.loads(written)) == make(name)


@pytest.mark.parametrize("name", REGISTERED)
def test_no_setting_takes_nonsense(name):
    kind = REGISTRY.load(name)
    for f in fields(kind):
        with pytest.raises(TrimtabError) as error:
            kind(**{**NEEDED.get(name, {}), f.name: object()})
        assert f.name in str(error.value)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"FIFO", "Patience"}))
def test_losers_are_stopped_and_the_best_is_not(name):
    study = study_of(name, lambda i, step, v: v + 5 * (i % 2))  # every other trial is far behind
    stopped = [t.number for t in study.trials if t.state in ("pruned", "paused")]
    assert sum(i % 2 for i in stopped) >= 10
    assert study.best.number % 2 == 0
