"""Trimtab: hyperparameter optimization. Every search strategy behind one durable ask/tell study.

Names load on first use (PEP 562), so that `import trimtab` takes milliseconds.
"""

from importlib import import_module as _import_module
from typing import Any as _Any

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
    "executor.process": "Process",
    "executor.parallel": "parallel_map",
    "executor.shared": "Shared",
    "executor.batch_size": "fit_batch largest_batch",
    "core.fidelity": "Fidelity",
    "core.trial": "Record Result TrialState",
    "storage.memory": "Memory",
    "storage.sqlite": "SQLite",
    "storage.server": "PostgreSQL",
    "integration.mlflow": "MLflow",
    "integration.wandb": "WandB",
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
    for name in (
        *("sampler", "scheduler", "surrogate", "acquisition", "design", "terminator"),
        *("space", "errors", "sklearn"),
    )
} | {"preset": "study.preset"}

__all__ = [*_HOME]


def __getattr__(name: str) -> _Any:
    if name in _HOME:
        value = getattr(_import_module(f"trimtab.{_HOME[name]}"), name)
    elif name in _SUBMODULES:
        value = _import_module(f"trimtab.{_SUBMODULES[name]}")
    else:
        foreign = _import_module("trimtab.foreign")
        raise foreign.no_attribute("trimtab", name, foreign.PACKAGE, [*_HOME, *_SUBMODULES])
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    ours = {name for name in globals() if name.startswith("__")}
    return sorted({*ours, *_HOME, *_SUBMODULES})
