"""Parts of one's own, each in ten lines or fewer, held against the same suites as those that come along."""

import ast
import importlib.util
import inspect
import itertools
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import trimtab as tt
from trimtab.core.protocols import Proposals, Supports
from trimtab.sampler.registry import REGISTRY
from trimtab.viz.report import Section, report

HERE = Path(__file__).parent


# -- the parts ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mine:
    supports = Supports(is_unique=False, constraints=False)

    def init(self, problem: Any, rng: Any) -> int:
        return len(problem.space.names)

    tell = lambda self, state, told, rng: state  # noqa: E731
    ask = lambda self, d, request: Proposals.of(request.rng.random((request.n, d)))  # noqa: E731


class Counting:
    def __init__(self) -> None:
        self.inner, self.n_calls = tt.Memory(), 0

    def __getattr__(self, verb: str) -> Any:
        self.n_calls += 1
        return getattr(self.inner, verb)


@dataclass(frozen=True)
class Halves:
    x: tuple[float, ...]

    def __call__(self, trial: Any) -> float:
        errors = [abs(trial.config["a"] - x) for x in self.x]
        trial.set_user_attr("scores", errors)
        return sum(errors) / len(errors)


def bars(study: Any) -> Section:
    heights = enumerate(t.value or 0.0 for t in study.trials)
    rects = "".join(f'<rect x="{9 * i}" y="0" width="8" height="{9 * v:.1f}"/>' for i, v in heights)
    svg = f'<svg viewBox="0 0 90 90" role="img" aria-label="bars">{rects}</svg>'
    return Section("Bars & <bars>", ["All of it."], [], svg)


# -- the suites -----------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [Mine, Counting, Halves, bars])
def test_a_part_has_ten_lines_or_fewer(part: Any) -> None:
    """REP-05"""
    lines = inspect.getsource(part).splitlines()
    assert len([line for line in lines if line.strip()]) <= 10
    assert ast.parse(inspect.getsource(part))


def suite(file: str, needs: set[str]) -> list[Any]:
    """The functions of a contract suite that take these fixtures and no other, one for each set of values."""
    spec = importlib.util.spec_from_file_location(f"own_{file}", HERE / f"{file}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = []
    for name, test in vars(module).items():
        if not name.startswith("test_"):
            continue
        marks = [m for m in getattr(test, "pytestmark", []) if m.name == "parametrize"]
        sets = [m.args for m in marks if m.args[0] != "name" or "name" not in needs]
        if set(inspect.signature(test).parameters) - {k for k, _ in sets} - needs:
            continue
        for i, values in enumerate(itertools.product(*(values for _, values in sets))):
            given = dict(zip((k for k, _ in sets), values, strict=True))
            found.append(pytest.param(test, given, id=f"{name}-{i}"))  # the same in every process
    return found


SAMPLER = suite("test_sampler_contract", {"lab", "name"})
JOURNAL = suite("test_journal_contract", {"journal", "study"})


def test_the_suites_are_found() -> None:
    assert len(SAMPLER) >= 15 and len(JOURNAL) >= 40


@pytest.mark.parametrize(("test", "given"), SAMPLER)
def test_search_of_ones_own(lab: Any, monkeypatch: Any, test: Any, given: Any) -> None:
    """REP-05: a sampler."""
    monkeypatch.setitem(sys.modules, "own_parts", sys.modules[__name__])
    monkeypatch.setitem(REGISTRY._home, "Mine", "own_parts:Mine")
    test(lab=lab, name="Mine", **given)


@pytest.mark.parametrize(("test", "given"), JOURNAL)
def test_storage_of_ones_own(test: Any, given: Any) -> None:
    """REP-05: a storage."""
    journal = Counting()
    needs = inspect.signature(test).parameters
    made = {"journal": journal}
    if "study" in needs:
        made["study"] = journal.create_study(test.__globals__["spec"](), exist_ok=False)[0]
    test(**made, **given)
    assert journal.n_calls > 0


def test_evaluation_of_ones_own() -> None:
    """REP-05: an evaluation, serial and in processes, and its scores where ours keep them."""
    for n_jobs in (1, 2):
        study = tt.minimize(
            Halves((0.25, 0.75)),
            {"a": [0.0, 0.5, 1.0]},
            3,
            sampler="grid",
            n_jobs=n_jobs,
            progress=False,
        )
        assert {t.config["a"]: t.value for t in study.trials} == {0.0: 0.5, 0.5: 0.25, 1.0: 0.5}
        assert study.best.user_attrs["scores"] == [0.25, 0.25]


def test_a_picture_of_ones_own() -> None:
    """REP-05: a visualisation, inside the report, and nothing of it is taken for markup but the figure."""
    study = tt.minimize(lambda a: a, {"a": [1.0, 2.0]}, 2, sampler="grid", progress=False)
    page = report(study, sections=[bars(study)])
    assert "Bars &amp; &lt;bars&gt;" in page and page.count("<rect x=") >= 2
    assert bars(study).figure in page


def test_all_of_them_together() -> None:
    """REP-05: swapped separately, and at once."""
    journal = Counting()
    study = tt.create_study({"a": tt.Float(0, 1)}, sampler=Mine(), storage=journal, seed=1)
    study.optimize(Halves((0.5,)), 20, progress=False)
    again = tt.load_study(storage=journal, sampler=Mine())
    assert [t.config for t in again.trials] == [t.config for t in study.trials]
    assert study.best.value < 0.2 and bars(study).figure.count("<rect") == 20
