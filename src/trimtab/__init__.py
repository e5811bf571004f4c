"""Trimtab: hyperparameter optimization. Every search strategy behind one durable ask/tell study.

Names load on first use (PEP 562), so that `import trimtab` takes milliseconds.
"""

import importlib
from typing import Any

__version__ = "0.1.0"

_DOMAIN, _CREATE, _TRIAL = "trimtab.space.domain", "trimtab.study.create", "trimtab.core.trial"
_ERRORS, _END = "trimtab.errors", "trimtab.terminator"

_HOME = {
    "Space": "trimtab.space.space",
    **{
        name: _DOMAIN
        for name in (
            "Float", "Int", "Categorical", "Ordinal", "ZeroOr", "Normal", "LogNormal", "Beta",
            "uniform", "loguniform", "quniform", "randint", "choice", "normal", "lognormal",
        )
    },
    "Study": "trimtab.study.study",
    "Trial": "trimtab.executor.handle",
    "Record": _TRIAL,
    "Result": _TRIAL,
    "TrialState": _TRIAL,
    "Memory": "trimtab.storage.memory",
    "SQLite": "trimtab.storage.sqlite",
    "Command": "trimtab.executor.command",
    **{name: _CREATE for name in ("create_study", "load_study", "delete_study", "minimize", "maximize")},
    **{name: _END for name in ("NTrials", "Timeout", "Target", "Plateau", "Extending", "Cost", "Steps")},
    **{
        name: _ERRORS
        for name in (
            "TrimtabError", "InvalidArgument", "SpaceError", "SpaceChanged", "SpaceExhausted", "NothingYet",
            "Unsupported", "ResultError", "StudyExists", "StudyNotFound", "AlreadyTold", "LeaseLost",
            "StorageError", "TooManyFailures", "TrialPruned", "MissingExtra", "Unpicklable",
        )
    },
}  # fmt: skip
_SUBMODULES = ("sampler", "scheduler", "terminator", "space", "design", "errors")

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    elif name in _SUBMODULES:
        value = importlib.import_module(f"trimtab.{name}")
    else:
        raise AttributeError(f"module 'trimtab' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME, *_SUBMODULES])
