"""What a run shall do: files, options, and what wins."""

from dataclasses import fields
from pathlib import Path

import pytest

from trimtab.cli.plan import Plan, size_of
from trimtab.errors import InvalidArgument
from trimtab.space.space import Space

FILE = """
command: python train.py --lr {lr}
space:
  lr: {low: 1e-5, high: "1e-1", log: true}
  depth: 1..8
where: depth > lr
minimize: loss
n_trials: 20
n_jobs: 2
memory_limit: 2GB
sampler: {name: sobol, scramble: false}
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "tune.yaml"
    path.write_text(FILE)
    return str(path)


def test_a_file_is_a_plan(file: str) -> None:
    plan = Plan.from_file(file)
    assert plan.command == ("python", "train.py", "--lr", "{lr}")
    assert plan.declared() == Space({"lr": "1e-5..1e-1 log", "depth": "1..8"}, where=["depth > lr"])
    assert (plan.metrics, plan.directions) == (("loss",), ["minimize"])
    assert (plan.n_trials, plan.n_jobs, plan.memory_limit) == (20, 2, 2 * 10**9)
    assert plan.name() == "tune"


def test_the_command_line_wins_over_the_file(file: str) -> None:
    options = {"n_trials": 5, "n_jobs": 1, "maximize": ("accuracy",), "study_name": "other"}
    plan = Plan.of(options, "command line").over(Plan.from_file(file))
    assert (plan.n_trials, plan.n_jobs, plan.name()) == (5, 1, "other")
    assert (plan.metrics, plan.directions) == (("accuracy",), ["maximize"])
    assert plan.memory_limit == 2 * 10**9


def test_what_the_command_declares_is_added_to_the_file(file: str) -> None:
    options = {"command": ["python", "train.py", "{lr: 0.5..1.0}", "{opt: adam|sgd}"]}
    plan = Plan.of(options, "command line").over(Plan.from_file(file))
    assert plan.command == ("python", "train.py", "{lr}", "{opt}")
    space = plan.declared()
    assert space is not None
    assert space.names == ("lr", "depth", "opt")
    assert space.domains["lr"] == Space({"lr": "0.5..1.0"}).domains["lr"]


def test_a_plan_survives_being_kept_with_its_study(file: str) -> None:
    plan = Plan.from_file(file)
    again = Plan.of(plan.to_dict(), "study")
    assert again.to_dict() == plan.to_dict()
    assert again.declared() == plan.declared()
    assert "storage" not in again.to_dict()


def test_several_goals_keep_their_order() -> None:
    plan = Plan.of({"minimize": ["a", "b"], "maximize": "c"}, "file")
    assert plan.metrics == ("a", "b", "c")
    assert plan.directions == ["minimize", "minimize", "maximize"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"n_trial": 3}, r"'n_trial' is not known \(did you mean 'n_trials'\?\)"),
        ({"command": "x {a: 0..1}", "objective": "m:f"}, "exclude each other"),
        ({"command": "x '{a: 0..1}'", "space": {"a": "0..1"}}, "a: declared under `space` and"),
        ({"command": []}, "command is empty"),
        ({"command": "x 'y"}, "no command"),
        ({"minimize": 3}, "minimize=3 must be a text"),
        ({"memory_limit": "2XB"}, "no size"),
        ({"metric_regex": {"loss": "("}}, "no regular expression"),
        ({"metric_regex": "loss"}, "names no metric"),
    ],
)
def test_errors_name_the_key(given: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidArgument, match=words):
        Plan.of(given, "tune.yaml")


@pytest.mark.parametrize(
    ("text", "size"),
    [("512", 512), (1024, 1024), ("2GB", 2 * 10**9), ("1.5 MiB", 3 * 2**19), ("3k", 3000)],
)
def test_sizes(text: object, size: int) -> None:
    assert size_of(text) == size


def test_the_documented_file_is_a_plan(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "cli.md"
    (tmp_path / "tune.yaml").write_text(page.read_text().split("```yaml")[1].split("```")[0])
    plan = Plan.from_file(str(tmp_path / "tune.yaml"))
    space = plan.declared()
    assert space is not None
    assert (space.names, len(space.constraints)) == (("lr", "depth"), 1)
    assert all(f"`{f.name}`" in page.read_text() for f in fields(Plan))
