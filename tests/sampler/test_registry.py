"""Samplers by name, class, dict or instance; settings as JSON; a page of documentation for each."""

from pathlib import Path

import numpy as np
import pytest

from trimtab.errors import InvalidArgument
from trimtab.sampler.gp import GP
from trimtab.sampler.grid import Grid
from trimtab.sampler.manual import Manual
from trimtab.sampler.registry import REGISTRY, sampler_of, settings_of
from trimtab.sampler.sobol import Sobol

DOCS = Path(__file__).parents[2] / "docs" / "samplers"
SOURCES = Path(__file__).parents[2] / "src" / "trimtab" / "sampler"


@pytest.mark.parametrize("spec", ["sobol", "Sobol", "SOBOL", Sobol, Sobol(), {"name": "sobol"}])
def test_every_spelling_of_one_sampler(spec):
    assert sampler_of(spec) == Sobol()


@pytest.mark.parametrize("name", ["latin_hypercube", "latin-hypercube", "LatinHypercube"])
def test_word_breaks_do_not_matter(name):
    assert type(sampler_of(name)).__name__ == "LatinHypercube"


def test_dict_carries_settings():
    assert sampler_of({"name": "Sobol", "scramble": False, "skip": 8}) == Sobol(False, 8)


def test_an_instance_is_passed_through():
    sampler = Sobol()
    assert sampler_of(sampler) is sampler


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("sobbol", "did you mean 'Sobol'"),
        ({"name": "Sobol", "scrambel": True}, "did you mean 'scramble'"),
        ({"scramble": True}, "has no name"),
        ("Manual", r"needs configs=\.\.\."),
        (Manual, r"needs configs=\.\.\."),
        (3, "is no sampler"),
        (None, "is no sampler"),
        (dict, "is no sampler"),
    ],
)
def test_refusals_say_the_way_out(spec, message):
    with pytest.raises(InvalidArgument, match=message):
        sampler_of(spec)


def test_settings_are_plain():
    grid = Grid({"a": (1, 2), "b": 3}, shuffle=True)
    written = {"name": "Grid", "levels": {"a": [1, 2], "b": 3}, "force": False, "shuffle": True}
    assert settings_of(grid) == written
    assert sampler_of(written) == grid


def test_numbers_of_numpy_are_numbers():
    assert settings_of(GP(kappa=np.int64(2), xi=np.float64(0.1)))["kappa"] == 2
    assert type(settings_of(GP(kappa=np.int64(2)))["kappa"]) is int


def test_settings_that_json_cannot_hold():
    with pytest.raises(InvalidArgument, match="cannot be written as JSON"):
        settings_of(Manual([{"a": object()}]))


@pytest.mark.parametrize("name", REGISTRY.names())
def test_every_sampler_has_a_page_and_a_line_in_the_index(name):
    module = REGISTRY.load(name).__module__.rpartition(".")[2]
    assert REGISTRY.load(name).__name__ == name
    page = (DOCS / f"{module}.md").read_text()
    for heading in (f"# {name}", "## When to use", "## Pitfalls", "## Reference"):
        assert heading in page
    assert f"[{name}]({module}.md)" in (DOCS / "index.md").read_text()


def test_no_page_and_no_module_without_a_sampler():
    modules = {REGISTRY.load(name).__module__.rpartition(".")[2] for name in REGISTRY.names()}
    assert {p.stem for p in DOCS.glob("*.md")} == modules | {"index"}
    assert {p.stem for p in SOURCES.glob("*.py")} == modules | {"__init__", "registry"}
