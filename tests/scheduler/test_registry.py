"""Schedulers by name, class, dict or instance; settings as JSON; a page of documentation for each."""

from pathlib import Path

import pytest

import trimtab as tt
from trimtab.errors import InvalidArgument
from trimtab.scheduler.median import Median
from trimtab.scheduler.registry import REGISTRY, one_of, scheduler_of, settings_of

DOCS = Path(__file__).parents[2] / "docs" / "schedulers"
SOURCES = Path(__file__).parents[2] / "src" / "trimtab" / "scheduler"
SPECS = ["median", "Median", "MEDIAN", Median, Median(), {"name": "median"}]


@pytest.mark.parametrize("spec", SPECS)
def test_every_spelling_of_one_scheduler(spec):
    assert scheduler_of(spec) == Median()
    assert tt.scheduler.Median() == Median()


def test_none_is_no_scheduling():
    assert type(scheduler_of(None)).__name__ == "FIFO"


def test_an_instance_is_passed_through():
    class Mine:
        def judge(self, history, number):
            return "continue"

    mine = Mine()
    assert scheduler_of(mine) is mine


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("medain", "did you mean 'Median'"),
        ({"name": "Median", "startup": 3}, "did you mean 'n_startup'"),
        ({"n_startup": 3}, "has no name"),
        (3, "is no scheduler"),
        (dict, "is no scheduler"),
    ],
)
def test_refusals_say_the_way_out(spec, message):
    with pytest.raises(InvalidArgument, match=message):
        scheduler_of(spec)


def test_settings_are_plain():
    written = {"name": "Median", "n_startup": 3, "n_warmup": 0, "interval": 1, "n_min": 1}
    assert settings_of(Median(3)) == written
    assert scheduler_of(written) == Median(3)


def test_one_of_two_words():
    assert one_of("asha", None) == one_of(None, "asha") == "asha"
    with pytest.raises(InvalidArgument, match="two words for one thing"):
        one_of("asha", "median")


@pytest.mark.parametrize("name", REGISTRY.names())
def test_every_scheduler_has_a_page_and_a_line_in_the_index(name):
    module = REGISTRY.load(name).__module__.rpartition(".")[2]
    assert REGISTRY.load(name).__name__ == name
    page = (DOCS / f"{module}.md").read_text()
    for heading in (f"# {name}", "## When to use", "## Pitfalls", "## Reference"):
        assert heading in page
    assert f"[{name}]({module}.md)" in (DOCS / "index.md").read_text()


def test_no_page_and_no_module_without_a_scheduler():
    modules = {REGISTRY.load(name).__module__.rpartition(".")[2] for name in REGISTRY.names()}
    assert {p.stem for p in DOCS.glob("*.md")} == modules | {"index"}
    assert {p.stem for p in SOURCES.glob("*.py")} == modules | {"__init__", "registry"}
