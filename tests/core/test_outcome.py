"""What counts as a result, and what is said about everything else."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.outcome import observed, outcome_of, step_of
from trimtab.core.trial import Result, TrialState
from trimtab.errors import ResultError


@pytest.mark.parametrize(
    "value",
    [0, -0.0, 1.5, 5e-324, 1.7976931348623157e308, np.float32(0.5), np.int64(3), Fraction(1, 4)],
)
def test_finite_reals_are_results(value):
    outcome = outcome_of(value, 1)
    assert outcome.state is TrialState.COMPLETE
    assert outcome.values == (float(value),)
    assert type(outcome.values[0]) is float
    assert str(outcome.values[0]) == str(float(value))  # the sign of zero is kept


BAD = [
    (float("nan"), "nan", "return a finite number"),
    (float("inf"), "inf", "barrier=True"),
    (float("-inf"), "-inf", "barrier=True"),
    (None, "None", "return loss"),
    ("x", "'x'", "float"),
    ("1.5", "'1.5'", "float"),
    (1 + 2j, "(1+2j)", "abs(value)"),
    (True, "True", "float"),
    (10**400, "too large", "logarithm"),
    (np.array(1.0), "array(1.)", "value.item()"),
    (np.array([1.0]), "array([1.])", "value.item()"),
    (Decimal("1.5"), "Decimal", "finite real number"),
    (b"1", "b'1'", "finite real number"),
    (object, "type", "finite real number"),
]


@pytest.mark.parametrize(("value", "shown", "way_out"), BAD, ids=[str(b[0])[:12] for b in BAD])
def test_everything_else_is_refused_with_a_way_out(value, shown, way_out):
    with pytest.raises(ResultError) as caught:
        outcome_of(value, 1)
    message = str(caught.value)
    assert "objective" in message
    assert shown in message
    assert way_out in message


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0, 3.0], 1.0, None, "ab"])
def test_wrong_arity_of_two_objectives(values):
    with pytest.raises(ResultError, match="for 2 objectives; give one number for each direction"):
        outcome_of(values, 2)


def test_the_culprit_among_several_is_named():
    with pytest.raises(ResultError, match="objective 1 is nan"):
        outcome_of([1.0, float("nan")], 2)
    with pytest.raises(ResultError, match="constraint 1 is None"):
        outcome_of(Result(1.0, constraints=[0.0, None]), 1)
    with pytest.raises(ResultError, match="cost is inf"):
        outcome_of(Result(1.0, cost=float("inf")), 1, barrier=True)


def test_a_result_carries_constraints_and_cost():
    outcome = outcome_of(Result([1, 2], constraints=(-1, 0.5), cost=3), 2)
    assert outcome.values == (1.0, 2.0)
    assert outcome.constraints == (-1.0, 0.5)
    assert outcome.cost == 3.0
    assert outcome_of(Result(1.0, constraints=-1.0), 1).constraints == (-1.0,)


def test_sequences_and_arrays_of_objectives():
    assert outcome_of((1, 2), 2).values == (1.0, 2.0)
    assert outcome_of(np.array([1.0, 2.0]), 2).values == (1.0, 2.0)
    assert outcome_of([7], 1).values == (7.0,)


def test_barrier_admits_infinities_but_no_nan():
    assert outcome_of(float("inf"), 1, barrier=True).values == (float("inf"),)
    with pytest.raises(ResultError, match="nan"):
        outcome_of(float("nan"), 1, barrier=True)


def test_mappings_need_the_metrics_names_where_there_are_several():
    assert outcome_of({"b": 2, "a": 1}, 2, metrics=("a", "b")).values == (1.0, 2.0)
    assert outcome_of({"a": 1}, 1).values == (1.0,)
    with pytest.raises(ResultError, match="in the order of directions"):
        outcome_of({"a": 1, "b": 2}, 2)
    with pytest.raises(ResultError, match="in the order of directions"):
        outcome_of({"a": 1, "b": 2}, 1)
    with pytest.raises(ResultError, match="'b'"):
        outcome_of({"a": 1}, 2, metrics=("a", "b"))


def test_long_values_are_cut_in_the_message():
    with pytest.raises(ResultError) as caught:
        outcome_of("x" * 10_000, 1)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("step", [True, 1.0, "1", None, -1, 2**63])
def test_steps_are_whole_numbers(step):
    with pytest.raises(ResultError, match="step="):
        step_of(step)


def test_steps():
    assert step_of(np.int32(4)) == 4
    assert step_of(2**63 - 1) == 2**63 - 1


@given(st.floats(allow_nan=False, allow_infinity=False))
@settings(deadline=None, max_examples=50)
def test_every_finite_float_is_observed_as_it_is(value):
    assert observed(value, 1) == (value,)
