"""Configurations as the arms of a bandit: which there are, and what came of pulling them.

The problem is Robbins' (1952). Losses are minimized, so an arm's reward is where its mean loss lies
between the worst (0) and the best (1): of the bounds given, or of what has been seen. A failed pull
counts as the worst.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.protocols import Proposals
from trimtab.design.check import check_count
from trimtab.design.walk import keys_of, outcome
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.space.space import Space
from trimtab.typing import Array, Ints, Rng

_MOST = 10_000  # arms
_DRAWS = 200  # rows a wanted arm that may be drawn in vain


@dataclass(frozen=True, eq=False)
class Arms:
    """The configurations, and the sums of their results."""

    codes: Array  # (k, d)
    x: Array  # (k, d) the same in the unit cube
    index: Mapping[bytes, int]
    n: Array  # (k,) pulls
    n_failed: Array  # (k,)
    total: Array  # (k,) sum of losses, failed pulls left out
    squares: Array  # (k,)
    low: float  # the best loss that can be, or has been
    high: float
    is_bounded: bool

    @property
    def mean(self) -> Array:
        """The mean rewards (k,) in [0, 1]; 0 without a pull."""
        n_good = self.n - self.n_failed
        if not n_good.any() and not self.is_bounded:
            return np.zeros(len(self.n))
        loss = (self.total + self.n_failed * self.high) / np.maximum(self.n, 1.0)
        return np.where(self.n > 0, self.reward(loss), 0.0)

    @property
    def won(self) -> Array:
        """The sums of rewards (k,): exact counts where losses are 0 or 1 and bounds are (0, 1)."""
        n_good = self.n - self.n_failed
        if self.high <= self.low:
            return 0.5 * n_good
        return np.clip((n_good * self.high - self.total) / (self.high - self.low), 0.0, self.n)

    @property
    def variance(self) -> float:
        """Of rewards around their arms' means, pooled over arms; failures left out."""
        n_good = self.n - self.n_failed
        spare = float(np.maximum(n_good - 1.0, 0.0).sum())
        if spare == 0 or self.high <= self.low:
            return 1.0
        within = float((self.squares - self.total**2 / np.maximum(n_good, 1.0)).sum())
        return max(within / spare / (self.high - self.low) ** 2, 1e-12)

    def reward(self, loss: Any) -> Any:
        """Rewards of losses, 1: the best."""
        if self.high <= self.low:
            return 0.5 + 0.0 * loss
        return np.clip((self.high - loss) / (self.high - self.low), 0.0, 1.0)


def open_arms(space: Space, n_arms: int | None, bounds: Any, rng: Rng, method: str) -> Arms:
    """All configurations of a finite space, or `n_arms` that are drawn.

    Raises:
        Unsupported: the space is infinite, or over 10**4, and n_arms is None.
    """
    size = space.size
    if n_arms is None and size > _MOST:
        culprit = ", ".join(repr(name) for name in space.names)
        raise Unsupported(
            f"{method} pulls the arms of a finite space, this one has {size} configurations "
            f"(parameters {culprit}); give n_arms=20 to draw some, or steps to its floats"
        )
    if size <= (_MOST if n_arms is None else n_arms):
        codes = np.array(list(islice(space.enumerate(), _MOST)))
    else:
        codes = _drawn(space, int(n_arms or 1), rng)
    codes = codes.reshape(len(codes), len(space.names))
    x = space.to_unit(codes)
    index = {key: i for i, key in enumerate(keys_of(space, x))}
    low, high = (np.inf, -np.inf) if bounds is None else bounds
    none = np.zeros(len(codes))
    return Arms(codes, x, index, none, none, none, none, low, high, bounds is not None)


def _drawn(space: Space, n: int, rng: Rng) -> Array:
    found: dict[bytes, Array] = {}
    for _ in range(_DRAWS):
        codes = space.from_unit(rng.random((n, len(space.names))))
        for row in codes[space.is_valid(codes)]:
            found.setdefault((row + 0.0).tobytes(), row)
        if len(found) >= n:
            break
    return np.array(list(found.values())[:n])


def arm_of(arms: Arms, space: Space, told: Batch, i: int, tag: int) -> int:
    """The arm that result i is a pull of, -1: none of ours."""
    if 0 <= tag < len(arms.n):
        return tag
    return arms.index.get(keys_of(space, told.x[i : i + 1])[0], -1)


def pulled(arms: Arms, arm: int, told: Batch, i: int) -> Arms:
    """The sums after one more pull."""
    loss, violation = outcome(told, i)
    n, total, squares, failed = (
        a.copy() for a in (arms.n, arms.total, arms.squares, arms.n_failed)
    )
    n[arm] += 1.0
    if loss == np.inf or violation > 0:
        failed[arm] += 1.0
        return replace(arms, n=n, n_failed=failed)
    total[arm] += loss
    squares[arm] += loss * loss
    if not arms.is_bounded:
        arms = replace(arms, low=min(arms.low, loss), high=max(arms.high, loss))
    return replace(arms, n=n, total=total, squares=squares)


def pending_pulls(arms: Arms, tags: Ints) -> Array:
    """How often each arm (k,) is being pulled, by the tags of pending trials."""
    ours = tags[(tags >= 0) & (tags < len(arms.n))]
    return np.bincount(ours, minlength=len(arms.n)).astype(np.float64)


def pulls(arms: Arms, chosen: list[int], tags: list[int] | None = None) -> Proposals:
    """Proposals of these arms."""
    at = np.array(chosen, np.int64)
    labels = at if tags is None else np.array(tags, np.int64)
    return Proposals(arms.x[at], labels, arms.codes[at])


def check_bounds(bounds: Any) -> tuple[float, float] | None:
    """The least and greatest loss there can be, as given; None: not known.

    Raises:
        InvalidArgument: not two finite numbers in order.
    """
    if bounds is None:
        return None
    is_pair = isinstance(bounds, list | tuple) and len(bounds) == 2
    if not is_pair or not all(isinstance(b, int | float) and np.isfinite(b) for b in bounds):
        raise InvalidArgument(f"bounds={bounds!r} must be two numbers, the least and greatest loss")
    if not bounds[0] < bounds[1]:
        raise InvalidArgument(f"bounds={bounds!r}: the first must be below the second")
    return float(bounds[0]), float(bounds[1])


def check_arms(n_arms: Any) -> None:
    """A number of arms, or None; InvalidArgument otherwise."""
    if n_arms is not None:
        check_count("n_arms", n_arms, 1, _MOST)
