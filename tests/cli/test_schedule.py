"""Programs under schedulers: told how far to go and called again, or ended early where they are not told."""

import json
import sys
from collections import Counter

import pytest
from click.testing import CliRunner

from trimtab import Fidelity, load_study
from trimtab.cli.main import cli
from trimtab.cli.plan import fidelity_of
from trimtab.errors import InvalidArgument

TRAIN = """
import argparse, json, pathlib, time
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--epochs", type=int, default=9)
parser.add_argument("--folder")
parser.add_argument("--nap", type=float, default=0.0)
parser.add_argument("--quiet", action="store_true")
given = parser.parse_args()
state = pathlib.Path(given.folder, "state") if given.folder else None
done = int(state.read_text()) if state and state.exists() else 0
for epoch in range(done + 1, given.epochs + 1):
    loss = given.lr + 1 / epoch
    with open("trained.txt", "a") as log:
        log.write(f"{given.lr} {epoch}\\n")
    if not given.quiet:
        print(json.dumps({"loss": loss, "step": epoch}), flush=True)
    time.sleep(given.nap)
    if state:  # after the report: who knows its budget is not ended at it
        state.write_text(str(epoch))
print(json.dumps({"loss": loss}))
"""
LR = ["--lr", "{lr: 0..1 float}"]
PROMOTED = ["--scheduler", "halving", "--fidelity", "epoch=1..9", "--seed", "1"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(TRAIN)
    return tmp_path


def run(*options, program=(), n=9):
    words = ["run", "--minimize", "loss", "--n-trials", str(n), *options, "--"]
    return CliRunner().invoke(cli, [*words, sys.executable, "train.py", *LR, *program])


def trained(folder):
    return Counter((folder / "trained.txt").read_text().splitlines())


@pytest.mark.parametrize("is_quiet", [False, True], ids=["reports", "result alone"])
def test_a_program_that_is_told_its_budget_trains_nothing_twice(folder, is_quiet):
    program = ["--epochs", "{budget}", "--folder", "{checkpoint}", *["--quiet"][:is_quiet]]
    done = run(*PROMOTED, program=program)
    assert done.exit_code == 0, done.stderr
    study = load_study(storage="trimtab.db")
    furthest = Counter(max(t.reports) for t in study.trials)
    assert furthest == {1: 6, 3: 2, 9: 1}
    assert study.best.config == min((t.config for t in study.trials), key=lambda c: c["lr"])
    assert trained(folder).total() == len(trained(folder)) == 6 + 2 * 3 + 9


def test_a_program_that_is_not_told_is_ended_at_its_budget(folder):
    done = run(*PROMOTED, program=["--nap", "0.2"], n=3)
    assert done.exit_code == 0, done.stderr
    states = Counter(str(t.state) for t in load_study(storage="trimtab.db").trials)
    assert states == {"paused": 2, "complete": 1}
    assert max(trained(folder).values()) > 1  # from the beginning again


def test_the_losers_of_a_stopping_scheduler_are_ended(folder):
    done = run("--scheduler", "asha", "--fidelity", "epoch=1..9", program=["--nap", "0.1"], n=6)
    assert done.exit_code == 0, done.stderr
    study = load_study(storage="trimtab.db")
    assert {str(t.state) for t in study.trials} == {"complete", "pruned"}
    assert trained(folder).total() < 6 * 9


def test_a_file_says_it_too_and_a_study_keeps_it(folder):
    (folder / "tune.yaml").write_text(
        json.dumps(
            {
                "command": [sys.executable, "train.py", *LR, "--epochs", "{budget}"],
                "minimize": "loss",
                "n_trials": 3,
                "scheduler": {"name": "PromotingASHA", "audits": 0},
                "fidelity": {"name": "epoch", "levels": [1, 4, 9]},
                "storage": "s.db",
            }
        )
    )
    assert CliRunner().invoke(cli, ["run", "tune.yaml"]).exit_code == 0
    assert CliRunner().invoke(cli, ["resume", "s.db", "--n-trials", "6"]).exit_code == 0
    study = load_study(storage="s.db")
    assert type(study.ledger.scheduler).__name__ == "PromotingASHA"
    assert len(study.trials) == 6
    assert {max(t.reports) for t in study.trials} <= {1, 4, 9}


def test_expressions_find_the_result_of_a_program_that_is_told_its_budget(folder):
    program = ["--epochs", "{budget}", "--quiet"]
    done = run(*PROMOTED, "--metric-regex", 'loss="loss": ([0-9.e-]+)', program=program)
    assert done.exit_code == 0, done.stderr
    assert Counter(max(t.reports) for t in load_study(storage="trimtab.db").trials)[9] == 1


@pytest.mark.parametrize(
    ("options", "program", "told"),
    [
        ([], ["--epochs", "{budget}"], "--fidelity epoch=1..81"),
        (["--scheduler", "hyperbnd"], [], "did you mean 'Hyperband'"),
        (["--scheduler", "hyperband"], [], "fidelity"),
        (["--fidelity", "epoch"], [], "epoch=1..81"),
        (["--fidelity", "epoch=9..1"], [], "1 <= low <= high"),
    ],
)
def test_what_cannot_work_is_said_before_anything_runs(folder, options, program, told):
    done = run(*options, program=program)
    assert done.exit_code == 1 and told in done.stderr
    assert not (folder / "trained.txt").exists()


@pytest.mark.parametrize(
    ("text", "fidelity"),
    [
        ("epoch=1..81", Fidelity("epoch", 1, 81)),
        (" share of data = 10 .. 100 ", Fidelity("share of data", 10, 100)),
        ("bits=16, 32,64", Fidelity("bits", levels=(16, 32, 64))),
        ({"name": "epoch", "low": 1, "high": 9}, Fidelity("epoch", 1, 9)),
    ],
)
def test_spellings(text, fidelity):
    assert fidelity_of(text) == fidelity


@pytest.mark.parametrize("text", ["epoch", "epoch=", "=1..9", "epoch=1..x", 9, "bits=64,16"])
def test_no_spellings(text):
    with pytest.raises(InvalidArgument, match="idelity"):
        fidelity_of(text)


def test_schedulers_are_listed():
    told = CliRunner().invoke(cli, ["schedulers", "--json"]).stdout
    found = {s["name"]: s for s in json.loads(told)}
    assert found["Hyperband"]["pauses"] and not found["Median"]["pauses"]
    assert found["ASHA"]["settings"]["eta"] == 3
    lines = CliRunner().invoke(cli, ["schedulers"]).stdout.splitlines()
    assert len(lines) == 1 + len(found)
