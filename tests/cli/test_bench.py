"""BOL-19: `trimtab bench` writes the regret of every trial."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from trimtab.bench.function import branin
from trimtab.cli.main import cli


def said(*args: str) -> str:
    done = CliRunner().invoke(cli, ["bench", *args])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_regrets_by_hand() -> None:
    rows = list(
        csv.DictReader(said("-m", "random", "-m", "sobol", "--seeds", "2", "-n", "6").splitlines())
    )
    assert len(rows) == 2 * 2 * 6
    mine = [r for r in rows if r["method"] == "sobol" and r["seed"] == "1"]
    values = [float(r["value"]) for r in mine]
    assert [int(r["trial"]) for r in mine] == [1, 2, 3, 4, 5, 6]
    least = branin([3.141592653589793, 2.275])
    assert float(mine[-1]["simple_regret"]) == pytest.approx(min(values) - least)
    assert float(mine[-1]["cumulative_regret"]) == pytest.approx(sum(values) - 6 * least)


def test_noise_is_not_in_the_regret() -> None:
    rows = list(csv.DictReader(said("-m", "random", "-n", "5", "--noise", "1").splitlines()))
    assert all(float(r["simple_regret"]) >= 0 for r in rows)


def test_files(tmp_path: Path) -> None:
    path, page = tmp_path / "r.csv", tmp_path / "r.html"
    assert said("-m", "random", "-n", "3", "-o", str(path)) == ""
    assert path.read_text().count("\n") == 4
    said("-m", "random", "-m", "sobol", "-n", "3", "-f", "branin", "-f", "sphere", "-o", str(page))
    assert "sphere-5d" in page.read_text(encoding="utf-8")


def test_unknown_names_are_refused_before_anything_runs() -> None:
    for args in (["-m", "randon"], ["-m", "random", "-f", "brannin"]):
        done = CliRunner().invoke(cli, ["bench", *args])
        assert done.exit_code != 0
