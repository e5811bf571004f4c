"""The reading verbs: what a storage holds, for eyes and for programs."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from trimtab import create_study, load_study, minimize
from trimtab.cli.main import cli
from trimtab.cli.table import cell_of

STATES = ["complete", "failed", "pruned", "complete", "running"]


def ok(*args: str) -> str:
    done = CliRunner().invoke(cli, list(args))
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    return done.stdout


def read(*args: str) -> Any:
    return json.loads(ok(*args, "--json"))


def test_trials_are_what_the_study_says(storage: str) -> None:
    records = load_study(storage=storage).trials
    for document, record in zip(read("trials", storage), records, strict=True):
        for key in ("number", "seconds", "started", "ended", "attempt", "cost", "reason"):
            assert document[key] == getattr(record, key)
        assert document["state"] == record.state.value
        assert document["config"] == record.config
        assert document["values"] == (None if record.values is None else list(record.values))
    assert [record.state.value for record in records] == STATES


def test_trials_are_filtered_sorted_and_cut(storage: str) -> None:
    assert [t["number"] for t in read("trials", storage, "--state", "complete")] == [0, 3]
    assert [t["number"] for t in read("trials", storage, "--sort", "value", "--limit", "2")] == [
        3,
        0,
    ]
    head, *lines = ok("trials", storage).splitlines()
    assert head.split() == ["number", "state", "value", "lr", "opt", "seconds"]
    assert [line.split()[:2] for line in lines] == [[str(i), s] for i, s in enumerate(STATES)]


def test_the_best_trial(storage: str) -> None:
    best = load_study(storage=storage).best
    assert read("best", storage)["number"] == best.number == 3
    lines = ok("best", storage).splitlines()
    assert [line.split(maxsplit=1) for line in lines] == [
        ["trial", "3"], ["value", "0.5"], ["lr", cell_of(best.config["lr"])], ["opt", best.config["opt"]]
    ]  # fmt: skip


def test_several_objectives_have_several_best_trials(storage: str) -> None:
    study = create_study({"x": "0..9"}, directions=["minimize", "maximize"], storage=storage,
                         study_name="two")  # fmt: skip
    for values in ((1, 1), (2, 2), (2, 1)):
        study.tell(study.ask(), values)
    assert [t["number"] for t in read("best", storage, "two")] == [0, 1]
    assert ok("best", storage, "two").splitlines()[0].split()[2:4] == ["value_0", "value_1"]
    refused = CliRunner().invoke(cli, ["trials", storage, "two", "--sort", "value"])
    assert refused.exit_code == 1


def test_show_lists_studies_and_summarizes_one(storage: str) -> None:
    summary = read("show", storage, "mine")
    assert summary["counts"] == {
        "waiting": 0, "running": 1, "paused": 0, "complete": 2, "pruned": 1, "failed": 1
    }  # fmt: skip
    assert (summary["seed"], summary["n_trials"], summary["directions"]) == (7, 5, ["maximize"])
    assert summary["best"][0]["number"] == 3
    assert summary["provenance"]["python"].startswith("3.")
    text = ok("show", storage)
    assert "5 (1 running, 2 complete, 1 pruned, 1 failed)" in text
    assert "Float(1e-05, 0.1, log=True)" in text

    create_study({"x": "0..9"}, storage=storage, study_name="other")
    assert [s["name"] for s in read("show", storage)] == ["mine", "other"]
    assert len(ok("show", storage).splitlines()) == 3


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["trials", "{}", "min"], "did you mean 'mine'"),
        (["best", "{}.other"], "no such file"),
        (["show", "mysql://user:secret@host/db"], "server"),
        (["resume", "{}"], "was not begun by `trimtab run`"),
    ],
)
def test_errors(storage: str, args: list[str], words: str) -> None:
    done = CliRunner().invoke(cli, [arg.format(storage) for arg in args])
    assert (done.exit_code, done.stdout) == (1, "")
    assert words in done.stderr
    assert "secret" not in done.stderr


def test_nothing_is_best_before_a_trial_completes(storage: str) -> None:
    create_study({"x": "0..9"}, storage=storage, study_name="empty")
    done = CliRunner().invoke(cli, ["best", storage, "empty"])
    assert done.exit_code == 1
    assert "no trial has completed yet" in done.stderr
    assert read("trials", storage, "empty") == []


def test_what_trials_used_is_shown_and_how_busy_the_workers_were(tmp_path: Any) -> None:
    """CHK-09, PAR-10: CPU seconds and memory by trial, busy time by worker."""
    path = str(tmp_path / "used.db")
    study = minimize(lambda x: bytearray(50 * 2**20) and x, {"x": [1, 2, 3, 4]}, 4, storage=path,
                     executor="process", progress=False, seed=1)  # fmt: skip
    for document, record in zip(read("trials", path), study.trials, strict=True):
        usage = record.usage
        assert document["cpu_seconds"] == usage.cpu_seconds >= 0
        assert document["peak_rss"] == usage.peak_rss > 50 * 2**20
        assert document["worker"] == usage.worker
    head, *lines = ok("trials", path).splitlines()
    assert head.split() == ["number", "state", "value", "x", "seconds", "cpu", "MiB"]
    assert all(int(line.split()[-1]) > 50 for line in lines)
    shown = read("show", path, "study")["used"]
    [worker] = read("show", path, "--workers")
    assert worker == shown["workers"][0] and worker["n_trials"] == 4
    assert worker["busy"] == pytest.approx(sum(t.usage.seconds for t in study.trials))
    assert 0 < worker["share"] <= 1
    assert "MiB in one trial" in ok("show", path, "study")
    head, line = ok("show", path, "--workers").splitlines()
    assert head.split() == ["worker", "trials", "busy", "s", "utilisation"] and "%" in line
    head = ok("export", path).splitlines()[0]
    assert {"worker", "cpu_seconds", "peak_rss"} <= set(head.split(","))
