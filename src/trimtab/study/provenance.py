"""Where a study comes from: code, versions and machine, so that a result can be traced and repeated."""

import importlib.metadata
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_MAX_DIFF = 200_000  # characters of an uncommitted diff that are kept


def provenance() -> dict[str, Any]:
    """Git commit, versions of every imported distribution, Python, machine and command line."""
    return {
        "git": git_state(Path.cwd()),
        "python": platform.python_version(),
        "packages": imported_versions(),
        "machine": {
            "system": platform.platform(),
            "cpus": os.cpu_count(),
            "memory": _memory(),
            "host": platform.node(),
        },
        "argv": list(sys.argv),
    }


def git_state(folder: Path) -> dict[str, Any] | None:
    """The commit, whether the tree differs from it, and how; None outside of a repository."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    diff = _git(folder, "diff", "HEAD", "--no-ext-diff") or ""
    untracked = _git(folder, "ls-files", "--others", "--exclude-standard") or ""
    return {
        "commit": commit.strip(),
        "is_dirty": bool(diff.strip() or untracked.strip()),
        "diff": diff[:_MAX_DIFF],
    }


def imported_versions() -> dict[str, str]:
    """The version of every installed distribution of which a module is loaded right now."""
    loaded = {name.partition(".")[0] for name in list(sys.modules)}
    owners = _owners()
    names = {dist for module in loaded for dist in owners.get(module, ())} | {"trimtab"}
    versions = {}
    for name in sorted(names):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


@cache
def _owners() -> Mapping[str, list[str]]:
    """Which distributions own a module; it takes a tenth of a second to find out."""
    return importlib.metadata.packages_distributions()


def _git(folder: Path, *args: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *args],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    return done.stdout if done.returncode == 0 else None


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None
