"""What changed between two experiments."""

import dataclasses
import json
from pathlib import Path

from click.testing import CliRunner

from trimtab.cli.main import cli
from trimtab.core.journal import StudySpec
from trimtab.storage.sqlite import SQLite


def ok(*args: str) -> str:
    done = CliRunner().invoke(cli, list(args))
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    return done.stdout


def test_a_space_is_compared_parameter_by_parameter(tmp_path: Path) -> None:
    old, new = str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")
    Path(old).write_text("lr: 1e-5..1e-1 log\ndepth: 1..8\nseed: 1..2\n")
    Path(new).write_text("space: {lr: 1e-4..1e-1 log, seed: 1..2, opt: adam|sgd}\n")
    lines = ok("space", "diff", old, new).splitlines()
    assert lines == [
        "removed depth: Int(1, 8)",
        "added opt: Categorical(['adam', 'sgd'])",
        "changed lr: Float(1e-05, 0.1, log=True) -> Float(0.0001, 0.1, log=True)",
    ]
    assert json.loads(ok("space", "diff", old, new, "--json")) == lines
    assert ok("space", "diff", old, old) == ""


def test_an_environment_is_compared_package_by_package(tmp_path: Path) -> None:
    """REP-03: one changed package is the one line."""
    meta = {"python": "3.11.7", "packages": {"numpy": "2.0.0", "trimtab": "0.1.0"},
            "machine": {"system": "Linux", "cpus": 2}, "git": None, "argv": ["a.py"]}  # fmt: skip
    changed = meta | {"packages": {"numpy": "2.1.0", "trimtab": "0.1.0"}, "argv": ["b.py"]}
    spec = StudySpec(
        "s", ("minimize",), {"format": 1, "parameters": [], "constraints": []}, 1, {}, meta
    )
    old, new = str(tmp_path / "a.db"), str(tmp_path / "b.db")
    SQLite(old).create_study(spec, exist_ok=False)
    SQLite(new).create_study(dataclasses.replace(spec, meta=changed), exist_ok=False)
    assert ok("env", "diff", old, new) == "changed numpy: 2.0.0 -> 2.1.0\n"
    assert ok("env", "diff", old, old) == ""
