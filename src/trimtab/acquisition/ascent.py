"""BFGS for many starts at once, inside a box.

Nocedal & Wright (2006), Numerical Optimization, algorithm 6.1, with the projection of Bertsekas (1982):
coordinates that press against a bound are left out of the step. All starts share each call of the
function, which is what makes it cheap; every start has its own curvature and step length, and one
whose step was too long tries a shorter one while the others go on.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trimtab.typing import Array, Ints, Mask

Slopes = Callable[[Array], tuple[Array, Array]]


def ascend(
    slopes: Slopes,
    x: Array,
    scale: Array,
    low: Array,
    high: Array,
    n_steps: int = 30,
    enough: float = 1e-6,
) -> tuple[Array, Array]:
    """Rows (s, d) that are local maxima from the rows x, and their values (s,).

    `scale` (s, d) or (d,) stretches coordinates to a common size; where it is 0, a coordinate stays.
    Bounds are (d,). A row never gets worse. The function is called n_steps + 1 times at most; a climb
    ends with the first step that gains less than `enough`, relative to 1 + |value|.
    """
    value, slope = slopes(x)
    scale = np.broadcast_to(scale, x.shape)
    found, best = x.copy(), value.copy()
    climb = _Climb.of(x, value, slope * scale, scale, low, high)
    climb.enough = enough
    for _ in range(n_steps):
        if not len(climb.rows):
            break
        climb.step_on(slopes)
        found[climb.rows], best[climb.rows] = climb.x, climb.value
        climb.keep(climb.is_alive)
    return found, best


@dataclass
class _Climb:
    """The starts that still move: k of them."""

    rows: Ints  # (k,) which of the starts they are
    x: Array  # (k, d)
    value: Array  # (k,)
    slope: Array  # (k, d) by stretched coordinates
    scale: Array  # (k, d)
    inverse: Array  # (k, d) of the scale; 0 where that is
    is_moving: Mask  # (k, d) whether the coordinate may move
    curvature: Array  # (k, d, d) inverse of minus the Hessian
    is_known: Mask  # (k,) whether there is any curvature yet
    step: Array  # (k, d) in stretched coordinates
    gain: Array  # (k,) slope along the step
    length: Array  # (k,) of the step to try
    is_alive: Mask  # (k,)
    low: Array
    high: Array
    enough: float = 1e-6  # relative gains below it end a climb

    @classmethod
    def of(
        cls, x: Array, value: Array, slope: Array, scale: Array, low: Array, high: Array
    ) -> "_Climb":
        """Those of the starts that can move."""
        k, d = x.shape
        none, curvature = np.zeros(k, bool), np.broadcast_to(np.eye(d), (k, d, d)).copy()
        moving = (scale > 0) & ~np.isnan(x)
        inverse = np.divide(1.0, scale, out=np.zeros((k, d)), where=moving)
        climb = cls(
            np.arange(k), x, value, slope, scale, inverse, moving, curvature, none,
            np.zeros((k, d)), np.zeros(k), np.ones(k), np.isfinite(value), low, high,
        )  # fmt: skip
        climb.keep(climb.is_alive)
        climb.aim()
        climb.keep(climb.is_alive)
        return climb

    def keep(self, mask: Mask) -> None:
        """Forget the others."""
        if mask.all():
            return
        for name in _BY_ROW:
            setattr(self, name, getattr(self, name)[mask])

    def aim(self) -> None:
        """Set new steps; what is flat, or can only leave the box, has come to its end."""
        x, slope = self.x, self.slope
        stuck = ((x <= self.low) & (slope < 0)) | ((x >= self.high) & (slope > 0))
        free = np.where(self.is_moving & ~stuck, slope, 0.0)
        size = np.abs(free).max(axis=1, initial=0.0)
        self.is_alive = self.is_alive & (size > _LEVEL)
        step = np.matmul(self.curvature, free[:, :, None])[:, :, 0]
        step[free == 0] = 0.0
        gain = np.einsum("ij,ij->i", step, free)
        if not self.is_known.all() or (gain <= 0).any():
            cautious = free * np.minimum(1.0, _FIRST_STEP / np.maximum(size, 1e-300))[:, None]
            step = np.where((self.is_known & (gain > 0))[:, None], step, cautious)
            gain = np.einsum("ij,ij->i", step, free)
        self.step, self.gain = step, gain

    def step_on(self, slopes: Slopes) -> None:
        """Try the steps: take those that rise enough and aim anew, shorten the others."""
        there = np.clip(self.x + self.length[:, None] * self.step * self.scale, self.low, self.high)
        value, slope = slopes(there)
        slope = slope * self.scale
        rose = value >= self.value + _ARMIJO * self.length * self.gain
        rose &= value > self.value
        self.learn(there, slope, rose)
        is_over = rose & (value - self.value <= self.enough * (1.0 + np.abs(value)))
        if rose.all():
            self.x, self.value, self.slope, self.length = there, value, slope, np.ones(len(value))
            self.is_alive = ~is_over
            self.aim()
            return
        self.length = np.where(rose, 1.0, _SHORTER * self.length)
        self.is_alive = ~is_over & (self.length > _SHORTEST)
        step, gain = self.step, self.gain
        self.x = np.where(rose[:, None], there, self.x)
        self.value = np.where(rose, value, self.value)
        self.slope = np.where(rose[:, None], slope, self.slope)
        self.aim()
        self.step = np.where(rose[:, None], self.step, step)
        self.gain = np.where(rose, self.gain, gain)

    def learn(self, there: Array, slope: Array, rose: Mask) -> None:
        """Equation 6.17, where the function is concave along the step."""
        moved = np.where(self.is_moving, (there - self.x) * self.inverse, 0.0)
        fall = self.slope - slope
        bend = np.einsum("ij,ij->i", moved, fall)
        good = rose & (bend > 1e-12)
        if not good.any():
            return
        first = good & ~self.is_known
        if first.any():
            size = bend / np.maximum(np.einsum("ij,ij->i", fall, fall), 1e-300)
            self.curvature[first] *= size[first, None, None]
        turned = np.matmul(self.curvature, fall[:, :, None])[:, :, 0]
        inverse = np.where(good, 1.0 / np.where(good, bend, 1.0), 0.0)
        outer = turned[:, :, None] * (inverse[:, None] * moved)[:, None, :]
        size = inverse + inverse**2 * np.einsum("ij,ij->i", fall, turned)
        self.curvature += (size[:, None] * moved)[:, :, None] * moved[:, None, :]
        self.curvature -= outer + outer.transpose(0, 2, 1)
        self.is_known = self.is_known | good


_BY_ROW = (
    "rows", "x", "value", "slope", "scale", "inverse", "is_moving", "curvature", "is_known", "step",
    "gain", "length", "is_alive",
)  # fmt: skip
_ARMIJO = 1e-4
_SHORTER = 0.3
_SHORTEST = 1e-4  # a shorter share of a step is not worth a try
_FIRST_STEP = 0.2
_LEVEL = 1e-5  # slopes below it are flat
