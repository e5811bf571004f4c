"""Spaces written for other libraries: Scikit-Optimize, Ray Tune, Weights & Biases, Optuna.

Objects are read by the names of their classes and attributes; none of the libraries is imported.
Conventions as their documentation of 2024 has them: Ray's integers exclude the upper end unless
quantized; in a W&B sweep `log_uniform` bounds are natural-log exponents, `log_uniform_values` literal.
Hyperopt's trees have a file of their own, `hyperopt_tree`.
"""

import math
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from trimtab.errors import SpaceError
from trimtab.plugin import did_you_mean
from trimtab.space.domain import (
    Beta,
    Categorical,
    Domain,
    Float,
    Int,
    LogNormal,
    Normal,
    lognormal,
    loguniform,
    normal,
)
from trimtab.space.inline import number_of
from trimtab.space.prior import Prior, Scipy
from trimtab.space.space import Space
from trimtab.space.spelling import domain_of
from trimtab.space.value import native

_FAR = 8.0  # standard deviations to which a quantized unbounded distribution is followed


def quantized(low: float, high: float, step: float, prior: Prior | None = None) -> Float:
    """Multiples of `step` between the bounds, each rounded to the nearest of them, with a prior."""
    first, last = round(low / step), round(high / step)
    return Float(
        float(f"{first * step:.12g}"), float(f"{last * step:.12g}"), step=step, prior=prior
    )


def quantized_log(low: float, high: float, step: float) -> Float:
    """Multiples of `step` whose logarithm is uniform before the rounding."""
    return quantized(low, high, step, Scipy("loguniform", (low, high)))


def quantized_normal(mean: float, std: float, step: float, *, log: bool = False) -> Float:
    """Multiples of `step`, (log-)normal before the rounding, cut at eight standard deviations."""
    low, high = mean - _FAR * std, mean + _FAR * std
    if log:
        return quantized(0.0, math.exp(min(high, 300.0)), step, LogNormal(mean, std))
    return quantized(low, high, step, Normal(mean, std))


# --- Scikit-Optimize ---


def from_skopt(spec: Mapping[str, Any] | Iterable[Any]) -> Space:
    """A space from Scikit-Optimize dimensions: a dict name -> dimension, or a list of named ones.

    Tuples (low, high) and (low, high, "log-uniform") and lists of choices are understood as well.

    Raises:
        SpaceError: a dimension without a name, or something that is no dimension.
    """
    if isinstance(spec, Mapping):
        return Space({name: _skopt(name, item) for name, item in spec.items()})
    dimensions = list(spec)
    for i, item in enumerate(dimensions):
        if not getattr(item, "name", None):
            raise SpaceError(f"dimension {i}, {item!r}, has no name; give a dict name -> dimension")
    return Space([(item.name, _skopt(item.name, item)) for item in dimensions])


def _skopt(name: str, item: Any) -> Any:
    kind = type(item).__name__
    if kind in ("Real", "Integer"):
        return _skopt_range(name, (item.low, item.high), item.prior, whole=kind == "Integer")
    if kind == "Categorical" and hasattr(item, "categories"):
        weights = item.prior if isinstance(item.prior, tuple | list) else None
        return Categorical(item.categories, weights=weights)
    if isinstance(item, tuple) and 2 <= len(item) <= 3:
        ends = tuple(native(end) for end in item[:2])
        if all(isinstance(end, int | float) and not isinstance(end, bool) for end in ends):
            prior = item[2] if len(item) == 3 else "uniform"
            return _skopt_range(name, ends, prior, whole=all(isinstance(e, int) for e in ends))
    if isinstance(item, tuple):
        return Categorical(list(item))
    return domain_of(name, item)


def _skopt_range(name: str, ends: tuple[Any, Any], prior: str | None, whole: bool) -> Domain:
    if prior not in (None, "uniform", "log-uniform"):
        raise SpaceError(f"{name!r}: prior={prior!r} is not known; use 'uniform' or 'log-uniform'")
    low, high, log = native(ends[0]), native(ends[1]), prior == "log-uniform"
    return Int(int(low), int(high), log=log) if whole else Float(float(low), float(high), log=log)


# --- Ray Tune ---


def from_ray(spec: Mapping[str, Any]) -> Space:
    """A space from a Ray Tune config: `tune.uniform`, `loguniform`, `randint`, `choice`, `q...`.

    `tune.randint(2, 7)` excludes 7; `qrandint` includes it. Nested dicts become dotted names,
    `grid_search` a Categorical, `sample_from` the distribution of what the function returns.

    Raises:
        SpaceError: a sampler that has no counterpart here.
    """
    return Space(list(_ray_pairs(spec, "")))


def _ray_pairs(spec: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, Any]]:
    for name, item in spec.items():
        full = prefix + name
        if isinstance(item, Mapping) and set(item) == {"grid_search"}:
            yield full, Categorical(item["grid_search"])
        elif isinstance(item, Mapping):
            yield from _ray_pairs(item, full + ".")
        elif isinstance(item, list | tuple | str):
            yield full, Categorical([item])  # a constant, as Ray has it
        else:
            yield full, _ray(full, item)


