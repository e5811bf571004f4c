"""BOL-18: `trimtab recommend` explains the choice."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from trimtab.cli.main import cli


def said(*args: str) -> str:
    done = CliRunner().invoke(cli, ["recommend", *args])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_line_for_each_phase() -> None:  # BUD-07
    assert said("--dim", "10", "--mixed", "-n", "100") == (
        "from trial 0: GP: 10 parameters, fewer than 20\n"
        "from trial 30: TREGO: GP, in turns with a trust region where results look rough\n"
        'guides: "Medium (50-200 trials) | Bayesian Optimization | Optuna, Ray Tune"\n'
        "guides: Bayesian optimization where fewer than 1000 trials (100: yes), "
        "fewer than 20 parameters (10: yes)\n"
    )
    lines = said("--dim", "5", "-n", "5000", "--noisy").splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "from trial 0", "from trial 30", "from trial 50", "guides", "guides", "noise",
    ]  # fmt: skip


def test_a_budget_alone() -> None:  # BUD-07
    lines = said("-n", "9").splitlines()
    assert lines[0].startswith("manual or random search: too few trials to learn from")
    assert (
        lines[1] == 'guides: "Very Limited (<10 trials) | Manual or Random Search | scikit-learn"'
    )
    found = json.loads(said("-n", "100", "--eval-seconds", "60", "--parallel", "4", "--json"))
    assert found["strategy"] == "Bayesian optimization"
    assert (found["sampler"], found["phases"]) == (None, [])
    assert [c["holds"] for c in found["conditions"]] == [False, True]
    assert "4 at once: 25 rounds" in found["notes"]


def test_what_says_nothing_is_refused() -> None:
    for args in (
        ["-n", "9", "--promote"],
        ["-n", "9", "--mixed"],
        ["-n", "9", "--objectives", "2"],
    ):
        done = CliRunner().invoke(cli, ["recommend", *args])
        assert done.exit_code == 1 and "says nothing" in done.stderr


def test_where_trials_are_promoted() -> None:
    assert said("--dim", "5", "--promote").splitlines() == [
        "from observation 0: JointGP: one process over configurations and budgets",
        "from observation 500: TPE: 500 observations or more; last values of trials",
        "guides: Bayesian optimization where fewer than 20 parameters (5: yes)",
    ]
    found = json.loads(said("--dim", "5", "--promote", "--objectives", "2", "--json"))
    assert found["sampler"] == {"name": "AutoPromoted"}
    assert found["why"] == "TPE (2 objectives; last values of trials)"


def test_a_space_from_a_file_or_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "space.yaml"
    path.write_text("lr: 1e-5..1e-1 log\nopt: [adam, sgd]\n")
    file = json.loads(said(str(path), "--json"))
    line = json.loads(said("-p", "lr=1e-5..1e-1 log", "-p", "opt=adam|sgd", "--json"))
    assert file == line
    assert file["strategy"] == "GP then TREGO then TPE"
    assert [phase["from"] for phase in file["phases"]] == [0, 30, 1000]


@pytest.mark.parametrize(
    "args", [[], ["--dim", "3", "-p", "a=0..1"], ["-p", "nonsense"], ["--dim", "0"]]
)
def test_usage(args: list[str]) -> None:
    done = CliRunner().invoke(cli, ["recommend", *args])
    assert done.exit_code == 2
    assert "recommend" in done.stderr
