"""YAML files, read strictly."""

import json
from pathlib import Path

import pytest

from trimtab.cli.load import load_mapping, space_in
from trimtab.errors import InvalidArgument
from trimtab.space.space import Space


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", "'a' is given twice"),
        ("space:\n  lr: 0..1\n  lr: 0..2\n", "'lr' is given twice"),
        ("- 1\n", "holds a list"),
        ("a: [1\n", "is not valid YAML"),
        ("a: !!python/name:os.system x\n", "is not valid YAML"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(InvalidArgument, match=words):
        load_mapping(str(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"x\.yaml: cannot be read"):
        load_mapping(str(tmp_path / "x.yaml"))


def test_a_space_is_the_file_or_its_key(tmp_path: Path) -> None:
    bare, nested, whole = tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "c.json"
    bare.write_text("lr: 1e-5..1e-1 log\nn: [1, 2]\n")
    nested.write_text("space:\n  lr: 1e-5..1e-1 log\n  n: [1, 2]\nminimize: loss\n")
    space = Space({"lr": "1e-5..1e-1 log", "n": [1, 2]})
    whole.write_text(json.dumps(space.to_dict()))
    assert space_in(str(bare)) == space_in(str(nested)) == space_in(str(whole)) == space


def test_numbers_are_numbers_however_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: [1e-5, 1E3, -2.5e-3, .5e1, 1.e+2]\nb: ['1e-5', 1e, e5, 1e-5..1e-1]\n")
    assert load_mapping(str(path)) == {
        "a": [1e-5, 1000.0, -0.0025, 5.0, 100.0],
        "b": ["1e-5", "1e", "e5", "1e-5..1e-1"],
    }