def _ray(name: str, item: Any) -> Any:
    if hasattr(item, "categories"):
        return Categorical(item.categories)
    if callable(func := getattr(item, "func", None)):
        return domain_of(name, func)
    if not hasattr(item, "sampler"):
        return domain_of(name, item)
    sampler, q = item.sampler, None
    if hasattr(sampler, "q"):
        sampler, q = sampler.sampler, native(sampler.q)
    kind = type(sampler).__name__.strip("_").lower() if sampler is not None else "uniform"
    whole = type(item).__name__ == "Integer"
    if kind == "normal":
        mean, std = float(sampler.mean), float(sampler.sd)
        return normal(mean, std) if q is None else quantized_normal(mean, std, q)
    if kind not in ("uniform", "loguniform"):
        raise SpaceError(
            f"{name!r}: the Ray sampler {type(sampler).__name__} has no counterpart here"
        )
    low, high, log = native(item.lower), native(item.upper), kind == "loguniform"
    if whole:
        return _ray_int(int(low), int(high), log, q)
    if q is None:
        return Float(low, high, log=log)
    return quantized_log(low, high, q) if log else quantized(low, high, q)


def _ray_int(low: int, high: int, log: bool, q: float | None) -> Int:
    if q is None:
        return Int(low, high - 1, log=log)
    step = int(q)
    if log and step == 1:
        return Int(low, high, log=True)
    prior = Scipy("loguniform", (low, high)) if log else None
    return Int(math.ceil(low / step) * step, high // step * step, step=step, prior=prior)


# --- Weights & Biases ---


def from_wandb(sweep: Mapping[str, Any]) -> Space:
    """A space from a Weights & Biases sweep, as YAML gives it: the whole file or its `parameters`.

    Nested `parameters` become dotted names. Warns where `log_uniform` has tiny positive bounds: they
    are exponents, and `log_uniform_values` was meant.

    Raises:
        SpaceError: a distribution that is not known, or one without its parameters.
    """
    parameters = sweep.get("parameters", sweep)
    return Space(list(_wandb_pairs(parameters, "")))


def _wandb_pairs(parameters: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, Any]]:
    for name, item in parameters.items():
        if not isinstance(item, Mapping):
            raise SpaceError(f"{prefix + name!r}: {item!r} is no parameter; write value: {item!r}")
        if isinstance(item.get("parameters"), Mapping):
            yield from _wandb_pairs(item["parameters"], f"{prefix}{name}.")
        else:
            yield prefix + name, _wandb(prefix + name, item)


def _wandb(name: str, item: Mapping[str, Any]) -> Domain:
    if "value" in item:
        return Categorical([item["value"]])
    if "values" in item:
        return Categorical(item["values"], weights=item.get("probabilities"))
    given = {key: number_of(item[key], key, float) for key in _WANDB_NUMBERS if key in item}
    kind = item.get("distribution") or _wandb_default(name, item)
    step = given.get("q", 1.0) if kind.startswith("q_") else None
    base = kind.removeprefix("q_")
    wanted = _WANDB.get(base)
    if wanted is None:
        raise SpaceError(
            f"{name!r}: distribution={kind!r} is not known{did_you_mean(kind, _WANDB)}"
        )
    if base in ("normal", "log_normal"):
        given = {"mu": 0.0, "sigma": 1.0} | given
    if missing := [key for key in wanted if key not in given]:
        raise SpaceError(f"{name!r}: distribution {kind!r} needs {' and '.join(missing)}")
    a, b = (given[key] for key in wanted)
    if base == "log_uniform" and 0 < a < b <= 1:
        warnings.warn(
            f"{name!r}: log_uniform bounds are exponents, so it lies on [{math.exp(a):.6g}, "
            f"{math.exp(b):.6g}]; use log_uniform_values for [{a:g}, {b:g}]",
            UserWarning,
            stacklevel=2,
        )
    return _wandb_domain(base, a, b, step)


_WANDB_NUMBERS = ("min", "max", "mu", "sigma", "q", "a", "b")
_WANDB = {
    "uniform": ("min", "max"), "int_uniform": ("min", "max"), "log_uniform": ("min", "max"),
    "log_uniform_values": ("min", "max"), "normal": ("mu", "sigma"),
    "log_normal": ("mu", "sigma"), "beta": ("a", "b"),
}  # fmt: skip


def _wandb_default(name: str, item: Mapping[str, Any]) -> str:
    if "min" not in item or "max" not in item:
        raise SpaceError(f"{name!r}: {dict(item)!r} needs value, values, or min and max")
    return "int_uniform" if all(isinstance(item[k], int) for k in ("min", "max")) else "uniform"


def _wandb_domain(base: str, a: float, b: float, step: float | None) -> Domain:
    if base == "int_uniform":
        return Int(int(a), int(b))
    if base == "uniform":
        return Float(a, b) if step is None else quantized(a, b, step)
    if base in ("log_uniform", "log_uniform_values"):
        low, high = (math.exp(a), math.exp(b)) if base == "log_uniform" else (a, b)
        return loguniform(low, high) if step is None else quantized_log(low, high, step)
    if base == "beta":
        return (
            Float(0.0, 1.0, prior=Beta(a, b)) if step is None else quantized(0, 1, step, Beta(a, b))
        )
    if step is not None:
        return quantized_normal(a, b, step, log=base == "log_normal")
    return lognormal(a, b) if base == "log_normal" else normal(a, b)


# --- Optuna ---


def from_optuna(distributions: Mapping[str, Any]) -> Space:
    """A space from a dict name -> Optuna distribution (Float, Int, Categorical).

    Raises:
        SpaceError: an object that is none of these.
    """
    return Space({name: _optuna(name, item) for name, item in distributions.items()})


def _optuna(name: str, item: Any) -> Domain:
    kind = type(item).__name__
    if kind == "CategoricalDistribution":
        return Categorical(list(item.choices))
    if kind == "FloatDistribution":
        return Float(item.low, item.high, log=item.log, step=item.step)
    if kind == "IntDistribution":
        return Int(item.low, item.high, log=item.log, step=1 if item.log else item.step)
    raise SpaceError(f"{name!r}: {item!r} is no Float-, Int- or CategoricalDistribution of Optuna")
