"""Events folded into arrays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.event import (
    Asked,
    Chosen,
    Grown,
    Late,
    Noted,
    Paused,
    Released,
    Reported,
    Resumed,
    Sampled,
    Settled,
    Started,
)
from trimtab.core.history import COMPLETE, FAILED, PAUSED, PRUNED, RUNNING, WAITING, History
from trimtab.core.problem import Direction
from trimtab.core.trial import TrialState
from trimtab.space.domain import Float
from trimtab.space.space import Space

MIN, MAX = Direction.MINIMIZE, Direction.MAXIMIZE


def folded(events, directions=(MIN,), space=None):
    history = History(directions, space if space is not None else Space({"x": Float(0, 1)}))
    for event in events:
        history.apply(event)
    return history


def test_a_trial_from_asking_to_its_result():
    history = folded(
        [
            Asked(0, (0.25,), tag=7, at=10.0),
            Reported(0, 0, (3.0,)),
            Reported(0, 4, (2.0,)),
            Noted(0, "model", "m.pt"),
            Settled(0, TrialState.COMPLETE, (1.5,), (-1.0,), 2.0, None, 0.5, at=11.0),
        ]
    )
    record = history.record(0)
    assert record.config == {"x": 0.25} == record.params
    assert record.state is TrialState.COMPLETE
    assert (record.value, record.values, record.constraints) == (1.5, (1.5,), (-1.0,))
    assert (record.cost, record.seconds, record.started, record.ended) == (2.0, 0.5, 10.0, 11.0)
    assert record.reports == {0: (3.0,), 4: (2.0,)}
    assert record.user_attrs == {"model": "m.pt"}
    assert (record.attempt, record.tag, record.is_feasible) == (1, 7, True)
    assert history.position == 5
    assert history.next_tag == 8


def test_counts_follow_every_move():
    events = [
        Asked(0, (0.1,), waiting=True),
        Asked(1, (0.2,)),
        Started(0, 1),
        Released(0, "worker died"),
        Started(0, 2),
        Settled(0, TrialState.FAILED, reason="no"),
        Settled(1, TrialState.PRUNED, (1.0,)),
    ]
    seen = [folded(events[:k]).counts for k in range(len(events) + 1)]
    moves = [(c[WAITING], c[RUNNING], c[COMPLETE], c[PRUNED], c[FAILED]) for c in seen]
    assert moves == [
        (0, 0, 0, 0, 0),
        (1, 0, 0, 0, 0),
        (1, 1, 0, 0, 0),
        (0, 2, 0, 0, 0),
        (1, 1, 0, 0, 0),
        (0, 2, 0, 0, 0),
        (0, 1, 0, 0, 1),
        (0, 0, 0, 1, 1),
    ]
    history = folded(events)
    assert history.n_finished == 2
    assert history.order == [0, 1]
    assert history.record(0).attempt == 2


def test_a_new_attempt_takes_back_what_it_measures_again():
    first = [Asked(0, (0.5,)), *(Reported(0, i, (1.0,)) for i in range(4)), Released(0)]
    anew = folded([*first, Started(0, 2), Reported(0, 0, (2.0,)), Reported(0, 1, (2.0,))])
    assert anew.reports(0) == {0: (2.0,), 1: (2.0,)}
    from_checkpoint = folded([*first, Started(0, 2), Reported(0, 2, (2.0,))])
    assert from_checkpoint.reports(0) == {0: (1.0,), 1: (1.0,), 2: (2.0,)}


def test_pauses_and_what_trials_may_go_on_to():
    events = [Asked(0, (0.5,)), Reported(0, 1, (1.0,)), Paused(0), Resumed(0, 9), Started(0, 1)]
    states = []
    for i in range(len(events)):
        history = folded(events[: i + 1])
        states.append((str(history.record(0).state), history.counts[PAUSED]))
    assert states == [("running", 0), ("running", 0), ("paused", 1), ("waiting", 0), ("running", 0)]
    assert history.budgets == {0: 9}
    assert history.reports(0) == {1: (1.0,)}
    assert history.record(0).attempt == 1
    assert history.n_finished == 0


def test_losses_are_flipped_once_and_only_complete_trials_have_one():
    history = folded(
        [
            Asked(0, (0.1,)),
            Asked(1, (0.2,)),
            Asked(2, (0.3,)),
            Asked(3, (0.4,)),
            Settled(0, TrialState.COMPLETE, (1.0, 2.0)),
            Settled(1, TrialState.PRUNED, (9.0, 9.0)),
            Settled(2, TrialState.FAILED),
        ],
        (MIN, MAX),
    )
    assert np.array_equal(history.losses()[0], [1.0, -2.0])
    assert np.isnan(history.losses()[1:]).all()
    assert history.record(0).values == (1.0, 2.0)  # people see what they told


def test_a_batch_hides_what_has_no_result():
    history = folded(
        [
            Asked(0, (0.1,), tag=0),
            Asked(1, (0.2,), tag=1),
            Asked(2, (0.3,), tag=2),
            Reported(1, 5, (4.0,)),
            Settled(0, TrialState.FAILED),
            Settled(1, TrialState.PRUNED, (3.0,)),
        ],
        (MAX,),
    )
    batch = history.batch(np.arange(3))
    assert np.array_equal(batch.y[:, 0], [np.nan, -3.0, np.nan], equal_nan=True)
    assert np.array_equal(batch.budget, [np.nan, 5.0, np.nan], equal_nan=True)
    assert batch.x[:, 0] == pytest.approx([0.1, 0.2, 0.3])
    assert batch.tag.tolist() == [0, 1, 2]
    assert len(batch) == 3


def test_another_samplers_tags_mean_nothing():
    history = folded([Asked(0, (0.1,), tag=5), Sampled({"name": "Sobol"}), Asked(1, (0.2,), tag=0)])
    assert history.batch(np.arange(2)).tag.tolist() == [-1, 0]
    assert history.next_tag == 1
    assert history.sampler == {"name": "Sobol"}


def test_constraints_may_come_in_any_number():
    history = folded(
        [Asked(i, (0.1,)) for i in range(3)]
        + [
            Settled(0, TrialState.COMPLETE, (1.0,)),
            Settled(1, TrialState.COMPLETE, (1.0,), (0.0, -1.0)),
            Settled(2, TrialState.COMPLETE, (1.0,), (1e-300,)),
        ]
    )
    assert history.is_feasible().tolist() == [True, True, False]
    assert history.record(0).constraints == ()
    assert history.record(1).constraints == (0.0, -1.0)


def test_the_space_grows_under_old_trials():
    first = Space({"x": Float(0, 1)})
    history = folded([Asked(0, None)], space=Space({}))
    assert history.config(0) == {}
    history.apply(Grown(first.to_dict()))
    history.apply(Chosen(0, (0.5,)))
    history.apply(Grown(first.grow("y", Float(2, 3)).to_dict()))
    assert history.config(0) == {"x": 0.5}
    history.apply(Chosen(0, (0.5, 2.5)))
    assert history.config(0) == {"x": 0.5, "y": 2.5}


def test_late_results_are_counted_and_change_nothing():
    history = folded([Asked(0, (0.1,)), Settled(0, TrialState.COMPLETE, (1.0,)), Late(0, (5.0,))])
    assert history.n_late == 1
    assert history.record(0).value == 1.0


def test_study_attributes():
    history = folded([Noted(None, "note", 1), Noted(None, "note", {"a": [2]})])
    assert history.attrs == {"note": {"a": [2]}}


@given(st.integers(0, 300))
@settings(deadline=None, max_examples=15)
def test_tables_grow_without_losing_a_row(n):
    history = folded([Asked(i, (i / 300,), tag=i) for i in range(n)])
    assert len(history) == n
    assert history.codes()[:, 0].tolist() == [i / 300 for i in range(n)]
    assert history.numbers(RUNNING).tolist() == list(range(n))
    assert [r.number for r in history] == list(range(n))
    assert len(history.table.codes) <= n + n // 3 + 32  # at most a third is spare room
