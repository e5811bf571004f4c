"""From anything to a space."""

import json

import pytest

from trimtab.errors import SpaceError
from trimtab.space.domain import Float
from trimtab.space.parse import domain_of, space_of
from trimtab.space.space import Space


def test_spaces_stand_for_themselves():
    space = Space({"a": Float(0, 1)})
    assert space_of(space) is space
    assert space_of({"a": "0.0..1.0"}) == space_of([("a", Float(0, 1))]) == space
    assert space_of(json.loads(json.dumps(space.to_dict()))) == space
    assert space_of(None) == Space()
    assert domain_of("a", "0.0..1.0") == Float(0, 1)


def test_a_parameter_may_be_called_format():
    assert space_of({"format": [1, 2], "parameters": [3]}).names == ("format", "parameters")


def test_nonsense_is_refused():
    with pytest.raises(SpaceError, match="is no space"):
        space_of(3.5)
