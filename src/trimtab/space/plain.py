"""Plain real parameters, all at once: the arithmetic of `Float`, one expression for several columns.

A step of ask and tell converts single rows; column by column the calls cost more than the numbers. The
unit coordinate is that of `Float` (inverse transform sampling; Devroye 1986), bit for bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.space.contract import Domain
from trimtab.space.number import NARROW, Float
from trimtab.space.rounding import fifteen_digits
from trimtab.typing import Array, Ints


def is_plain(domain: Float) -> bool:
    """Whether a Float has neither step nor prior, and more than one value."""
    return domain.prior is None and domain.step is None and domain.low < domain.high


@dataclass(frozen=True, eq=False)
class Plain:
    """Some columns (k,) of a space, and the ends of their scales."""

    columns: Ints  # (k,)
    low: Array  # (k,)
    high: Array  # (k,)
    start: Array  # (k,) low, or its logarithm
    width: Array  # (k,) high minus low, or of their logarithms
    logs: Ints  # which of the k are logarithmic
    rounds: Ints  # which of the k keep 15 digits

    def from_unit(self, u: Array) -> Array:
        """Codes (n, k) at unit coordinates (n, k)."""
        x: Array = self.start + u * self.width
        if len(self.logs):
            x[:, self.logs] = np.exp(x[:, self.logs])
        if len(self.rounds) == x.shape[1]:
            x = fifteen_digits(x.ravel()).reshape(x.shape)
        elif len(self.rounds):
            some = x[:, self.rounds]
            x[:, self.rounds] = fifteen_digits(some.ravel()).reshape(some.shape)
        return np.minimum(np.maximum(x, self.low), self.high)

    def to_unit(self, codes: Array) -> Array:
        """Unit coordinates (n, k) of codes (n, k)."""
        if len(self.logs):
            codes = codes.copy()
            codes[:, self.logs] = np.log(codes[:, self.logs])
        return np.minimum(np.maximum((codes - self.start) / self.width, 0.0), 1.0)


def plain_columns(domains: Sequence[Domain], but: Sequence[int]) -> Plain:
    """The plain ones among a space's domains (d,), but for some positions."""
    found = [(j, d) for j, d in enumerate(domains) if j not in but and isinstance(d, Float)]
    found = [(j, d) for j, d in found if is_plain(d)]
    low, high = (np.array([d.low for _, d in found]), np.array([d.high for _, d in found]))
    ends = np.array([d.scale for _, d in found]).reshape(-1, 2)
    is_wide = high - low > NARROW * np.maximum(np.abs(low), np.abs(high))
    return Plain(
        columns=np.array([j for j, _ in found], np.int64),
        low=low,
        high=high,
        start=ends[:, 0],
        width=ends[:, 1] - ends[:, 0],
        logs=np.flatnonzero([d.log for _, d in found]),
        rounds=np.flatnonzero(is_wide),
    )
