"""Deleting studies."""

import pytest
from click.testing import CliRunner

from trimtab import create_study
from trimtab.cli.main import cli
from trimtab.storage.locate import open_storage


def names(storage: str) -> list[str]:
    return [row.name for row in open_storage(storage).studies()]


@pytest.mark.parametrize(("args", "answer"), [(["--yes"], None), ([], "y\n")])
def test_one_study_goes_and_the_others_stay(
    storage: str, args: list[str], answer: str | None
) -> None:
    create_study({"x": "0..1"}, storage=storage, study_name="other")
    done = CliRunner().invoke(cli, ["rm", storage, "mine", *args], input=answer)
    assert (done.exit_code, done.stdout) == (0, "" if answer is None else done.stdout)
    assert names(storage) == ["other"]


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_nothing_goes_without_a_yes(storage: str, answer: str) -> None:
    assert CliRunner().invoke(cli, ["rm", storage, "mine"], input=answer).exit_code == 1
    assert names(storage) == ["mine"]


def test_an_unknown_study_is_named(storage: str) -> None:
    done = CliRunner().invoke(cli, ["rm", storage, "nine", "--yes"])
    assert done.exit_code == 1
    assert "did you mean 'mine'" in done.stderr
