"""`trimtab space diff` and `trimtab env diff`: what changed between two experiments.

Comparing what was declared and where it ran is the first step of any failed reproduction (Pineau et
al. 2021, Improving Reproducibility in Machine Learning Research).
"""

from collections.abc import Mapping
from typing import Any

import click

from trimtab.cli.load import space_in
from trimtab.cli.place import JSON, existing
from trimtab.cli.table import print_json, safe
from trimtab.study.create import find_study


@click.group()
def space() -> None:
    """Compare the search spaces of two files."""


@space.command("diff")
@click.argument("a")
@click.argument("b")
@JSON
def space_diff(a: str, b: str, as_json: bool) -> None:
    """What was added, removed and changed from the space in file A to the one in B.

    A file holds the space itself, or has it under its key `space`. Prints nothing for equal spaces.
    With --json: a list of texts.
    """
    _print(space_in(a).diff(space_in(b)), as_json)


@click.group()
def env() -> None:
    """Compare the environments of two studies."""


@env.command("diff")
@click.argument("a")
@click.argument("b")
@click.option("--study-a", metavar="NAME", help="In storage A; the only one, unless named.")
@click.option("--study-b", metavar="NAME", help="In storage B; the only one, unless named.")
@JSON
def env_diff(a: str, b: str, study_a: str | None, study_b: str | None, as_json: bool) -> None:
    """What differs between where the studies in the storages A and B were created.

    Compares Python, the packages that were loaded, the machine and the git commit; prints nothing
    where all is equal. With --json: a list of texts.
    """
    old, new = (
        _environment(find_study(existing(storage), name).meta)
        for storage, name in ((a, study_a), (b, study_b))
    )
    lines = [f"removed {key}: {old[key]}" for key in old if key not in new]
    lines += [f"added {key}: {new[key]}" for key in new if key not in old]
    lines += [f"changed {k}: {old[k]} -> {new[k]}" for k in old if k in new and old[k] != new[k]]
    _print(lines, as_json)


def _environment(meta: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a study's provenance that two runs may share, by name."""
    machine, git = meta.get("machine") or {}, meta.get("git") or {}
    facts = {
        "python": meta.get("python"),
        **(meta.get("packages") or {}),
        **{f"machine.{key}": machine.get(key) for key in ("system", "cpus", "memory", "host")},
        "git.commit": git.get("commit"),
        "git.is_dirty": git.get("is_dirty"),
    }
    return {key: value for key, value in facts.items() if value is not None}


def _print(lines: list[str], as_json: bool) -> None:
    if as_json:
        print_json(lines)
        return
    for line in lines:
        click.echo(safe(line))
