"""Events and their JSON: what is written is what is read."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.event import (
    Asked,
    Chosen,
    Grown,
    Late,
    Noted,
    Released,
    Reported,
    Resumed,
    Sampled,
    Settled,
    Started,
    as_row,
    body_of,
    event_of,
    kind_of,
)
from trimtab.core.trial import TrialState

real = st.floats(allow_nan=False, allow_infinity=False)
number = st.integers(0, 2**31)
word = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | real | word
plain = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(word, inner, max_size=3),
    max_leaves=8,
)
table = st.dictionaries(word, plain, max_size=4)
codes = st.lists(real | st.none(), max_size=5).map(tuple)
values = st.lists(real, min_size=1, max_size=3).map(tuple)
at = st.floats(0, 2e9)

EVENTS = st.one_of(
    st.builds(Grown, table),
    st.builds(Sampled, table),
    st.builds(
        Asked, number, st.none() | codes, st.integers(-1, 99), st.none() | table, st.booleans(), at
    ),
    st.builds(Started, number, st.integers(1, 9), at),
    st.builds(Chosen, number, codes),
    st.builds(Reported, number, st.integers(0, 2**63 - 1), values),
    st.builds(
        Settled,
        number,
        st.sampled_from(TrialState),
        st.none() | values,
        values,
        st.none() | real,
        st.none() | word,
        st.none() | at,
        at,
    ),
    st.builds(Released, number, word),
    st.builds(Noted, st.none() | number, word, plain),
    st.builds(Late, number, st.none() | values),
)


@given(EVENTS)
@settings(deadline=None, max_examples=100)
def test_what_is_written_is_what_is_read(event):
    body = body_of(event)
    assert isinstance(json.loads(body), list)
    again = event_of(kind_of(event), body)
    assert type(again) is type(event)
    assert again == event
    assert as_row(again) == as_row(event)


@pytest.mark.parametrize("value", [-0.0, 5e-324, 0.1 + 0.2, 1.7976931348623157e308])
def test_floats_survive_to_the_bit(value):
    event = Reported(0, 2**63 - 1, (value,))
    again = event_of("Reported", body_of(event))
    assert again.values[0].hex() == value.hex()
    assert math.copysign(1, again.values[0]) == math.copysign(1, value)
    assert again.step == 2**63 - 1


def test_the_state_comes_back_as_a_state():
    event = event_of("Settled", body_of(Settled(3, TrialState.PRUNED, (1.0,))))
    assert event.state is TrialState.PRUNED


any_real = real | st.floats() | st.integers(0, 9) | st.sampled_from([-0.0, 1e300, 5e-324])


@settings(max_examples=100, deadline=None)
@given(
    st.builds(Reported, number, number, st.lists(any_real, max_size=3).map(tuple))
    | st.builds(Started, number, number, any_real)
    | st.builds(Resumed, number, st.integers(0, 5) | st.booleans(), any_real)
)
def test_frequent_events_have_the_text_of_the_encoder(event):
    assert body_of(event) == json.dumps(as_row(event), separators=(",", ":"))
