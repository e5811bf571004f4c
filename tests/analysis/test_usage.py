"""What evaluations used, and how busy workers were, from events made by hand."""

import numpy as np
import pytest

import trimtab as tt
from trimtab.analysis.usage import used
from trimtab.core.event import Asked, Noted, Settled
from trimtab.core.history import History
from trimtab.core.problem import Direction
from trimtab.core.trial import TrialState
from trimtab.core.usage import KEY, Usage


def history_of(rows):
    """Rows of worker, start, end, busy seconds, CPU seconds, peak."""
    history = History([Direction("minimize")])
    for i, (worker, start, end, *usage) in enumerate(rows):
        history.apply(Asked(i, (), at=start))
        history.apply(Noted(i, KEY, Usage(worker, *usage).to_list()))
        history.apply(Settled(i, TrialState.COMPLETE, (0.0,), at=end))
    return history


def test_a_worker_that_is_busy_six_of_ten_seconds_is_busy_by_sixty_percent():
    """PAR-10: .60, and the workers' busy times add up to all busy time."""
    history = history_of(
        [
            ("a/1", 100.0, 104.0, 4.0, 4.0, 1000),
            ("b/2", 100.0, 109.5, 9.0, 2.0, None),
            ("a/1", 108.0, 110.0, 2.0, None, 3000),
        ]
    )
    found = used(history)
    a, b = found.workers
    assert (a.worker, a.n_trials, a.busy, a.share) == ("a/1", 2, 6.0, pytest.approx(0.60))
    assert (b.worker, b.n_trials, b.busy, b.share) == ("b/2", 1, 9.0, pytest.approx(0.90))
    assert sum(w.busy for w in found.workers) == np.nansum(history.table.busy[:3]) == 15.0
    assert (found.cpu_seconds, found.busy_with_cpu) == (6.0, 13.0)
    assert (found.peak, found.peak_trial) == (3000, 2)
    assert (
        str(found) == "6 s of CPU, 0.46 cores on average; at most 0 MiB in one trial (2); 2 workers"
    )


def test_segments_of_one_trial_add_up():
    history = history_of([("a/1", 0.0, 1.0, 2.0, 1.5, 500)])
    history.apply(Noted(0, KEY, Usage("b/2", 3.0, 0.5, 400).to_list()))
    record = history.record(0)
    assert record.usage == Usage("b/2", 5.0, 2.0, 500)
    assert record.usage.cores == pytest.approx(0.4)
    assert record.user_attrs == {}


def test_what_no_executor_of_ours_has_run_is_not_measured():
    study = tt.create_study({"x": tt.Float(0, 1)}, seed=1)
    study.tell(study.ask(), 1.0)
    assert study.trials[0].usage is None
    assert used(study.history).workers == () and str(used(study.history)) == "not measured"


@pytest.mark.parametrize("value", [None, 3, "four", ["a", None, 1, 1], [1, 2.0, 3, 4], ["a", 1.0]])
def test_an_attribute_that_somebody_else_has_written_is_not_taken_for_usage(value):
    assert Usage.of(value) is None
    history = history_of([])
    history.apply(Asked(0, ()))
    history.apply(Noted(0, KEY, value))
    assert history.record(0).usage is None
