"""The pages of the documentation name what exists, and their examples run as they stand."""

import ast
import importlib
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

import trimtab as tt

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
SAMPLERS = sorted((ROOT / "docs" / "samplers").glob("*.md"))
LR, DEPTH = tt.Float(1e-5, 1e-1, log=True), tt.Int(1, 12)
SHARE = tt.Float(0, 1)
SPACE = {"lr": LR, "depth": DEPTH, "reg": SHARE}
SPACES = {  # of the pages whose settings are about other parameters than these three
    "alebo": {f"x{i}": SHARE for i in range(50)},
    "additive": {"lr": LR, "momentum": SHARE, "depth": DEPTH},
    "bandit": {"layout": ["a", "b", "c"]},
    "fractional_factorial": dict.fromkeys("abcde", SHARE),
    "grid": {"lr": LR, "depth": DEPTH},
    "manual": {"lr": LR, "depth": DEPTH},
    "pattern": {"x": SHARE, "y": SHARE},
    "rembo": {f"x{i}": SHARE for i in range(50)},
    "subspace": {f"x{i}": SHARE for i in range(50)},
    "van_der_corput": {"x": SHARE},
}
KEYS = {"usage", "state"}  # of an attribute and a tag, whose names begin with ours


def short(path):
    return str(path.relative_to(ROOT))


def blocks(path):
    return re.findall(r"^```python\n(.*?)^```", path.read_text(), re.S | re.M)


def last_year(path):
    """A study for the pages that learn from an earlier one."""
    study = tt.create_study(SPACE, storage=path, sampler="sobol", seed=0)
    study.optimize(lambda lr, depth, reg: reg * depth + lr, n_trials=5, progress=False)


def objective(config):
    return float(config["depth"])


def latency(threads, load):
    return load / threads


@pytest.fixture
def page(tmp_path, monkeypatch):
    """An empty module, for what an example defines has to be found there; files go to a folder of its own."""
    module = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    monkeypatch.chdir(tmp_path)
    return module


def run(path, page):
    """Runs all blocks, statement by statement, and returns every study that they made."""
    made = []
    for block in blocks(path):
        for part in ast.parse(block).body:
            exec(compile(ast.Module([part], []), short(path), "exec"), vars(page))
            if not any(study is getattr(page, "study", None) for study in [None, *made]):
                made.append(page.study)
    return made


@pytest.mark.parametrize("path", SAMPLERS, ids=lambda path: path.stem)
def test_a_page_of_a_sampler_runs_and_its_studies_propose(path, page):
    given = {"space": SPACES.get(path.stem, SPACE), "clicked": 1.0}  # what pages take for granted
    vars(page).update(given, trimtab=tt, objective=objective, latency=latency)
    if "last_year.db" in path.read_text():
        last_year("last_year.db")
    made = run(path, page)
    assert made or path.stem == "index"
    for study in made:
        if not study.trials:
            study.space.validate(study.ask().config)


def test_bayesian_optimization_by_hand(page):
    """J09: thirty steps on Branin end within 0.05 of its least value."""
    (study,) = run(ROOT / "docs" / "gp_by_hand.md", page)
    assert [trial.value for trial in study.trials] == page.y.tolist()
    assert len(page.y) == 30
    assert study.best.value - 0.397887 < 0.05


def dotted(node):
    """The names of an expression such as `trimtab.sampler.Grid`; [] if it is none."""
    if isinstance(node, ast.Name):
        return [node.id]
    inner = dotted(node.value) if isinstance(node, ast.Attribute) else []
    return [*inner, node.attr] if inner else []


def named(block):
    """Every name of ours in a block, dotted or imported, and whether it is imported."""
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.Attribute):
            first, *rest = dotted(node) or [""]
            if first in {"trimtab", "tt"}:
                yield rest, False
        elif isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "trimtab":
            for alias in node.names:
                yield [*node.module.split(".")[1:], alias.name], True


def exists(names, is_imported=True):
    """Whether these names lead anywhere from the package: as attributes, or, if imported, as modules."""
    found = tt
    for i, name in enumerate(names, 1):
        if not hasattr(found, name) and not (is_imported and loads(names[:i])):
            return False
        if not hasattr(found, name):  # an extra that is not here: what is said of it is in its file
            return all(f"\nclass {rest}" in source(names[:i]) for rest in names[i:])
        found = getattr(found, name)
    return True


def loads(names):
    try:
        importlib.import_module(".".join(["trimtab", *names]))
    except tt.MissingExtra:
        return True
    except ImportError:
        return False
    return True


def source(names):
    return Path(find_spec(".".join(["trimtab", *names])).origin).read_text()


@pytest.mark.parametrize("path", PAGES, ids=short)
def test_a_page_names_what_exists(path):
    used = [found for block in blocks(path) for found in named(block)]
    assert [names for names, is_imported in used if not exists(names, is_imported)] == []
    prose = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.S | re.M)
    spans = " ; ".join(re.findall(r"`([^`]+)`", prose))
    said = re.findall(r"(?<![\w./])(?:trimtab|tt)\.([A-Za-z_][\w.]*\w)", spans)
    names = {name for name in said if not name.endswith("db")} - KEYS
    assert {name for name in names if not exists(name.split("."))} == set()


@pytest.mark.parametrize("package", [tt.design, tt.surrogate, tt.acquisition])
def test_the_names_of_a_package_load_whatever_was_imported_before(package):
    files = {path.stem for path in Path(package.__file__).parent.glob("*.py")}
    assert not files & set(package.__all__)  # an import would put the file in the function's place
    for name in dir(package):
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match=f"{package.__name__} has no attribute 'nothing'"):
        _ = package.nothing
