"""What Gaussian processes make of a study, on the command line."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import trimtab as tt
from trimtab.cli.main import cli
from trimtab.surrogate.selection import KERNELS, Suited, compared
from trimtab.surrogate.threads import libraries


def ok(*args: str) -> str:
    done = CliRunner().invoke(cli, list(args))
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    return done.stdout


@pytest.fixture
def storage(tmp_path: Path) -> str:
    path = str(tmp_path / "s.db")
    space = {"x": tt.Float(0, 1), "c": ["a", "b"]}
    study = tt.create_study(space, storage=path, sampler="sobol", seed=0)
    study.optimize(lambda x, c: (x - 0.3) ** 2 + (c == "a"), 20, progress=False)
    study.ledger.journal.close()
    return path


def test_kernels_are_compared(storage: str) -> None:
    """GPM-22: evidence and left-out density of each kernel on a study's own results."""
    rows = json.loads(ok("gp", "compare", storage, "--json"))
    assert {row["kernel"] for row in rows} == set(KERNELS)
    evidence = [row["log_evidence"] for row in rows]
    assert evidence == sorted(evidence, reverse=True)
    assert all(0 <= row["coverage"] <= 1 for row in rows)
    lines = ok("gp", "compare", storage).splitlines()
    assert lines[0].split() == ["kernel", "log_evidence", "left_out", "coverage", "paths"]
    assert lines[1].split()[0] == rows[0]["kernel"]
    smooth, rough = (
        next(row["log_evidence"] for row in rows if row["kernel"] == name)
        for name in ("rbf", "matern12")
    )
    assert smooth > rough  # the objective is a parabola in each choice


def test_misfit_is_said(tmp_path: Path) -> None:
    """GPM-21: the verdict on the intervals, and the trial whose result does not go with the others."""
    path = str(tmp_path / "s.db")
    study = tt.create_study({"x": tt.Float(0, 1)}, storage=path, sampler="sobol", seed=0)
    for _ in range(40):
        trial = study.ask()
        study.tell(trial, (trial.config["x"] - 0.3) ** 2 + (0.4 if trial.number == 17 else 0.0))
    study.ledger.journal.close()
    first, *_ = rows = json.loads(ok("gp", "compare", path, "--json"))
    assert all(row["verdict"] == "well calibrated" and row["p"] > 0.01 for row in rows)
    assert all(row["outliers"][0]["trial"] == 17 for row in rows)
    said = ok("gp", "compare", path).splitlines()[len(KERNELS) + 1 :]
    assert said[1].startswith(f"{first['kernel']} is well calibrated: ")
    assert ("a misfit" in said[1]) == first["is_misfit"]
    far = first["outliers"][0]["z"]
    assert far > 3 and len(said) == 2 + len(first["outliers"])
    assert said[2] == (
        f"outlier: trial 17: {far:.1f} standard deviations worse than all others say"
    )


def test_fits_use_one_thread(storage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside busy workers the threads of a linear algebra library wait for each other."""
    seen: list[int] = []

    def fit(*given: Any) -> list[Suited]:
        seen.extend(count() for count, _ in libraries())
        return compared(*given)

    monkeypatch.setattr("trimtab.cli.gp.compared", fit)
    before = [count() for count, _ in libraries()]
    for _, set_count in libraries():
        set_count(2)
    ok("gp", "compare", storage)
    assert set(seen) <= {1}
    assert all(count() == 2 for count, _ in libraries())  # what was set is set again
    for (_, set_count), n in zip(libraries(), before, strict=False):
        set_count(n)


def test_cost_of_a_step(storage: str) -> None:
    """BOL-16: what a fit and what the acquisition cost, with n and m."""
    [row] = json.loads(ok("gp", "cost", storage, "--candidates", "256", "--json"))
    assert (row["n"], row["d"], row["m"]) == (20, 2, 256)
    assert row["fit_seconds"] >= 0 and row["acquisition_seconds"] >= 0
    assert "O(n^3 + m (n d + n^2))" in ok("gp", "cost", "--help")


def test_too_little_to_learn_from(tmp_path: Path) -> None:
    path = str(tmp_path / "s.db")
    tt.create_study({"x": tt.Float(0, 1)}, storage=path, study_name="one")
    two = tt.create_study(
        {"x": tt.Float(0, 1)}, direction=["min", "min"], storage=path, study_name="two"
    )
    two.ledger.journal.close()
    for name, word in (("one", "0 results"), ("two", "2 objectives")):
        done = CliRunner().invoke(cli, ["gp", "compare", path, name])
        assert done.exit_code == 1 and word in done.stderr


def test_regret_of_gp_ucb_as_csv(tmp_path: Path) -> None:
    """BOL-19: `trimtab bench --method gp-ucb --f branin` writes the regret after every trial."""
    path = tmp_path / "regret.csv"
    ok("bench", "--method", "gp-ucb", "--f", "branin", "-n", "8", "-o", str(path))
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    assert [row["trial"] for row in rows] == [str(i) for i in range(1, 9)]
    assert {row["method"] for row in rows} == {"gp-ucb"}
    simple = [float(row["simple_regret"]) for row in rows]
    total = [float(row["cumulative_regret"]) for row in rows]
    assert simple == sorted(simple, reverse=True) and simple[-1] >= 0
    assert total == sorted(total) and total[0] == pytest.approx(simple[0])
