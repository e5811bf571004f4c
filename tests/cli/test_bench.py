"""BOL-19: `trimtab bench` writes the regret of every trial."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import rankdata, sem, t

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


def test_a_table_with_intervals_and_ranks() -> None:
    """STA-06: methods over seeds, their mean final regret with its interval, and their mean rank."""
    asked = ("--methods", "random,sobol,halton", "--seeds", "4", "-n", "6")
    final: dict[str, list[float]] = {}
    for row in csv.DictReader(said(*asked).splitlines()):
        if row["trial"] == "6":
            final.setdefault(row["method"], []).append(float(row["simple_regret"]))
    head, *lines = [line.split() for line in said(*asked, "--table").splitlines()]
    assert head == ["problem", "method", "seeds", "regret", "low", "high", "mean", "rank"]
    assert [line[:3] for line in lines] == [["branin", name, "4"] for name in final]
    ranks = rankdata(np.array(list(final.values())), axis=0).mean(axis=1)
    for (name, values), line, rank in zip(final.items(), lines, ranks.tolist(), strict=True):
        low, high = t.interval(0.95, 3, np.mean(values), sem(values))
        expected = [np.mean(values), low, high, rank]
        assert [float(cell) for cell in line[3:]] == pytest.approx(expected, rel=1e-5), name


def test_one_seed_has_no_interval() -> None:
    line = said("-m", "random", "-n", "3", "--table").splitlines()[1].split()
    assert line[:3] == ["branin", "random", "1"] and len(line) == 5


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


def test_curves_at_equal_cost_are_the_table_by_hand(tmp_path: Path) -> None:
    """BUD-06: `--axis cost` over runs on record."""
    lines = [
        {"method": "a", "values": [5, 2, 1], "truths": [5, 2, 1], "costs": [5, 10, 20]},
        {"method": "b", "values": [4, 3], "truths": [4, 3], "costs": [11, 40]},
    ]
    path = tmp_path / "runs.jsonl"
    path.write_text("\n".join(json.dumps({**line, "problem": "p", "seed": 0}) for line in lines))
    rows = list(csv.DictReader(said("--axis", "cost", "--runs", str(path)).splitlines()))
    assert [float(r["cost"]) for r in rows] == list(range(1, 21))  # a has spent 20
    expected_a = [""] * 4 + ["5.0"] * 5 + ["2.0"] * 10 + ["1.0"]
    assert [r["a"] for r in rows] == expected_a
    assert [r["b"] for r in rows] == [""] * 10 + ["4.0"] * 10


def test_a_scheduler_and_a_sampler_at_equal_cost() -> None:
    asked = ("--axis", "cost", "-m", "random", "-m", "random+topk", "-f", "blind", "-n", "6")
    rows = list(csv.DictReader(said(*asked).splitlines()))
    assert {r["problem"] for r in rows} == {"blind"} and float(rows[-1]["cost"]) <= 6 * 81
    assert float(rows[-1]["random+topk"]) >= 0 and float(rows[-1]["random"]) >= 0
    plain = list(csv.DictReader(said("--axis", "cost", "-m", "random", "-n", "5").splitlines()))
    assert float(plain[-1]["cost"]) == 5.0
