"""Runs and what is said at their end; programs are real, the command line is called in this process."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trimtab import load_study
from trimtab.cli.main import cli

OBJECTIVE = """
def loss(x, y=1.0):
    return (x - 0.5) ** 2 * y

def chosen(trial):
    return trial.suggest_float("x", 0, 1)

def both(x):
    return {"b": -x, "a": x}

constant = 3
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "target", raising=False)
    (tmp_path / "target.py").write_text(OBJECTIVE)
    return tmp_path


def invoke(*args: str) -> Result:
    return CliRunner().invoke(cli, list(args))


def run_file(folder: Path, text: str, *args: str) -> Result:
    (folder / "tune.yaml").write_text(text)
    return invoke("run", "tune.yaml", *args)


def test_a_function_is_tuned_and_resumed(folder: Path) -> None:
    done = run_file(folder, "objective: target:loss\nspace: {x: 0.0..1.0}\nn_trials: 3\nseed: 5\n")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "value" in done.stdout
    assert invoke("resume", "trimtab.db", "--n-trials", "5").exit_code == 0
    study = load_study(storage="trimtab.db", study_name="tune")
    assert [r.value for r in study.trials] == [(r.config["x"] - 0.5) ** 2 for r in study.trials]
    assert len(study.trials) == 5


def test_a_function_may_choose_its_own_parameters(folder: Path) -> None:
    done = run_file(folder, "objective: target:chosen\nmaximize: x\nn_trials: 2\nstorage: own.db\n")
    assert done.exit_code == 0
    study = load_study(storage="own.db")
    assert study.best_value == max(r.config["x"] for r in study.trials)


def test_several_objectives_are_found_by_name(folder: Path) -> None:
    text = "objective: target:both\nspace: {x: 0.0..1.0}\nminimize: a\nmaximize: b\nn_trials: 3\n"
    done = run_file(folder, text)
    assert done.exit_code == 0
    assert "trials that no other one beats, by a and b" in done.stdout
    best = json.loads(invoke("best", "trimtab.db", "--json").stdout)
    assert len(best) == 1  # both goals want a small x
    assert best[0]["values"] == [best[0]["config"]["x"], -best[0]["config"]["x"]]


def test_metrics_are_found_by_expression_and_in_files(folder: Path) -> None:
    text = """
command: [printf, "a=1 a=%s b is %s\\n", {x: 0.0..1.0}, {y: 0.0..1.0}]
minimize: [a, b]
metric_regex: {b: "b is (.*)", a: 'a=([^ ]+) b'}
n_trials: 2
"""
    assert run_file(folder, text).exit_code == 0
    for record in load_study(storage="trimtab.db").trials:
        assert record.values == (record.config["x"], record.config["y"])

    done = invoke("run", "--minimize", "loss", "--n-trials", "1", "--storage", "f.db",
                  "--metric-file", "result-{trial}.json", "--", sys.executable, "-c",
                  "import sys; open('result-0.json', 'w').write('{ \"loss\": %s}' % sys.argv[1])",
                  "{x: 0.0..1.0}")  # fmt: skip
    assert done.exit_code == 0
    record = load_study(storage="f.db").best
    assert record.value == record.config["x"]


def test_the_panel_leaves_standard_output_alone(folder: Path) -> None:
    text = "objective: target:loss\nspace: {x: 0.0..1.0}\nn_trials: 2\nprogress: panel\n"
    done = run_file(folder, text)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "2/2 trials" in done.stderr


def test_a_run_without_any_result_has_a_code_of_its_own() -> None:
    done = invoke("run", "--minimize", "loss", "--n-trials", "2", "--",
                  sys.executable, "missing.py", "{x: 0.0..1.0}")  # fmt: skip
    assert done.exit_code == 3
    assert "exit code 2" in done.stdout
    assert "missing.py" in done.stdout


def test_too_many_failures_have_a_code_of_their_own() -> None:
    done = invoke("run", "--minimize", "loss", "--n-trials", "20", "--max-failures", "2",
                  "--", "false", "{x: 0.0..1.0}")  # fmt: skip
    assert done.exit_code == 4
    assert "trimtab: error: 2 trials failed" in done.stderr


