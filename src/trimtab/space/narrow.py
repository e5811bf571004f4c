"""A smaller space from results: the box around the best configurations.

Search space pruning by the best points (Wistuba, Schilling & Schmidt-Thieme 2015; boxes as in
Perrone et al. 2019): scale, step and prior of each parameter stay as they are.
"""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from trimtab.errors import SpaceError
from trimtab.plugin import did_you_mean
from trimtab.space.choice import Categorical, Ordinal
from trimtab.space.contract import Domain
from trimtab.space.domain import Float, Int
from trimtab.space.space import Space, assembled
from trimtab.space.value import UNSET
from trimtab.space.zero_or import ZeroOr
from trimtab.typing import Config


def narrow(
    space: Space, configs: Sequence[Config], values: Sequence[float], top: float = 0.1
) -> Space:
    """The space cut to the box around the best `top` share of configurations.

    `values` (n,) are minimized, one for each configuration; those that are not finite are passed
    over. The best configuration always lies in the new space. Parameters on whose value a condition
    depends, and those inactive in all of the best, keep their domain; defaults outside are dropped.

    Raises:
        SpaceError: no finite value, lengths that differ, or top not in (0, 1].
    """
    if len(configs) != len(values):
        raise SpaceError(
            f"{len(configs)} configs and {len(values)} values; give one value for each"
        )
    if not 0 < top <= 1:
        raise SpaceError(f"top={top!r} must be above 0 and at most 1, the share of results to keep")
    finite = [i for i in range(len(values)) if math.isfinite(values[i])]
    if not finite:
        raise SpaceError("no config has a finite value; there is nothing to narrow by")
    best = sorted(finite, key=lambda i: values[i])[: max(1, math.ceil(top * len(finite)))]
    rows = [space.codes(configs[i]) for i in best]
    fixed = {name for c in space.conditions.values() for name, _ in c.equals}
    domains = dict(space.domains)
    for j, (name, domain) in enumerate(space.domains.items()):
        codes = [float(row[j]) for row in rows if not math.isnan(row[j])]
        if codes and name not in fixed:
            domains[name] = _around(domain, codes)
    return assembled(domains, space.conditions, space.constraints)


def replaced(space: Space, name: str, domain: Domain) -> Space:
    """The space with another domain for one parameter: wider bounds, say, from expert knowledge.

    Raises:
        SpaceError: there is no such parameter, or a condition cannot live with the new domain.
    """
    if name not in space.domains:
        raise SpaceError(f"{name!r} is not a parameter{did_you_mean(name, space.names)}")
    return assembled({**space.domains, name: domain}, space.conditions, space.constraints)


def _around(domain: Domain, codes: list[float]) -> Domain:
    low, high = min(codes), max(codes)
    if isinstance(domain, Categorical):
        kept = [i for i in range(domain.n_values) if i in codes]
        weights = None if domain.weights is None else [domain.weights[i] for i in kept]
        if weights is not None and not any(weights):
            weights = None
        default = domain.default if domain.default_code in kept else UNSET
        return Categorical([domain.choices[i] for i in kept], weights=weights, default=default)
    if isinstance(domain, Ordinal):
        inside = low <= domain.default_code <= high
        kept_values = domain.choices[int(low) : int(high) + 1]
        return Ordinal(kept_values, default=domain.default if inside else UNSET)
    if isinstance(domain, ZeroOr):
        above = [code for code in codes if code > 0]
        if not above:
            return domain
        inner = dataclasses.replace(domain.domain, low=min(above), high=max(above), default=None)
        inside = domain.default_code == 0 or inner.low <= domain.default_code <= inner.high
        return ZeroOr(inner, domain.p, default=domain.default if inside else None)
    if isinstance(domain, Float | Int):
        return _box(domain, low, high)
    return domain


def _box(domain: Float | Int, low: float, high: float) -> Domain:
    inside = low <= domain.default_code <= high
    ends = domain.values(np.array([low, high]))
    change: dict[str, Any] = {"low": ends[0], "high": ends[1]}
    change["default"] = domain.default if inside else None
    if ends[0] == ends[1]:
        change["prior"] = None  # nothing is left to be weighed
    return dataclasses.replace(domain, **change)
