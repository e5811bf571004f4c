"""Where the numbers come from, as the report tells it: seed, sampler, code, versions, machine."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from trimtab.core.journal import StudyRow
from trimtab.viz.page import folded, pairs
from trimtab.viz.svg import escape

Facts = list[tuple[object, object]]


def facts(row: StudyRow, sampler: Mapping[str, Any]) -> Facts:
    """Names and values, those that are known."""
    meta = row.meta
    made = datetime.fromtimestamp(row.created, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    found: Facts = [
        ("study", row.name),
        ("created", made),
        ("directions", ", ".join(row.directions)),
        ("seed", row.seed),
        ("sampler", settings(sampler)),
    ]
    git = meta.get("git")
    if isinstance(git, Mapping):
        dirty = ", with changes that were not committed" if git.get("is_dirty") else ""
        found.append(("git commit", f"{git.get('commit')}{dirty}"))
    if meta.get("python"):
        found.append(("Python", meta["python"]))
    machine = meta.get("machine")
    if isinstance(machine, Mapping):
        found.append(("machine", _machine(machine)))
    argv = meta.get("argv")
    if isinstance(argv, list):
        found.append(("command", " ".join(map(str, argv))))
    return found


def provenance_table(row: StudyRow, sampler: Mapping[str, Any]) -> str:
    """The facts, and the versions of all packages in a fold."""
    packages = row.meta.get("packages")
    more = ""
    if isinstance(packages, Mapping) and packages:
        lines = "\n".join(f"{name}=={version}" for name, version in packages.items())
        more = folded(f"{len(packages)} packages", f"<pre>{escape(lines)}</pre>")
    return pairs(facts(row, sampler)) + more


def settings(sampler: Mapping[str, Any]) -> str:
    """A sampler's name and settings on one line."""
    rest = {k: v for k, v in sampler.items() if k != "name"}
    name = str(sampler.get("name", "unknown"))
    return name + (f" {json.dumps(rest, ensure_ascii=False, default=str)}" if rest else "")


def _machine(machine: Mapping[str, Any]) -> str:
    memory = machine.get("memory")
    size = f"{memory / 2**30:.1f} GiB" if isinstance(memory, int) else None
    cpus = f"{machine['cpus']} CPUs" if machine.get("cpus") else None
    return ", ".join(str(p) for p in (machine.get("system"), cpus, size, machine.get("host")) if p)
