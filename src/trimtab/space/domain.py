"""The domains a parameter may have, their short spellings, and their JSON.

The short spellings are those of Hyperopt (Bergstra et al. 2013) and Ray Tune, with our conventions:
both ends included, bounds literal.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from trimtab.errors import SpaceError
from trimtab.space.choice import Categorical, Ordinal
from trimtab.space.condition import Condition, Conditional
from trimtab.space.contract import Domain
from trimtab.space.integer import Int
from trimtab.space.number import Float
from trimtab.space.prior import Beta, LogNormal, Normal, prior_of
from trimtab.space.value import UNSET, decode
from trimtab.space.zero_or import ZeroOr

__all__ = [
    "Beta",
    "Categorical",
    "Condition",
    "Conditional",
    "Domain",
    "Float",
    "Int",
    "LogNormal",
    "Normal",
    "Ordinal",
    "ZeroOr",
    "choice",
    "domain_from_dict",
    "is_domain",
    "lognormal",
    "loguniform",
    "normal",
    "quniform",
    "randint",
    "uniform",
]


def is_domain(value: object) -> bool:
    """Whether the value is one of the five domains."""
    return isinstance(value, Float | Int | Categorical | Ordinal | ZeroOr)


def uniform(low: float, high: float) -> Float:
    """`Float(low, high)`."""
    return Float(low, high)


def loguniform(low: float, high: float) -> Float:
    """`Float(low, high, log=True)`; the bounds are the values, not their logarithms."""
    return Float(low, high, log=True)


def quniform(low: float, high: float, step: float) -> Float:
    """`Float(low, high, step=step)`."""
    return Float(low, high, step=step)


def randint(low: int, high: int) -> Int:
    """`Int(low, high)`, both ends included."""
    return Int(low, high)


def choice(choices: Iterable[Any] | Mapping[str, Any]) -> Categorical:
    """`Categorical(choices)`."""
    return Categorical(choices)


def normal(mean: float, std: float) -> Float:
    """`Float(prior=Normal(mean, std))`, without bounds."""
    return Float(prior=Normal(mean, std))


def lognormal(mean: float, std: float) -> Float:
    """`Float(0, prior=LogNormal(mean, std))`: its logarithm is N(mean, std**2)."""
    return Float(0.0, prior=LogNormal(mean, std))


def domain_from_dict(spec: Mapping[str, Any]) -> Domain:
    """The domain that its `to_dict` described.

    Raises:
        SpaceError: the type is not one of the five.
    """
    kind, default = spec.get("type"), spec.get("default")
    if kind in ("float", "int"):
        prior = None if spec.get("prior") is None else prior_of(spec["prior"])
        if kind == "int":
            return Int(
                spec["low"],
                spec["high"],
                step=spec["step"],
                log=spec["log"],
                prior=prior,
                default=default,
            )
        low = -math.inf if spec["low"] is None else spec["low"]
        high = math.inf if spec["high"] is None else spec["high"]
        return Float(low, high, log=spec["log"], step=spec["step"], prior=prior, default=default)
    if kind == "zero_or":
        inner = domain_from_dict(spec["domain"])
        if not isinstance(inner, Float):
            raise SpaceError("zero_or holds a float; the JSON of the space is damaged")
        return ZeroOr(inner, spec["p"], default=default)
    tagged = UNSET if default is None else decode(default)
    if kind == "categorical":
        choices = [decode(item) for item in spec["choices"]]
        return Categorical(choices, weights=spec["weights"], default=tagged)
    if kind == "ordinal":
        return Ordinal([decode(item) for item in spec["values"]], default=tagged)
    raise SpaceError(
        f"domain type={kind!r} is not known; use float, int, categorical, ordinal or zero_or"
    )
