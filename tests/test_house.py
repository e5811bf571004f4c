"""The rules of the house, kept by a test so that nobody has to remember them."""

import ast
import re
from pathlib import Path

import pytest

import trimtab

SOURCE = Path(trimtab.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text()) for path in FILES}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
MAY_HAVE_CODE = {
    SOURCE / name / "__init__.py"
    for name in (
        "",
        "acquisition",
        "design",
        "integration/sklearn",
        "sampler",
        "scheduler",
        "surrogate",
    )
}
# Plumbing of the packages that hold algorithms: nothing in it was published.
NO_ALGORITHM = {"__init__", "registry", "fifo"}


def short(path):
    return str(path.relative_to(SOURCE))


def nodes(kinds):
    return [(p, n) for p, tree in TREES.items() for n in ast.walk(tree) if isinstance(n, kinds)]


def length(node):
    return node.end_lineno - node.lineno + 1


def test_files_are_short():
    assert {short(p): n for p in FILES if (n := len(p.read_text().splitlines())) > 300} == {}


def test_functions_are_short():
    long = {f"{short(p)}:{n.name}": length(n) for p, n in nodes(FUNCTIONS) if length(n) > 60}
    assert long == {}


def public_methods(node):
    return [
        part.name
        for part in node.body
        if isinstance(part, FUNCTIONS)
        and not part.name.startswith("_")
        and not any("property" in ast.unparse(d) for d in part.decorator_list)
    ]


def test_classes_have_few_public_methods():
    # A Protocol of the contracts lists the verbs of a storage, which its implementations share.
    storage = {"Journal", "Memory", "SQLite", "PostgreSQL"}
    many = {
        f"{short(p)}:{n.name}": len(public_methods(n))
        for p, n in nodes(ast.ClassDef)
        if len(public_methods(n)) > (20 if n.name in storage else 12)
    }
    assert many == {}


@pytest.mark.parametrize("package", ["design", "sampler", "scheduler", "pareto"])
def test_algorithms_cite_their_year(package):
    unsigned = [
        short(path)
        for path in sorted((SOURCE / package).glob("*.py"))
        if path.stem not in NO_ALGORITHM
        and not re.search(r"\b(1[6-9]|20)\d\d\b", ast.get_docstring(TREES[path]) or "")
    ]
    assert unsigned == []


def test_terminators_cite_a_year():
    assert re.search(r"\b(19|20)\d\d\b", ast.get_docstring(TREES[SOURCE / "terminator.py"]))


def test_package_files_are_empty():
    full = [short(p) for p in FILES if p.name == "__init__.py" and p.read_text().strip()]
    assert full == [short(p) for p in sorted(MAY_HAVE_CODE)]


def test_every_file_says_what_it_is():
    silent = [
        short(p)
        for p, tree in TREES.items()
        if tree.body and not (ast.get_docstring(tree) or "").strip()
    ]
    assert silent == []


BANNED = {"eval", "exec", "compile", "__import__"}


def test_no_text_is_run_as_code():
    calls = [
        f"{short(p)}:{n.lineno}"
        for p, n in nodes(ast.Call)
        if isinstance(n.func, ast.Name) and n.func.id in BANNED
    ]
    assert calls == []


def imported(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""]


def test_our_own_modules_are_imported_at_the_top():
    inside = []
    for path, function in nodes(FUNCTIONS):
        for node in ast.walk(function):
            if isinstance(node, (ast.Import, ast.ImportFrom)) and any(
                name.startswith("trimtab") for name in imported(node)
            ):
                inside.append(f"{short(path)}:{node.lineno}")
    assert [where for where in inside if not where.startswith("cli/")] == []


def test_types_need_no_imports_of_their_own():
    assert [short(p) for p in FILES if "TYPE_CHECKING" in p.read_text()] == []


def test_users_are_told_by_errors_not_by_asserts():
    assert [f"{short(p)}:{n.lineno}" for p, n in nodes(ast.Assert)] == []


WORDS = re.compile(r"^(Abstract|Base)|(Base|Impl|Manager|Handler|Utils?|Helper)$")


def test_names_say_what_a_thing_is():
    classes = [f"{short(p)}:{n.name}" for p, n in nodes(ast.ClassDef) if WORDS.search(n.name)]
    files = [short(p) for p in FILES if p.stem in {"utils", "util", "helpers", "common", "misc"}]
    assert classes + files == []
