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
from trimtab.sampler.registry import sampler_of, settings_of


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
    asked = ("--axis", "cost", "--runs", str(path), "--least", "p=0")
    rows = list(csv.DictReader(said(*asked).splitlines()))
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


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """Runs of random and Sobol search on two functions, with noise, as `bench` writes them down."""
    path = tmp_path / "r.jsonl"
    asked = ("--methods", "random,sobol", "-f", "branin", "-f", "sphere", "--dim", "3", "-n", "6")
    assert said(*asked, "--noise", "0.1", "--seeds", "3", "-o", str(path)) == ""
    return path


def test_runs_are_written_as_lines_of_json(record: Path) -> None:
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert len(lines) == 2 * 2 * 3
    assert {line["problem"] for line in lines} == {"branin-noise0.1", "sphere-3d-noise0.1"}
    assert all(len(line["values"]) == len(line["truths"]) == 6 for line in lines)


def test_what_is_on_record_says_the_same_as_what_was_run(record: Path) -> None:
    """ANA-09: the table and the CSV from runs on record, which are not run again nor touched."""
    asked = ("--methods", "random,sobol", "-f", "branin", "-f", "sphere", "--dim", "3", "-n", "6")
    fresh, before = (*asked, "--noise", "0.1", "--seeds", "3"), record.stat().st_mtime_ns
    for more in ((), ("--table",), ("--axis", "cost"), ("--axis", "cost", "--table")):
        assert said("--runs", str(record), *more) == said(*fresh, *more), more
    assert record.stat().st_mtime_ns == before


def test_regrets_on_record_are_less_the_least_value(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    run = {
        "method": "m",
        "problem": "branin",
        "seed": 0,
        "values": [30, 27.1668],
        "truths": [30, 27.1668],
    }
    path.write_text(json.dumps(run))
    for more, cell in (((), -2), (("--axis", "cost"), -1), (("--table",), 3)):
        line = said("--runs", str(path), *more).splitlines()[-1]
        value = line.replace(",", " ").split()[cell]
        assert float(value) == pytest.approx(27.1668 - 0.397887, abs=1e-4), more


def test_of_what_is_on_record_some_may_be_chosen(record: Path, tmp_path: Path) -> None:
    _, *lines = said("--runs", str(record), "-m", "sobol", "-f", "sphere", "--table").splitlines()
    assert [line.split()[:3] for line in lines] == [["sphere-3d-noise0.1", "sobol", "3"]]
    page = tmp_path / "r.html"
    said("--runs", str(record), "-o", str(page))
    assert page.read_text().startswith("<!") and "sphere-3d-noise0.1" in page.read_text()
    assert len(said("--runs", str(record), "-o", str(page), "--table").splitlines()) == 5


def test_a_table_at_the_cost_that_all_have_paid(tmp_path: Path) -> None:
    lines = [
        {"method": "a", "values": [5, 2, 1], "truths": [5, 2, 1], "costs": [5, 10, 20]},
        {"method": "b", "values": [4, 3], "truths": [4, 3], "costs": [11, 40]},
    ]
    path = tmp_path / "runs.jsonl"
    path.write_text("\n".join(json.dumps({**line, "problem": "p", "seed": 0}) for line in lines))
    asked = ["--runs", str(path), "--table", "--least", "p=0.5"]
    for axis, end, expected in (("cost", 20, [0.5, 3.5]), ("trial", 2, [1.5, 2.5])):
        done = CliRunner().invoke(cli, ["bench", *asked, "--axis", axis])
        assert [float(line.split()[3]) for line in done.stdout.splitlines()[1:]] == expected
        assert f"p: after {axis} {end}, the last that all runs have" in done.stderr


@pytest.mark.parametrize(
    ("args", "word"),
    [
        ([], "--least p=VALUE"),
        (["--table"], "--least p=VALUE"),
        (["--axis", "cost"], "--least p=VALUE"),
        (["--least", "p=x"], "write PROBLEM=NUMBER"),
        (["-o", "page.html", "--least", "p=0"], "what is typical"),
        (["-o", "page.html", "--axis", "cost"], "go by trial"),
        (["--theory", "--table"], "a column of the CSV"),
        (["-n", "3"], "--n-trials is of the runs"),
        (["-m", "other"], "no run has a value"),
    ],
)
def test_what_cannot_be_said_of_runs_on_record_is_refused(
    tmp_path: Path, args: list[str], word: str
) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_text('{"method": "a", "problem": "p", "seed": 0, "values": [1], "truths": [1]}')
    done = CliRunner().invoke(cli, ["bench", "--runs", str(path), *args])
    assert done.exit_code != 0 and word in done.stderr


def test_learning_curves_go_by_cost() -> None:
    done = CliRunner().invoke(cli, ["bench", "-m", "random", "-f", "crossing"])
    assert done.exit_code == 2 and "--axis cost" in done.stderr


def test_regret_beside_theory() -> None:
    """BOL-19: what theorem 2 allows; the regret of gp-ucb stays below, and so does its growth."""
    asked = ("--method", "gp-ucb", "-m", "random", "--f", "branin", "-n", "12", "--theory")
    rows = list(csv.DictReader(said(*asked).splitlines()))
    mine = [row for row in rows if row["method"] == "gp-ucb"]
    regret = np.array([float(row["cumulative_regret"]) for row in mine])
    bound = np.array([float(row["cumulative_bound"]) for row in mine])
    assert (regret < bound).all() and (np.diff(bound) > 0).all()
    assert {row["cumulative_bound"] for row in rows if row["method"] == "random"} == {""}


def test_others_call_it_bayes() -> None:
    """J07: synonyms are samplers wherever one is named, in the parts of another one as well."""
    asked = ("-n", "6", "--f", "branin")
    assert said("-m", "bayes", *asked).replace("bayes,", "gp,") == said("-m", "gp", *asked)
    process = sampler_of("gp")
    for spec in ("bayes", "Bayesian", {"name": "bayes"}):
        assert sampler_of(spec) == process
    parts = {"name": "Chain", "parts": [["bayesian", 5], "bayes"]}
    assert sampler_of(parts).parts == ((process, 5), process)
    assert sampler_of({"name": "Restart", "sampler": "bayes"}).sampler == process
    assert settings_of(sampler_of("bayes"))["name"] == "GP"
