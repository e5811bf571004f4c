"""Domains as one line of text."""

import pytest

from trimtab.errors import SpaceError
from trimtab.space.domain import Categorical, Conditional, Float, Int
from trimtab.space.inline import inline, number_of, scalar_of


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("1e-5..1e-1 log", Float(1e-5, 1e-1, log=True)),
        ("1..8", Int(1, 8)),
        ("-8 .. -1", Int(-8, -1)),
        ("1_000..2_000", Int(1000, 2000)),
        ("1..8 int", Int(1, 8)),
        ("1..8 float", Float(1, 8)),
        ("1..1024 log", Int(1, 1024, log=True)),
        ("0..1 step 0.1", Float(0, 1, step=0.1)),
        ("0..10 step 2 default 4", Int(0, 10, step=2, default=4)),
        ("0.0..1.0 default 0.3", Float(0, 1, default=0.3)),
        (".5..1.", Float(0.5, 1)),
        ("adam|sgd | rmsprop", Categorical(["adam", "sgd", "rmsprop"])),
        ("16|32|64 default 32", Categorical([16, 32, 64], default=32)),
        ("true|false|null|0.5|'1'|none", Categorical([True, False, None, 0.5, "1", "none"])),
        ("adam", Categorical(["adam"])),
        ("../data", Categorical(["../data"])),
    ],
)
def test_text_spells_a_domain(text, wanted):
    assert inline(text) == wanted


def test_a_formula_may_follow():
    for text in ("1..8 when opt == 'sgd'", "a|b when n > 2"):
        found = inline(text)
        assert isinstance(found, Conditional)
    assert found.condition.text() == "n > 2" and found.domain == Categorical(["a", "b"])


@pytest.mark.parametrize(
    "text",
    [
        "1e-5...1e-1",
        "0..",
        "0..x",
        "1..8 lgo",
        "1..8 step",
        "8..1",
        "0..1 log",
        "1..8 default 9",
        "1.5..2 int",
    ],
)
def test_mistakes_are_told(text):
    with pytest.raises(SpaceError):
        inline(text)


def test_suggestions():
    with pytest.raises(SpaceError, match="did you mean 'log'"):
        inline("1e-5..1 lgo")


def test_scalars_and_numbers():
    assert [scalar_of(w) for w in ("1", "1e3", "True", "null", "x")] == [1, 1000.0, True, None, "x"]
    assert number_of("1e-5", "low", float) == 1e-5 and number_of("1e3", "low", int) == 1000
    for bad, kind in (("x", float), (True, int), ("1.5", int), (None, float)):
        with pytest.raises(SpaceError, match="low="):
            number_of(bad, "low", kind)
