"""Spaces inside commands."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.cli.template import inline_space
from trimtab.errors import InvalidArgument


def test_a_declaration_is_shortened_to_its_name() -> None:
    command, declared = inline_space(
        ["train", "--lr={lr: 1e-5..1e-1 log}", "{opt:adam|sgd}-{n : 1..8}", "{lr}"]
    )
    assert command == ["train", "--lr={lr}", "{opt}-{n}", "{lr}"]
    assert declared == {"lr": "1e-5..1e-1 log", "opt": "adam|sgd", "n": "1..8"}


def test_what_yaml_reads_as_a_mapping_is_what_was_meant() -> None:
    command, declared = inline_space(["train", {"lr": "0..1"}, {"lr": None}, 3, 0.5])
    assert command == ["train", "{lr}", "{lr}", "3", "0.5"]
    assert declared == {"lr": "0..1"}


@pytest.mark.parametrize(
    "text", ['{"a": 1}', "{print $1}", "{ a: 1 }", "a{}b", "{", "}", "{lr", "$(x)"]
)
def test_other_braces_stay(text: str) -> None:
    assert inline_space(["awk", text]) == (["awk", text], {})


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["{lr:", "1e-5..1e-1", "log}"], "put quotes around it"),
        (["{lr: 1e-5-1e-1}"], "neither a range nor choices"),
        (["{lr: 0..1}", "{lr: 0..2}"], "declared as '0..1' and as '0..2'"),
        (["{lr: 1..0}"], "lr"),
        ([["nested"]], "is no argument"),
        ([True], "is no argument"),
    ],
)
def test_errors_say_what_to_write(args: list[object], words: str) -> None:
    with pytest.raises(InvalidArgument, match=words):
        inline_space(args)


@given(st.lists(st.text(st.characters(exclude_characters="{"))))
@settings(deadline=None, max_examples=50)
def test_arguments_without_braces_are_kept_as_they_are(args: list[str]) -> None:
    assert inline_space(args) == (args, {})
