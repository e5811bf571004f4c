"""Frozen distributions of `scipy.stats` as domains, exactly.

Known families become the domain that they are (note SciPy's loc and scale: uniform(0.1, 0.9) lies
on [0.1, 1.0]); any other keeps its own distribution function as a prior (inverse transform
sampling; Devroye 1986). Nothing of SciPy is imported here: a frozen distribution brings its
module along.
"""

import math
from typing import Any

from trimtab.errors import SpaceError
from trimtab.space.domain import Domain
from trimtab.space.integer import Int
from trimtab.space.number import Float
from trimtab.space.prior import Beta, LogNormal, Normal, Scipy
from trimtab.space.value import native

_TAIL = 1e-15  # mass beyond which an unbounded discrete distribution is cut


def from_scipy(frozen: Any) -> Domain:
    """The domain of a frozen distribution.

    Raises:
        SpaceError: a distribution that is not frozen, or with array parameters.
    """
    family = getattr(frozen, "dist", None)
    if family is None or not hasattr(frozen, "args"):
        name = getattr(frozen, "name", type(frozen).__name__)
        raise SpaceError(
            f"scipy.stats.{name} has no parameters yet; call it, e.g. {name}(loc=0, scale=1)"
        )
    given = _parameters(family, frozen.args, frozen.kwds)
    loc, scale = given.get("loc", 0), given.get("scale", 1)
    match family.name:
        case "uniform":
            return Float(loc, loc + scale)
        case "loguniform" | "reciprocal" if loc == 0:
            return Float(given["a"] * scale, given["b"] * scale, log=True)
        case "randint":
            return Int(given["low"] + loc, given["high"] - 1 + loc)
        case "norm":
            return Float(prior=Normal(loc, scale))
        case "truncnorm":
            return Float(
                loc + given["a"] * scale, loc + given["b"] * scale, prior=Normal(loc, scale)
            )
        case "lognorm" if loc == 0:
            return Float(0.0, prior=LogNormal(math.log(scale), given["s"]))
        case "beta":
            return Float(loc, loc + scale, prior=Beta(given["a"], given["b"]))
    return _general(frozen, family)


def _parameters(family: Any, args: tuple[Any, ...], kwds: dict[str, Any]) -> dict[str, Any]:
    names = [name.strip() for name in (family.shapes or "").split(",") if name.strip()]
    given = dict(zip([*names, "loc", "scale"], args, strict=False)) | dict(kwds)
    found = {name: native(value) for name, value in given.items()}
    for name, value in found.items():
        if not isinstance(value, int | float):
            raise SpaceError(f"scipy.stats.{family.name}: {name}={value!r} is not one number")
    return found


def _general(frozen: Any, family: Any) -> Domain:
    args = tuple(native(value) for value in frozen.args)
    kwds = tuple(sorted((name, native(value)) for name, value in frozen.kwds.items()))
    prior = Scipy(family.name, args, kwds)
    low, high = (float(end) for end in frozen.support())
    if not hasattr(family, "pmf"):
        return Float(low, high, prior=prior)
    low = low if math.isfinite(low) else float(frozen.ppf(_TAIL))
    high = high if math.isfinite(high) else float(frozen.isf(_TAIL))
    return Int(int(low), int(high), prior=prior)
