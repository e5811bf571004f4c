"""Virtual time: what happens when, on how many workers, and the same again under the same seed."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab as tt

SPACE = {"x": tt.Float(0, 1)}
EPOCHS = tt.Fidelity("epoch", 1, 27)


def falling(x):
    return tt.Replay(x + 1 / np.arange(1, 28), seconds=1 + x)


def study_of(scheduler=None, objective=falling, n=40, workers=None, seed=0, **options):
    workers = tt.Simulator(4) if workers is None else workers
    study = tt.create_study(
        SPACE, sampler="random", scheduler=scheduler, fidelity=EPOCHS, seed=seed
    )
    study.optimize(objective, n, executor=workers, progress=False, **options)
    return study, workers


def fixed(durations):
    """An objective of one step for each trial, in the order in which they are asked."""
    times = iter(durations)
    return lambda config: tt.Replay([config["x"]], seconds=next(times))


def test_four_workers_by_hand():
    """ASY-04: with durations 1, 2, 3, 4 the next trial is asked for at t=1, with one result known."""
    asked = []

    class Seen(tt.Simulator):
        def submit(self, task):
            asked.append((self.now, task.number, study.ledger.history.n_finished))
            super().submit(task)

    workers = Seen(4)
    study = tt.create_study(SPACE, sampler="random", seed=0)
    study.optimize(fixed([1, 2, 3, 4, 9, 9, 9, 9]), 8, executor=workers, progress=False)
    assert asked == [
        (0, 0, 0),
        (0, 1, 0),
        (0, 2, 0),
        (0, 3, 0),
        (1, 4, 1),
        (2, 5, 2),
        (3, 6, 3),
        (4, 7, 4),
    ]
    assert workers.reports().time.tolist() == [1, 2, 3, 4, 10, 11, 12, 13]
    assert workers.now == 13
    assert [t.seconds for t in study.trials] == [1, 2, 3, 4, 9, 9, 9, 9]


def test_reports_and_the_incumbent_have_virtual_times():
    curves = iter([[5.0, 4.0, math.nan], [6.0, 3.5, 1.0]])
    study, workers = study_of(
        None, lambda config: tt.Replay(next(curves), [1.0, 2.0, 3.0]), 2, tt.Simulator(2)
    )
    seen = workers.reports()
    assert seen.time.tolist() == [1, 1, 3, 3, 6, 6]
    assert seen.number.tolist() == [0, 1] * 3
    assert seen.step.tolist() == [1, 1, 2, 2, 3, 3]
    times, best = workers.incumbent(study.history)
    assert times.tolist() == [1, 3, 6] and best.tolist() == [5.0, 3.5, 1.0]
    assert [t.state for t in study.trials] == ["failed", "complete"]
    assert len(workers.incumbent(study.history, full_only=True)[0]) == 0  # none had 27 steps
    assert len(tt.Simulator(1).incumbent(study.history)[0]) == 0


@pytest.mark.parametrize("scheduler", ["asha", "promotingasha", "hyperband", "halving", "median"])
@pytest.mark.parametrize("n_workers", [1, 4, 16])
def test_the_same_seed_gives_the_same_run(scheduler, n_workers):
    """ASY-01: a simulation is deterministic, with stragglers and deaths."""
    runs = [
        study_of(
            scheduler, n=30, workers=tt.Simulator(n_workers, stragglers=0.5, failures=0.01, seed=3)
        )
        for _ in range(2)
    ]
    (a, first), (b, second) = runs
    for one, other in zip(first.reports(), second.reports(), strict=True):
        assert np.array_equal(one, other)
    assert [(t.state, t.reports) for t in a.trials] == [(t.state, t.reports) for t in b.trials]
    assert first.now == second.now
    assert not a.history.counts[1], "no trial stays running"


def test_asynchronous_workers_are_busy():
    """ASY-01: four workers, lognormal times: at least 95 % of their time is used."""
    _, workers = study_of(None, n=2000, workers=tt.Simulator(4, stragglers=0.7), timeout=2000.0)
    assert workers.now == 2000.0
    assert workers.utilisation >= 0.95


def test_simultaneous_reports_come_in_the_order_of_their_numbers():
    """MFI-12: which worker has which trial does not matter to what is decided at one moment."""
    _, workers = study_of("asha", lambda x: x + np.arange(27.0, 0, -1), 30, tt.Simulator(3))
    at_once = workers.reports()
    for time in np.unique(at_once.time):
        assert (np.diff(at_once.number[at_once.time == time]) > 0).all()


def test_a_promoted_trial_goes_on_after_its_last_step():
    """MFI-02: the epochs trained equal the sum of increments."""
    study, workers = study_of("promotingasha", n=60)
    seen = workers.reports()
    for trial in study.trials:
        assert seen.step[seen.number == trial.number].tolist() == list(
            range(1, max(trial.reports) + 1)
        )
    assert any(t.state == "complete" for t in study.trials)
    _, anew = study_of("promotingasha", n=60, workers=tt.Simulator(4, checkpoints=False))
    assert len(anew.reports().step) > len(seen.step)


def test_a_dead_worker_costs_the_step_it_was_at_and_no_more():
    study, workers = study_of(None, n=30, workers=tt.Simulator(4, failures=0.02, seed=1))
    seen = workers.reports()
    assert study.history.counts[0] == 0
    failed = [t for t in study.trials if t.state == "failed"]
    assert 0 < len(failed) < 30
    assert all("worker died" in t.reason for t in failed)
    again = [t for t in study.trials if t.attempt == 2 and t.state == "complete"]
    assert again
    for trial in again:
        assert seen.step[seen.number == trial.number].tolist() == list(range(1, 28))


def test_restarts_and_speeds():
    study, workers = study_of(
        None, fixed([4.0, 4.0]), 2, tt.Simulator(2, speeds=[1, 2], restart=1.0)
    )
    assert workers.reports().time.tolist() == [2.5, 5.0]
    assert [t.seconds for t in study.trials] == [5.0, 2.5]


def test_limits_are_counted_in_virtual_seconds():
    """MFI-24: twenty minutes are 1200 virtual seconds, used to the end and never overrun."""
    study, workers = study_of(
        "asha", lambda x: tt.Replay(x + np.zeros(27), 2.0), None, timeout=1200.0
    )
    assert workers.now == 1200.0
    n = len(workers.reports().time)
    assert 0.95 * 600 * 4 <= n <= 600 * 4
    assert study.history.counts[1] == 0
    _, clock = study_of(None, n=None, terminator=tt.Timeout(500))
    assert 500 <= clock.now < 600


def test_retries_rest_in_virtual_time():
    calls = []

    def objective(x):
        calls.append(x)
        if len(calls) == 1:
            raise ValueError("not now")
        return [x]

    study, workers = study_of(None, objective, 1, retries=1, retry_delay=50.0)
    assert (workers.now, study.trials[0].state) == (51.0, "complete")


def test_several_objectives():
    study = tt.create_study(
        SPACE, directions=["minimize", "maximize"], scheduler="asha", fidelity=EPOCHS, seed=0
    )
    workers = tt.Simulator(3)
    study.optimize(
        lambda x: np.column_stack([x + np.zeros(27), np.arange(27.0)]),
        10,
        executor=workers,
        progress=False,
    )
    assert study.best_trials[0].values[1] == 26.0
    assert workers.reports().values.shape[1] == 2


@pytest.mark.parametrize(
    ("objective", "word"),
    [
        (lambda x: [], "shape"),
        (lambda x: "no", "real numbers"),
        (lambda x: tt.Replay([1.0], seconds=-1), "seconds=-1"),
        (lambda x: tt.Replay([1.0, 2.0], seconds=[1.0]), "2 steps"),
        (lambda x: [[1.0, 2.0]], "2 values"),
        (lambda x: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_what_is_no_curve_fails_its_trial(objective, word):
    study, _ = study_of(None, objective, 2)
    assert all(t.state == "failed" and word in t.reason for t in study.trials)


def test_a_curve_shorter_than_the_budget_is_refused():
    study, _ = study_of({"name": "PromotingASHA", "min_budget": 9}, lambda x: [x, x], 2)
    assert "2 steps, but the trial shall go up to 9" in study.trials[0].reason


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_workers": 0},
        {"n_workers": True},
        {"stragglers": -1},
        {"stragglers": (1.5, 2.0)},
        {"stragglers": (0.1, -2.0)},
        {"stragglers": (0.1,)},
        {"failures": math.inf},
        {"restart": math.nan},
        {"speeds": [1.0]},
        {"speeds": [1.0, 0.0]},
    ],
)
def test_settings_are_checked(wrong):
    with pytest.raises(tt.InvalidArgument, match=next(iter(wrong))):
        tt.Simulator(**{"n_workers": 2, **wrong})


@settings(deadline=None, max_examples=40)
@given(
    n_workers=st.integers(1, 5),
    durations=st.lists(st.floats(0.0, 10.0), min_size=1, max_size=12),
)
def test_makespan_is_that_of_list_scheduling(n_workers, durations):
    workers = tt.Simulator(n_workers)
    study = tt.create_study(SPACE, sampler="random", seed=0)
    study.optimize(fixed(durations), len(durations), executor=workers, progress=False)
    free = [0.0] * n_workers
    for duration in durations:
        at = free.index(min(free))
        free[at] += duration
    assert workers.now == pytest.approx(max(free))
    assert workers.busy == pytest.approx(sum(durations))
