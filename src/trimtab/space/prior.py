"""Where a good value is believed to lie: normal, log-normal, beta, any of SciPy, or a sample.

A prior is cut to the bounds of its domain and its distribution function becomes the unit coordinate
(inverse transform sampling; Devroye, Non-Uniform Random Variate Generation, 1986, II.2). Tails are
computed on the side where they are small, so that a range far from the mean keeps its digits.
"""

import math
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from trimtab.errors import SpaceError
from trimtab.typing import Array


class Prior(Protocol):
    """A distribution that a numeric domain cuts to [low, high]; x and u are arrays of one shape."""

    def cdf(self, x: Array, low: float, high: float) -> Array:
        """The share of the mass on [low, high] that lies at or below x."""

    def ppf(self, u: Array, low: float, high: float) -> Array:
        """The inverse of `cdf`, within [low, high]."""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON that `prior_of` reads."""

    def text(self) -> str:
        """How a user would write it."""


def _positive(what: str, **values: float) -> None:
    for name, value in values.items():
        if not (isinstance(value, int | float) and 0 < value < math.inf):
            raise SpaceError(f"{what} needs {name} > 0 and finite, got {name}={value!r}")


def _finite(what: str, **values: float) -> None:
    for name, value in values.items():
        if not (isinstance(value, int | float) and math.isfinite(value)):
            raise SpaceError(f"{what} needs a finite {name}, got {name}={value!r}")


def _normal_cdf(z: Array, a: float, b: float) -> Array:
    from scipy.special import ndtr

    if a > 0:  # mirrored: in the upper tail 1 - ndtr would lose every digit
        return 1.0 - _normal_cdf(-z, -b, -a)
    start, end = ndtr(a), ndtr(b)
    return np.clip((ndtr(z) - start) / (end - start), 0.0, 1.0)


def _normal_ppf(u: Array, a: float, b: float) -> Array:
    from scipy.special import ndtr, ndtri

    if a > 0:
        return -_normal_ppf(1.0 - u, -b, -a)
    start, end = ndtr(a), ndtr(b)
    return np.clip(ndtri(start + u * (end - start)), a, b)


def _standard(x: float, mean: float, std: float) -> float:
    return (x - mean) / std


@dataclass(frozen=True)
class Normal:
    """The normal distribution, truncated to the domain's bounds."""

    mean: float
    std: float

    def __post_init__(self) -> None:
        _finite("Normal", mean=self.mean)
        _positive("Normal", std=self.std)

    def cdf(self, x: Array, low: float, high: float) -> Array:
        """See `Prior`."""
        a, b = _standard(low, self.mean, self.std), _standard(high, self.mean, self.std)
        return _normal_cdf((x - self.mean) / self.std, a, b)

    def ppf(self, u: Array, low: float, high: float) -> Array:
        """See `Prior`."""
        a, b = _standard(low, self.mean, self.std), _standard(high, self.mean, self.std)
        return np.clip(self.mean + self.std * _normal_ppf(u, a, b), low, high)

    def to_dict(self) -> dict[str, Any]:
        """See `Prior`."""
        return {"type": "normal", **asdict(self)}

    def text(self) -> str:
        """See `Prior`."""
        return f"Normal({self.mean!r}, {self.std!r})"


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf


@dataclass(frozen=True)
class LogNormal:
    """The distribution of exp(N(mean, std**2)), truncated to the domain's bounds."""

    mean: float  # of the logarithm
    std: float  # of the logarithm

    def __post_init__(self) -> None:
        _finite("LogNormal", mean=self.mean)
        _positive("LogNormal", std=self.std)

    def cdf(self, x: Array, low: float, high: float) -> Array:
        """See `Prior`."""
        with np.errstate(divide="ignore"):
            logs = np.log(np.maximum(x, 0.0))
        return Normal(self.mean, self.std).cdf(logs, _log(low), _log(high))

    def ppf(self, u: Array, low: float, high: float) -> Array:
        """See `Prior`."""
        logs = Normal(self.mean, self.std).ppf(u, _log(low), _log(high))
        return np.clip(np.exp(logs), low, high)

    def to_dict(self) -> dict[str, Any]:
        """See `Prior`."""
        return {"type": "lognormal", **asdict(self)}

    def text(self) -> str:
        """See `Prior`."""
        return f"LogNormal({self.mean!r}, {self.std!r})"


