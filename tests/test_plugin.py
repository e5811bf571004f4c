"""Names that load on first use."""

import sys

import pytest

from trimtab.errors import InvalidArgument, MissingExtra
from trimtab.plugin import Registry, did_you_mean, require

KINDS = Registry(
    "sampler", {"Fraction": "fractions:Fraction", "OrderedDict": "collections:OrderedDict"}
)


@pytest.mark.parametrize("name", ["OrderedDict", "ordereddict", "ordered_dict", "Ordered-Dict"])
def test_names_match_whatever_their_case(name):
    from collections import OrderedDict

    assert KINDS.load(name) is OrderedDict


def test_an_unknown_name_lists_and_suggests():
    with pytest.raises(InvalidArgument) as caught:
        KINDS.load("fracton")
    message = str(caught.value)
    assert "sampler='fracton'" in message
    assert "did you mean 'Fraction'" in message
    assert "OrderedDict" in message


def test_names_keep_the_order_of_the_table():
    assert KINDS.names() == ["Fraction", "OrderedDict"]


class Point:
    """An entry point, as importlib.metadata gives it."""

    name = "Mine"

    def load(self):
        return int


def test_entry_points_come_last_and_load(monkeypatch):
    asked = []

    def entry_points(group):
        asked.append(group)
        return [Point()]

    monkeypatch.setattr("trimtab.plugin.importlib.metadata.entry_points", entry_points)
    assert KINDS.names() == ["Fraction", "OrderedDict", "Mine"]
    assert KINDS.load("Mine") is int
    assert set(asked) == {"trimtab.sampler"}


def test_did_you_mean():
    assert did_you_mean("n_job", ["n_jobs", "timeout"]) == " (did you mean 'n_jobs'?)"
    assert did_you_mean("zzz", ["n_jobs"]) == ""
    assert did_you_mean(3, ["n_jobs"]) == ""


def test_require():
    assert require("json", "x", "this") is sys.modules["json"]
    with pytest.raises(MissingExtra, match=r'this needs .*pip install "trimtab\[torch\]"'):
        require("no_such_module_anywhere", "torch", "this")
    with pytest.raises(ImportError):
        require("no_such_module_anywhere", "torch", "this")
