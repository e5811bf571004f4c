"""What `trimtab lint` finds in scripts, files and studies."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from trimtab.cli.main import cli

BAD = """
import numpy as np
import trimtab as tt

SPACE = tt.Space({
    "lr": tt.Float(1e-6, 1e-1),
    "depth": [3],
    "units": tt.Categorical([32, 64, 128, 256]),
})
SPLITS = [(np.arange(8), np.arange(6, 10))]
x_train = np.zeros((10, 2))
x_val = x_train
study = tt.create_study({"a": [0, 1]}, seed=0)
for i, trial in enumerate(study.ask(2)):
    trial.report(1.0, step=1 + i)
    study.tell(trial, 1.0)
"""
GOOD = """
import numpy as np
import trimtab as tt

space = {"lr": tt.Float(1e-6, 1e-1, log=True), "opt": ["adam", "sgd"]}
SPLITS = [(np.arange(8), np.arange(8, 10))]
data = np.zeros((10, 2))
x_train, x_test = data[:8], data[8:]
"""


def lint(*args: str) -> Result:
    return CliRunner().invoke(cli, ["lint", *args])


def test_a_script_with_planted_pitfalls(tmp_path: Path) -> None:
    """PIT-08, PIT-06: six planted pitfalls, a code each, and exit code 1."""
    (tmp_path / "bad.py").write_text(BAD)
    done = lint(str(tmp_path / "bad.py"))
    assert done.exit_code == 1
    found = [tuple(line.split(":")[0].split(" ", 1)) for line in done.stdout.splitlines()]
    assert {code for code, _ in found} == {"T101", "T102", "T103", "T203", "T401", "T402"}
    assert ("T402", "SPLITS[0]") in found and ("T402", "x_train and x_val") in found


def test_a_clean_script_says_nothing(tmp_path: Path) -> None:
    """PIT-08: exit code 0 and no output."""
    (tmp_path / "good.py").write_text(GOOD)
    done = lint(str(tmp_path / "good.py"))
    assert (done.exit_code, done.output) == (0, "")


def test_a_yaml_file_and_its_plan(tmp_path: Path) -> None:
    """PIT-04, CHK-20: the plan of a file against the time there is."""
    file = tmp_path / "plan.yaml"
    file.write_text("space: {a: {choices: [p, q, r]}, b: 1..108}\n")
    plan = ("--minutes-per-fit", "1", "--folds", "5")
    assert lint(str(file)).exit_code == 0
    done = lint(str(file), *plan, "--hours", "2", "--json")
    assert done.exit_code == 1
    assert [f["code"] for f in json.loads(done.stdout)] == ["T202"]
    assert "take 27 h" in json.loads(done.stdout)[0]["evidence"]
    assert lint(str(file), *plan, "--hours", "28").exit_code == 0
    assert lint(str(file), *plan).exit_code == 2


def test_a_stored_study(storage: str) -> None:
    """PIT-08: a study in a storage."""
    done = lint(storage, "mine")
    assert done.exit_code == 1
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["T203"]


def test_what_cannot_be_linted(tmp_path: Path) -> None:
    for name in ("missing.py", "missing.db", "missing.yaml"):
        done = lint(str(tmp_path / name))
        assert done.exit_code == 1 and "missing" in done.stderr