@dataclass(frozen=True)
class Beta:
    """The beta distribution, stretched over the domain's bounds."""

    a: float
    b: float

    def __post_init__(self) -> None:
        _positive("Beta", a=self.a, b=self.b)

    def cdf(self, x: Array, low: float, high: float) -> Array:
        """See `Prior`."""
        from scipy.special import betainc

        return betainc(self.a, self.b, np.clip((x - low) / (high - low), 0.0, 1.0))

    def ppf(self, u: Array, low: float, high: float) -> Array:
        """See `Prior`."""
        from scipy.special import betaincinv

        return np.clip(low + (high - low) * betaincinv(self.a, self.b, u), low, high)

    def to_dict(self) -> dict[str, Any]:
        """See `Prior`."""
        return {"type": "beta", **asdict(self)}

    def text(self) -> str:
        """See `Prior`."""
        return f"Beta({self.a!r}, {self.b!r})"


@dataclass(frozen=True)
class Scipy:
    """A distribution of `scipy.stats` by name, truncated to the domain's bounds."""

    name: str
    args: tuple[float, ...] = ()
    kwds: tuple[tuple[str, float], ...] = ()

    @cached_property
    def frozen(self) -> Any:
        """The frozen distribution.

        Raises:
            SpaceError: `scipy.stats` has no distribution of that name.
        """
        from scipy import stats

        found = getattr(stats, self.name, None)
        if not isinstance(found, stats.rv_continuous | stats.rv_discrete):
            raise SpaceError(f"prior: scipy.stats has no distribution {self.name!r}")
        return found(*self.args, **dict(self.kwds))

    def cdf(self, x: Array, low: float, high: float) -> Array:
        """See `Prior`."""
        start, end = self.frozen.cdf(low), self.frozen.cdf(high)
        return np.clip((self.frozen.cdf(x) - start) / (end - start), 0.0, 1.0)

    def ppf(self, u: Array, low: float, high: float) -> Array:
        """See `Prior`."""
        start, end = self.frozen.cdf(low), self.frozen.cdf(high)
        return np.clip(self.frozen.ppf(np.clip(start + u * (end - start), 0.0, 1.0)), low, high)

    def to_dict(self) -> dict[str, Any]:
        """See `Prior`."""
        return {"type": "scipy", "name": self.name, "args": [*self.args], "kwds": dict(self.kwds)}

    def text(self) -> str:
        """See `Prior`."""
        inside = [repr(a) for a in self.args] + [f"{key}={value!r}" for key, value in self.kwds]
        return f"scipy.stats.{self.name}({', '.join(inside)})"


@dataclass(frozen=True)
class Empirical:
    """A distribution known by equally spaced quantiles, straight lines between them."""

    knots: tuple[float, ...]  # ascending, the first and last are the bounds

    def cdf(self, x: Array, low: float, high: float) -> Array:
        """See `Prior`."""
        grid = np.linspace(0.0, 1.0, len(self.knots))
        start, end = np.interp([low, high], self.knots, grid)
        return np.clip((np.interp(x, self.knots, grid) - start) / (end - start), 0.0, 1.0)

    def ppf(self, u: Array, low: float, high: float) -> Array:
        """See `Prior`."""
        grid = np.linspace(0.0, 1.0, len(self.knots))
        start, end = np.interp([low, high], self.knots, grid)
        return np.clip(np.interp(start + u * (end - start), grid, self.knots), low, high)

    def to_dict(self) -> dict[str, Any]:
        """See `Prior`."""
        return {"type": "empirical", "knots": [*self.knots]}

    def text(self) -> str:
        """See `Prior`."""
        return f"Empirical({len(self.knots)} quantiles)"


def prior_of(spec: dict[str, Any]) -> Prior:
    """The prior that `to_dict` described.

    Raises:
        SpaceError: the type is not one of ours.
    """
    kind, rest = spec.get("type"), {key: spec[key] for key in spec if key != "type"}
    if kind == "normal":
        return Normal(**rest)
    if kind == "lognormal":
        return LogNormal(**rest)
    if kind == "beta":
        return Beta(**rest)
    if kind == "scipy":
        return Scipy(rest["name"], tuple(rest["args"]), tuple(rest["kwds"].items()))
    if kind == "empirical":
        return Empirical(tuple(rest["knots"]))
    raise SpaceError(f"prior type={kind!r} is not known; use normal, lognormal, beta or scipy")
