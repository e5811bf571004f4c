"""JSON documents and tables."""

import io
import sys

import pytest

from trimtab.cli.table import cell_of, pairs_of, print_table, to_json


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_plain_table_has_columns_and_numbers_to_the_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(["name", "value"], [("a", 1), ("long", 0.125), ("c", None)])
    assert capsys.readouterr().out == ("name  value\na         1\nlong  0.125\nc\n")


def test_on_a_terminal_values_are_never_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("TERM", "dumb")
    print_table(["[b]name"], [("[red]sgd",), ("x\ny",)])
    assert "[b]name" in out.getvalue()
    assert "[red]sgd" in out.getvalue()
    assert "x\\ny" in out.getvalue()


def test_a_configuration_is_one_line() -> None:
    assert (
        pairs_of({"lr": 1e-5, "opt": "adam", "n": 3, "flag": None}) == "lr=1e-05 opt=adam n=3 flag="
    )


def test_json_is_strict_whatever_is_in_it() -> None:
    assert to_json({"a": float("inf"), 1: float("nan"), "b": (True, None, object)}) == (
        '{"a": "inf", "1": "nan", "b": [true, null, "<class \'object\'>"]}'
    )


def test_a_cell_is_one_line() -> None:
    assert cell_of("a\nb\x1b[31m") == r"a\nb\x1b[31m"
    assert [cell_of(v) for v in (None, True, 3, 1 / 3)] == ["", "True", "3", "0.333333"]
