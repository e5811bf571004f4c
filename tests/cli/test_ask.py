"""Ask, tell and report, one process a verb."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from trimtab import create_study, load_study
from trimtab.cli.main import cli


def invoke(*args: str) -> Result:
    return CliRunner().invoke(cli, list(args))


def ok(*args: str) -> Any:
    done = invoke(*args, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def fresh(tmp_path: Path) -> str:
    return str(tmp_path / "fresh.db")


def test_the_same_trials_as_the_library_asks_for(fresh: str) -> None:
    new = ("--param", "lr=1e-5..1e-1 log", "--param", "n=1..8", "--maximize", "acc", "--seed", "4")
    (first,) = ok("ask", fresh, *new)
    ok("tell", fresh, "0", "-1.5")
    rest = ok("ask", fresh, "-n", "2")
    expected = create_study({"lr": "1e-5..1e-1 log", "n": "1..8"}, seed=4).ask(3)
    assert [t["config"] for t in [first, *rest]] == [t.config for t in expected]
    assert [t["seed"] for t in [first, *rest]] == [t.seed for t in expected]
    study = load_study(storage=fresh)
    assert study.best_value == -1.5
    assert study.user_attrs["metrics"] == ["acc"]


def test_a_lease_outlives_the_process_that_asked(fresh: str, tmp_path: Path) -> None:
    file = tmp_path / "space.yaml"
    file.write_text("x: 0.0..1.0\n")
    ok("ask", fresh, "--space", str(file))
    load_study(storage=fresh).ledger.reap()
    assert ok("ask", fresh)[0]["number"] == 1  # trial 0 is still out
    ok("ask", fresh, "--lease", "0.000001")
    again = ok("ask", fresh)  # the lease of trial 2 is over
    assert (again[0]["number"], again[0]["attempt"]) == (2, 2)


def test_asked_for_people_is_a_line_each(storage: str) -> None:
    done = invoke("ask", storage, "-n", "2")
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 2
    assert "\tlr=" in done.stdout


def test_ends_of_all_kinds(fresh: str) -> None:
    ok("ask", fresh, "--param", "x=0.0..1.0", "-n", "4")
    told = ok("tell", fresh, "0", "2.5", "--cost", "3", "--constraint", "-1", "--constraint", "0.5")
    assert (told["values"], told["constraints"], told["cost"]) == ([2.5], [-1, 0.5], 3)
    assert (
        ok("tell", fresh, "1", "--state", "failed", "--reason", "no memory")["reason"]
        == "no memory"
    )
    assert ok("tell", fresh, "2", "0.25", "--state", "pruned")["state"] == "pruned"
    done = invoke("tell", fresh, "3", "1e-3")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "trial 3 is complete value=0.001\n"


def test_reports_are_kept_and_answered(fresh: str) -> None:
    ok("ask", fresh, "--param", "x=0.0..1.0")
    assert ok("report", fresh, "0", "1", "-0.5")["decision"] == "continue"
    assert invoke("report", fresh, "0", "2", "0.25").stdout == "continue\n"
    assert load_study(storage=fresh).trials[0].reports == {1: (-0.5,), 2: (0.25,)}


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["tell", "0", "1"], 1, "that result stands"),
        (["tell", "99", "1"], 1, "not in this study"),
        (["tell", "4", "nan"], 1, "nan"),
        (["tell", "4", "1", "2"], 1, "got 2 values"),
        (["tell", "4"], 2, "Missing argument 'VALUE...'"),
        (["tell", "4", "1", "--state", "failed"], 2, "has no VALUE"),
        (["tell", "4", "1", "--reason", "x"], 2, "needs --state failed"),
        (["tell", "4", "one"], 2, "'one' is not a valid float"),
        (["tell", "4", "1", "--stat", "failed"], 2, "not a valid float"),
        (["report", "4", "-1", "0.5"], 1, "step=-1"),
        (["report", "0", "1", "0.5"], 1, "stands"),
        (["ask", "--seed", "1"], 2, "need --space or --param"),
        (["ask", "--param", "x"], 1, "write NAME=DOMAIN"),
        (["ask", "--param", "x=0..1", "--space", "x.yaml"], 2, "exclude each other"),
        (["ask", "mine", "--param", "x=0..1"], 1, "created with another one"),
    ],
)
def test_errors(storage: str, args: list[str], code: int, words: str) -> None:
    done = invoke(args[0], storage, *args[1:])
    assert (done.exit_code, done.stdout) == (code, "")
    assert words in done.stderr
    assert load_study(storage=storage).history.counts == [0, 1, 0, 2, 1, 1]
