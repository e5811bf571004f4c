"""Studies as CSV, JSON and JSON lines."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from trimtab import load_study
from trimtab.cli.main import cli


def ok(*args: str) -> str:
    done = CliRunner().invoke(cli, list(args))
    assert done.exit_code == 0, done.output
    return done.stdout


def test_csv_holds_every_number_exactly(storage: str, tmp_path: Path) -> None:
    """REP-04: what is exported is what is stored."""
    out = tmp_path / "trials.csv"
    assert ok("export", storage, "-o", str(out)) == ""
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row, record in zip(rows, load_study(storage=storage).trials, strict=True):
        assert int(row["number"]) == record.number
        assert row["state"] == record.state.value
        assert float(row["config.lr"]) == record.config["lr"]
        assert row["config.opt"] == record.config["opt"]
        assert row["values.value"] == ("" if record.value is None else repr(record.value))
        assert row["reason"] == (record.reason or "")
    assert [p.name for p in tmp_path.iterdir() if "csv" in p.name] == ["trials.csv"]


def test_pandas_reads_what_is_stored(storage: str, tmp_path: Path) -> None:
    """REP-04: a table of trials, in one line."""
    pandas = pytest.importorskip("pandas")
    ok("export", storage, "-o", str(tmp_path / "trials.csv"))
    exact = {"values.value": lambda text: float(text) if text else None}
    table = pandas.read_csv(tmp_path / "trials.csv", converters=exact)
    records = load_study(storage=storage).trials
    assert table["number"].tolist() == [r.number for r in records]
    assert table["state"].tolist() == [str(r.state) for r in records]
    told = [r.value for r in records if r.value is not None]
    assert table["values.value"].dropna().tolist() == told


def test_json_and_lines_hold_the_same_trials(storage: str) -> None:
    document = json.loads(ok("export", storage, "mine", "--format", "json"))
    lines = [json.loads(line) for line in ok("export", storage, "--format", "jsonl").splitlines()]
    assert document["trials"] == lines
    assert [t["number"] for t in lines] == [0, 1, 2, 3, 4]
    assert (document["name"], document["directions"]) == ("mine", ["maximize"])
    assert document["space"] == load_study(storage=storage).space.to_dict()


@pytest.mark.parametrize("name", ["missing/x.csv", "."])
def test_a_file_that_cannot_be_written_is_named(storage: str, tmp_path: Path, name: str) -> None:
    done = CliRunner().invoke(cli, ["export", storage, "-o", str(tmp_path / name)])
    assert done.exit_code == 1
    assert "cannot be written" in done.stderr
