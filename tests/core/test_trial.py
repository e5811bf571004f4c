"""The words for what happens to a trial."""

import dataclasses

import pytest

from trimtab.core.trial import Record, TrialState


def test_finished_states():
    finished = {state for state in TrialState if state.is_finished}
    assert finished == {TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED}
    assert TrialState.COMPLETE == "complete"


def test_a_record_is_frozen_and_knows_both_names_of_a_configuration():
    record = Record(0, {"x": 1}, TrialState.COMPLETE, values=(2.0, 3.0))
    assert record.params is record.config
    assert record.value == 2.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.number = 1


def test_without_a_result_there_is_no_value():
    assert Record(0, {}, TrialState.FAILED).value is None


@pytest.mark.parametrize(
    ("constraints", "feasible"), [((), True), ((0.0,), True), ((-1.0, 1e-9), False)]
)
def test_feasible_is_at_or_below_zero(constraints, feasible):
    record = Record(0, {}, TrialState.COMPLETE, values=(1.0,), constraints=constraints)
    assert record.is_feasible is feasible
