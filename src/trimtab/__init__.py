"""Trimtab: hyperparameter optimization. Every search strategy behind one durable ask/tell study.

Names load on first use (PEP 562), so that `import trimtab` takes milliseconds.
"""

import importlib
from typing import Any

__version__ = "0.1.0"

_NAMES = {
    "space.space": "Space",
    "space.domain": (
        "Float Int Categorical Ordinal ZeroOr Normal LogNormal Beta "
        "uniform loguniform quniform randint choice normal lognormal"
    ),
    "study.create": "create_study load_study delete_study minimize maximize",
    "study.study": "Study",
    "study.share": "work",
    "study.estimate": "estimate recommend",
    "study.bundle": "save_bundle load_bundle read_manifest",
    "study.balance": "balanced",
    "study.believed": "believed_best",
    "study.policy": "Policy",
    "study.source": "source_of",
    "executor.handle": "Trial",
    "analysis.lineage": "Schedule schedule_of load_schedule lineages diversity",
    "executor.command": "Command",
    "executor.simulator": "Simulator",
    "executor.replay": "Replay",
    "executor.ray": "Ray",
    "executor.batch_size": "fit_batch largest_batch",
    "core.fidelity": "Fidelity",
    "core.trial": "Record Result TrialState",
    "storage.memory": "Memory",
    "storage.sqlite": "SQLite",
    "storage.server": "PostgreSQL",
    "terminator": "NTrials Timeout Target Plateau Extending Cost Steps",
    "errors": (
        "TrimtabError InvalidArgument SpaceError SpaceChanged SpaceExhausted NothingYet Unsupported "
        "ResultError StudyExists StudyNotFound AlreadyTold LeaseLost StorageError TooManyFailures "
        "TrialPruned MissingExtra Unpicklable BundleChanged"
    ),
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}
_SUBMODULES = {
    name: name
    for name in ("sampler", "scheduler", "terminator", "space", "design", "errors", "sklearn")
} | {"preset": "study.preset"}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(f"trimtab.{_HOME[name]}"), name)
    elif name in _SUBMODULES:
        value = importlib.import_module(f"trimtab.{_SUBMODULES[name]}")
    else:
        raise AttributeError(f"module 'trimtab' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME, *_SUBMODULES})
