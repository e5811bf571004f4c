"""Samplers by name: `trimtab.sampler.Sobol()` loads the one file it needs."""

from typing import Any

from trimtab.sampler.registry import REGISTRY


def __getattr__(name: str) -> Any:
    if name.startswith("_") or name not in REGISTRY.names():
        raise AttributeError(f"module 'trimtab.sampler' has no attribute {name!r}")
    return REGISTRY.load(name)


def __dir__() -> list[str]:
    return REGISTRY.names()
