"""What a person sees while a study runs, and what a program reads."""

import io
import json
import sys

import pytest

import trimtab as tt
from trimtab.study.progress import Json, Panel, Plain, Quiet, progress_of

SPACE = {"x": tt.Float(0, 1)}


def objective(trial):
    if trial.number == 2:
        raise ValueError
    return trial.number


def test_json_lines_parse_and_count(capsys):
    """ERR-04: every line parses; counts go from 0 to n."""
    study = tt.create_study(SPACE, seed=0, study_name="s")
    study.optimize(objective, n_trials=5, progress="json")
    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    assert err == ""
    assert [line["event"] for line in lines] == ["start", *["trial"] * 5, "end"]
    assert [line["n"] for line in lines] == [0, 1, 2, 3, 4, 5, 5]
    assert {line["study"] for line in lines} == {"s"}
    assert lines[0]["goal"] == 5
    assert [line["state"] for line in lines[1:-1]].count("failed") == 1
    assert lines[1]["config"] == study.trials[0].config
    assert [line["best"] for line in lines] == [None, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_json_of_values_that_json_lacks(capsys):
    study = tt.create_study({"c": [("a", 1), None]}, seed=0)
    study.optimize(lambda c: float("-inf"), n_trials=2, progress="json", barrier=True)
    for line in capsys.readouterr().out.splitlines():
        json.loads(line, parse_constant=pytest.fail)


def test_plain_lines_go_to_standard_error_and_are_rare(capsys):
    tt.minimize(lambda x: x, SPACE, 20, progress="plain")
    assert capsys.readouterr() == ("", "")  # over before the first line is due


def test_a_long_run_ends_with_one_line(capsys, monkeypatch):
    monkeypatch.setattr("trimtab.study.progress._PLAIN_EVERY", 0.0)
    tt.minimize(lambda x: 1.0, SPACE, 2, progress="plain")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1].startswith("study: 2/2 trials · best 1 · ")


def test_the_panel_writes_to_standard_error_only(capsys):
    tt.minimize(lambda x: 1.0, SPACE, 3, progress="panel")
    out, err = capsys.readouterr()
    assert out == ""
    assert "3/3 trials" in err
    assert "best 1" in err


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_auto_is_a_panel_on_a_terminal_only(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert isinstance(progress_of("auto", "s"), Panel)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert isinstance(progress_of("auto", "s"), Plain)
    assert isinstance(progress_of("json", "s"), Json)
    assert type(progress_of(False, "s")) is Quiet


def test_a_display_of_ones_own():
    class Mine(Quiet):
        seen = 0

        def ended(self, history, record):
            self.seen += 1

    mine = Mine()
    tt.minimize(lambda x: x, SPACE, 4, progress=mine)
    assert mine.seen == 4


def test_an_unknown_word_is_refused_before_anything_runs():
    study = tt.create_study(SPACE, seed=0)
    with pytest.raises(tt.InvalidArgument, match="progress='bar' is not known; use True"):
        study.optimize(lambda x: x, n_trials=1, progress="bar")
    assert study.trials == []
