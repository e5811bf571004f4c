"""Operators by name and by function."""

import pytest

from trimtab.errors import InvalidArgument
from trimtab.variation.crossover import sbx
from trimtab.variation.operator import found_operator, operator_name

KNOWN = {"sbx": sbx}


def test_names_and_functions():
    assert operator_name("crossover", "sbx", KNOWN) == "sbx"
    name = operator_name("crossover", sbx, KNOWN)
    assert name == "trimtab.variation.crossover:sbx"
    assert found_operator("crossover", name, KNOWN) is sbx
    assert operator_name("crossover", name, KNOWN) == name


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("sbxx", "did you mean 'sbx'"),
        ("no.such.module:f", "cannot be found"),
        ("math:no_such", "cannot be found"),
        (3, "is no operator"),
        (lambda a: a, "top level of a module"),
    ],
)
def test_refusals(value, message):
    with pytest.raises(InvalidArgument, match=message):
        operator_name("crossover", value, KNOWN)
