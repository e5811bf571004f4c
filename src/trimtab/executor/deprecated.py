"""Spellings of old that objectives may still have, with a warning that says the new one."""

import warnings
from typing import Any


def _warn(old: str, new: str) -> None:
    warnings.warn(
        f"trial.{old} is an old spelling; write trial.{new}", DeprecationWarning, stacklevel=3
    )


def _suggest_uniform(self: Any, name: str, low: float, high: float) -> float:
    _warn("suggest_uniform(name, low, high)", "suggest_float(name, low, high)")
    value: float = self.suggest_float(name, low, high)
    return value


def _suggest_loguniform(self: Any, name: str, low: float, high: float) -> float:
    _warn("suggest_loguniform(name, low, high)", "suggest_float(name, low, high, log=True)")
    value: float = self.suggest_float(name, low, high, log=True)
    return value


def _suggest_discrete_uniform(self: Any, name: str, low: float, high: float, q: float) -> float:
    _warn("suggest_discrete_uniform(name, low, high, q)", "suggest_float(name, low, high, step=q)")
    value: float = self.suggest_float(name, low, high, step=q)
    return value


DEPRECATED: dict[str, Any] = {
    "suggest_uniform": _suggest_uniform,
    "suggest_loguniform": _suggest_loguniform,
    "suggest_discrete_uniform": _suggest_discrete_uniform,
}