def test_another_program_on_the_same_study_is_pointed_out() -> None:
    program = ("--", "printf", "{x: 0.0..1.0}\\n")
    same = ("run", "--minimize", "x", "--study-name", "s")
    assert invoke(*same, "--n-trials", "1", *program).stderr == ""
    done = invoke(*same, "--n-trials", "2", *program, "more")
    assert done.exit_code == 0
    assert done.stderr.startswith("note: study 's' was begun with command printf")


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        ([], 2, "Nothing to run"),
        (["--", "x", "{a: 0..1}"], 2, "Missing option '--minimize METRIC'"),
        (["--n-trials", "0", "--minimize", "a", "--", "x", "{a: 0..1}"], 2, "--n-trials"),
        (["--minimize", "a", "--n-trials", "1", "--", "x"], 1, "no parameter is declared"),
        (["--minimize", "a", "--", "x", "{a: 0.0..1}"], 1, "nothing would end this run"),
        (["--minimize", "a", "--", "x", "{a: 0..1}", "{b}"], 1, "'{b: 0..1}'"),
        (["--minimize", "a", "--", "x", "{o: p|q}", "{a: 0..1 when o == 'p'}"], 1, "--name=value"),
        (["--minimize", "a", "--metric-regex", "b=(.)", "--", "x", "{a: 0..1}"], 1, "metrics are a"),
        (["--minimize", "a", "--sampler", "sobl", "--", "x", "{a: 0..1}"], 1, "did you mean 'Sobol'"),
        (["--minimize", "a", "--storage", "mysql://u:p@h/d", "--", "x", "{a: 0..1}"], 1, "PostgreSQL"),
        (["missing.yaml"], 1, "cannot be read"),
    ],
)  # fmt: skip
def test_errors_come_before_any_trial(folder: Path, args: list[str], code: int, words: str) -> None:
    done = invoke("run", *args)
    assert done.exit_code == code
    assert words in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("objective: target", "must be 'module:function'"),
        ("objective: targets:loss", "it is looked for in the current folder"),
        ("objective: target:los", "did you mean 'loss'"),
        ("objective: target:constant", "has no function 'constant'"),
        ("seed: 1", "nothing to run"),
    ],
)
def test_an_objective_that_is_not_there_is_named(folder: Path, key: str, words: str) -> None:
    done = run_file(folder, f"{key}\nspace: {{x: 0..1}}\nn_trials: 1\n")
    assert done.exit_code == 1
    assert words in done.stderr


def test_a_changed_space_is_refused_with_its_difference() -> None:
    run = ("run", "--minimize", "x", "--n-trials", "1", "--study-name", "s", "--", "printf")
    assert invoke(*run, "{x: 0.0..1.0}\\n").exit_code == 0
    done = invoke(*run, "{x: 0.0..2.0}\\n")
    assert done.exit_code == 1
    assert "changed x: Float(0.0, 1.0) -> Float(0.0, 2.0)" in done.stderr


def test_programs_see_the_gpus_of_their_slot(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MEM-05: `--gpus 0.5` with two GPUs runs four at once, two on each."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    text = "import os, time; time.sleep(.2); print(os.environ['CUDA_VISIBLE_DEVICES'])"
    command = ["--", sys.executable, "-c", text, "{x: 0.0..1.0}"]
    done = invoke("run", "--gpus", "0.5", "--n-jobs", "-1", "--n-trials", "12", "--progress", "none",
                  "--minimize", "gpu", *command)  # fmt: skip
    assert done.exit_code == 0, done.output
    trials = load_study(storage="trimtab.db").trials
    gpu_of = {trial.usage.worker: trial.value for trial in trials}
    assert sorted(gpu_of.values()) == [3.0, 3.0, 5.0, 5.0]
    refused = invoke(
        "run", "--gpus", "0.5", "--n-jobs", "9", "--n-trials", "13", "--minimize", "gpu", *command
    )
    assert refused.exit_code == 1 and "room for 4" in refused.stderr
