"""`trimtab samplers`, `trimtab schedulers` and `trimtab version`: what this installation has.

Capabilities are declared by the methods themselves and refused at once (as in bbotk, Becker 2020), so
the table can be trusted.
"""

import importlib.metadata
import inspect
import platform
import sqlite3
from dataclasses import MISSING, asdict, fields, is_dataclass
from typing import Any

import click

from trimtab import __version__
from trimtab.cli.place import JSON
from trimtab.cli.table import print_json, print_table
from trimtab.core.protocols import Promoter, Supports
from trimtab.plugin import Registry
from trimtab.sampler.registry import REGISTRY as SAMPLERS
from trimtab.scheduler.registry import REGISTRY as SCHEDULERS

_STANDS_ON = ("numpy", "scipy", "click", "rich", "PyYAML", "cloudpickle")


@click.command()
@JSON
def samplers(as_json: bool) -> None:
    """The samplers there are, and what they can do.

    With --json: a list of objects with name, about, settings and supports.
    """
    found = [_about(name, SAMPLERS) | _can(name) for name in SAMPLERS.names()]
    if as_json:
        print_json(found)
        return
    rows = []
    for sampler in found:
        supports = sampler["supports"]
        can = [word for word in ("conditional", "categorical", "constraints") if supports.get(word)]
        objectives = supports.get("objectives", "")
        rows.append(
            (
                sampler["name"],
                "any" if objectives is None else objectives,
                ", ".join(can),
                sampler["about"],
            )
        )
    print_table(["sampler", "objectives", "handles", "about"], rows)


@click.command()
@JSON
def schedulers(as_json: bool) -> None:
    """The schedulers there are: what ends losers early.

    With --json: a list of objects with name, about, settings and pauses.
    """
    found = [
        _about(name, SCHEDULERS) | {"pauses": issubclass(SCHEDULERS.load(name), Promoter)}
        for name in SCHEDULERS.names()
    ]
    if as_json:
        print_json(found)
        return
    rows = [(s["name"], "pauses" if s["pauses"] else "stops", s["about"]) for s in found]
    print_table(["scheduler", "how", "about"], rows)


@click.command()
@JSON
def version(as_json: bool) -> None:
    """The versions of Trimtab and of what it stands on."""
    found = {"trimtab": __version__, "python": platform.python_version()}
    found |= {name: importlib.metadata.version(name) for name in _STANDS_ON}
    found["sqlite"] = sqlite3.sqlite_version
    if as_json:
        print_json(found)
        return
    for name, number in found.items():
        click.echo(f"{name:12} {number}")


def _about(name: str, registry: Registry) -> dict[str, Any]:
    kind = registry.load(name)
    doc = inspect.getdoc(kind) or ""
    return {
        "name": name,
        "about": doc.partition("\n\n")[0].replace("\n", " "),
        "settings": _settings(kind),
    }


def _can(name: str) -> dict[str, Any]:
    return {"supports": _supports(SAMPLERS.load(name))}


def _settings(kind: Any) -> dict[str, Any]:
    """The settings with their defaults; those without one are marked as required."""
    if not is_dataclass(kind):
        return {}
    return {
        f.name: "required" if f.default is MISSING else f.default for f in fields(kind) if f.init
    }


def _supports(kind: Any) -> dict[str, Any]:
    """What the class declares; nothing where only an instance can say."""
    declared = getattr(kind, "supports", None)
    if isinstance(declared, property):
        try:
            declared = kind().supports
        except TypeError:  # it needs settings that have no default
            return {}
    return asdict(declared) if isinstance(declared, Supports) else {}
