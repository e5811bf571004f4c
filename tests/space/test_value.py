"""Names and typed values."""

import enum
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.errors import SpaceError
from trimtab.space.value import Opaque, check_name, decode, encode, identity, label_of, native

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(scalars, lambda v: st.lists(v) | st.lists(v).map(tuple), max_leaves=6)


@given(values)
@settings(deadline=None, max_examples=100)
def test_values_survive_json_with_their_types(value):
    back = decode(json.loads(json.dumps(encode(value), allow_nan=False)))
    assert identity(back) == identity(value)
    assert repr(back) == repr(value)


def test_types_are_told_apart():
    assert len({identity(v) for v in (1, True, 1.0, "1", None, (1,), [1], (True,))}) == 8


@pytest.mark.parametrize("bad", ["", 5, None, "a\x00b", "a\nb", "\ud800", "x" * 256, "é" * 128])
def test_bad_names_are_refused(bad):
    with pytest.raises(SpaceError):
        check_name(bad)


def test_names_are_normalised():
    assert check_name("e\u0301") == "é"
    assert check_name("x" * 255) == "x" * 255


def test_numpy_scalars_become_native():
    for scalar in (np.float64(1.5), np.int32(3), np.bool_(True), np.str_("a")):
        assert type(native(scalar)) in (float, int, bool, str)


def test_nan_is_no_choice():
    with pytest.raises(SpaceError, match="nan"):
        identity(math.nan)


class Colour(enum.Enum):
    RED = 1


def test_objects_have_labels_that_last():
    assert label_of(Colour.RED).endswith("Colour.RED")
    assert label_of(math.sqrt) == "math.sqrt"
    assert label_of(complex(1, 2)) == "(1+2j)"
    assert decode(encode(math.sqrt)) == Opaque("math.sqrt")
    assert identity(Opaque("math.sqrt")) == identity(math.sqrt)
    for bad in (object(), lambda: 0):
        with pytest.raises(SpaceError, match="no name that lasts"):
            label_of(bad)


@pytest.mark.parametrize("bad", [1, ["i"], ["i", "x"], ["b", 1], ["q", 1], ["t", 3]])
def test_damaged_pairs_are_refused(bad):
    with pytest.raises(SpaceError, match="tagged value"):
        decode(bad)
