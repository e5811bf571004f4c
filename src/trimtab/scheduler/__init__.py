"""Schedulers by name: `trimtab.scheduler.Median()` loads the one file it needs."""

from typing import Any

from trimtab.scheduler.registry import REGISTRY


def __getattr__(name: str) -> Any:
    if name.startswith("_") or name not in REGISTRY.names():
        raise AttributeError(f"module 'trimtab.scheduler' has no attribute {name!r}")
    return REGISTRY.load(name)


def __dir__() -> list[str]:
    return REGISTRY.names()
