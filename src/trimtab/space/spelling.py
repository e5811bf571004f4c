"""What may stand for a domain: lists, scalars, text, plain dicts, distributions, callables.

Lists and scalars are those of parameter grids (Scikit-learn; Pedregosa et al. 2011), plain dicts
those of YAML files, where `1e-5` is a string and is read as the number it spells.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from trimtab.errors import SpaceError
from trimtab.plugin import did_you_mean
from trimtab.space.domain import (
    Categorical,
    Conditional,
    Domain,
    Float,
    Int,
    Ordinal,
    ZeroOr,
    is_domain,
)
from trimtab.space.inline import inline, number_of, scalar_of
from trimtab.space.prior import prior_of
from trimtab.space.sampled import sampled
from trimtab.space.scipy_stats import from_scipy
from trimtab.space.value import UNSET, native


def domain_of(name: str, spec: Any) -> Domain | Conditional:
    """The domain that a user's spelling stands for.

    A domain stands for itself; a list for a Categorical; a scalar for a constant; text for a range
    or for choices; a dict such as {"low": "1e-5", "high": 0.1, "log": true} for a range; a frozen
    distribution of `scipy.stats` for itself; a callable with no or one argument (a generator) for
    the distribution of what it returns.

    Raises:
        SpaceError: none of these; the message names the parameter.
    """
    try:
        return _domain(spec)
    except SpaceError as error:
        if repr(name) in str(error):
            raise
        raise SpaceError(f"{name!r}: {error}") from error


def _domain(spec: Any) -> Domain | Conditional:
    spec = native(spec)
    if isinstance(spec, Conditional) or is_domain(spec):
        return spec
    if spec is None or isinstance(spec, bool | int | float):
        return Categorical([spec])
    if isinstance(spec, str):
        return inline(spec)
    if isinstance(spec, Mapping):
        return _plain(spec)
    if isinstance(spec, tuple):
        raise SpaceError(
            f"a tuple {spec!r} may mean several things; write Float(...) or Int(...) for a range, "
            "a list for choices, a list of one tuple for a constant"
        )
    if isinstance(spec, list | range | set | frozenset | np.ndarray):
        return Categorical(
            sorted(spec, key=repr) if isinstance(spec, set | frozenset) else list(spec)
        )
    if hasattr(spec, "rvs"):
        return from_scipy(spec)
    if callable(spec) and not isinstance(spec, type):
        return sampled(spec)
    raise SpaceError(
        f"{spec!r} ({type(spec).__name__}) stands for no domain; use Float, Int, Categorical, "
        'Ordinal, a list, or "1e-5..1e-1 log"; nest a space as Categorical({"name": Space(...)})'
    )


_ALIASES = {"min": "low", "max": "high", "q": "step", "values": "choices", "value": "choices"}
_TYPES = {
    "float": "float", "real": "float", "double": "float", "uniform": "float",
    "int": "int", "integer": "int",
    "categorical": "categorical", "choice": "categorical", "ordinal": "ordinal",
    "loguniform": "loguniform", "zero_or": "zero_or",
}  # fmt: skip
_KEYS = (
    "type",
    "low",
    "high",
    "log",
    "step",
    "prior",
    "default",
    "choices",
    "weights",
    "when",
    "p",
)


def _plain(spec: Mapping[Any, Any]) -> Domain | Conditional:
    given = {_ALIASES.get(key, key): value for key, value in spec.items()}
    if "value" in spec:
        given["choices"] = [spec["value"]]
    for key in given:
        if key not in _KEYS:
            raise SpaceError(
                f"{dict(spec)!r}: {key!r} is not known{did_you_mean(str(key), _KEYS)}; "
                'use low and high, or choices; nest spaces as Categorical({"name": Space(...)})'
            )
    kind = _kind(given)
    when = given.pop("when", None)
    domain: Any = _choices(kind, given) if "choices" in given else _numeric(kind, given)
    if when is None:
        return domain
    return domain.when(when)


def _kind(given: dict[str, Any]) -> str:
    kind = given.pop("type", None)
    if kind is None:
        ends = [
            scalar_of(v) if isinstance(v, str) else native(v)
            for v in (given.get(k) for k in ("low", "high"))
        ]
        whole = all(isinstance(v, int) for v in ends) and not given.get("prior")
        whole = whole and not isinstance(native(given.get("step")), float)
        return "categorical" if "choices" in given else ("int" if whole else "float")
    if str(kind).lower() not in _TYPES:
        raise SpaceError(
            f"type={kind!r} is not known{did_you_mean(str(kind), _TYPES)}; use float, int, ..."
        )
    return _TYPES[str(kind).lower()]


def _choices(kind: str, given: dict[str, Any]) -> Categorical | Ordinal:
    if stray := set(given) - {"choices", "weights", "default"}:
        raise SpaceError(
            f"choices do not go together with {', '.join(sorted(stray))}; leave one out"
        )
    default = given.get("default", UNSET)
    if kind == "ordinal":
        return Ordinal(given["choices"], default=default)
    if kind != "categorical":
        raise SpaceError(f"type {kind!r} has no choices; use low and high, or type: categorical")
    return Categorical(given["choices"], weights=given.get("weights"), default=default)


def _numeric(kind: str, given: dict[str, Any]) -> Domain:
    if kind in ("categorical", "ordinal") or "weights" in given:
        raise SpaceError(f"type {kind!r} with {sorted(given)} needs choices: [...]")
    if "p" in given and kind != "zero_or":
        raise SpaceError("p belongs to type: zero_or")
    log = given.get("log", kind in ("loguniform", "zero_or"))
    options: dict[str, Any] = {"log": scalar_of(log) if isinstance(log, str) else log}
    cast: Callable[[Any], Any] = int if kind == "int" else float
    for key in ("step", "default"):
        if given.get(key) is not None:
            options[key] = number_of(given[key], key, cast)
    if given.get("prior") is not None:
        prior = given["prior"]
        options["prior"] = prior_of(dict(prior)) if isinstance(prior, Mapping) else prior
    ends = {
        key: number_of(given[key], key, cast)
        for key in ("low", "high")
        if given.get(key) is not None
    }
    if "prior" not in options and len(ends) < 2:
        raise SpaceError(f"{sorted(given)} needs both low and high, or choices")
    if kind == "int":
        if len(ends) < 2:
            raise SpaceError("type int needs both low and high")
        return Int(**ends, **options)
    if kind == "zero_or":
        default = options.pop("default", None)
        return ZeroOr(Float(**ends, **options), given.get("p", 0.25), default=default)
    return Float(**ends, **options)
