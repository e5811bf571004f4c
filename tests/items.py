"""Which tests prove which item of the mission: one line for each item, and what is not covered.

    python tests/items.py [AREA...]        TPE ADP EVO ...; none: all areas
    python tests/items.py --missing TPE    only what no test names

A test names its items in its docstring or in a comment on its first line ("SAN-05"). Nothing is imported
or run: the tests are read. Exit code 0: every item has a test; 1: some have none; 2: bad call, or the
mission is not where `--mission` says.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MISSION = ROOT.parent / "shared" / "spec" / "mission.md"
CELL = r"((?:\\.|[^|\\])*)\|"  # a backslash takes a bar along
ROW = re.compile(rf"^\| ([A-Z]{{3}}-\d{{2}}) \|{CELL}{CELL}", re.MULTILINE)
ITEM = re.compile(r"\b[A-Z]{3}-\d{2}\b")


@dataclass(frozen=True)
class Proof:
    """A test that names an item."""

    item: str
    place: str  # path::test
    is_slow: bool


def items(mission: str, areas: Iterable[str] = ()) -> dict[str, str]:
    """The items of these areas, all where none is given: id, and what a user can do.

    Raises:
        ValueError: an area that the mission does not have.
    """
    rows = {item: what.strip() for item, _, what in ROW.findall(mission)}
    wanted = [area.upper() for area in areas]
    if unknown := set(wanted) - {item[:3] for item in rows}:
        known = " ".join(sorted({item[:3] for item in rows}))
        raise ValueError(f"no area {' '.join(sorted(unknown))}; there are {known}")
    return {item: what for item, what in rows.items() if not wanted or item[:3] in wanted}


def proofs(source: str, path: str) -> list[Proof]:
    """The items that the tests in a file's text name, in the order of the file."""
    lines, found = source.splitlines(), []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test"):
            continue
        head = lines[node.lineno - 1 : node.body[0].lineno - 1]
        text = " ".join([*(line.partition("#")[2] for line in head), ast.get_docstring(node) or ""])
        is_slow = any("slow" in ast.unparse(mark) for mark in node.decorator_list)
        named = dict.fromkeys(ITEM.findall(text))
        found += [Proof(item, f"{path}::{node.name}", is_slow) for item in named]
    return found


def all_proofs(root: Path = ROOT) -> list[Proof]:
    """The proofs in all test files of a checkout."""
    found = []
    for path in sorted((root / "tests").rglob("test_*.py")):
        found += proofs(path.read_text(encoding="utf-8"), str(path.relative_to(root)))
    return found


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("areas", nargs="*", metavar="AREA")
    parser.add_argument("--missing", action="store_true", help="only items without a test")
    parser.add_argument("--mission", type=Path, default=MISSION)
    asked = parser.parse_args(arguments)
    try:
        wanted = items(asked.mission.read_text(encoding="utf-8"), asked.areas)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    by_item: dict[str, list[Proof]] = {}
    for proof in all_proofs():
        by_item.setdefault(proof.item, []).append(proof)
    for item, what in wanted.items():
        found = by_item.get(item, [])
        if found and asked.missing:
            continue
        print(f"{item}  {what}" if found else f"{item}  {what}\n        NO TEST")
        for proof in found:
            print(f"        {proof.place}{'  (slow)' if proof.is_slow else ''}")
    missing = [item for item in wanted if item not in by_item]
    print(f"{len(wanted) - len(missing)} of {len(wanted)} items have a test", file=sys.stderr)
    if missing:
        print("without one:", *missing, file=sys.stderr)
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())
