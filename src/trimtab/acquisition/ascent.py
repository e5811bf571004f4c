"""Limited-memory BFGS for many starts at once, inside a box.

Nocedal & Wright (2006), Numerical Optimization, algorithm 7.4, with the projection of Bertsekas (1982):
coordinates that press against a bound are left out of the step. All starts share each call of the
function, which is what makes it cheap; every start has its own curvature pairs and step length.
"""

from collections.abc import Callable

import numpy as np

from trimtab.typing import Array, Mask

Slopes = Callable[[Array], tuple[Array, Array]]
_Pair = tuple[
    Array, Array, Array
]  # steps (s, d), falls of the gradient (s, d), 1 / their product (s,)


def ascend(
    slopes: Slopes, x: Array, scale: Array, low: Array, high: Array, n_steps: int = 30
) -> tuple[Array, Array]:
    """Rows (s, d) that are local maxima from the rows x, and their values (s,).

    `scale` (s, d) or (d,) stretches coordinates to a common size; where it is 0, a coordinate stays.
    Bounds are (d,). A row never gets worse.
    """
    scale = np.broadcast_to(scale, x.shape)
    value, slope = slopes(x)
    slope = slope * scale
    pairs: list[_Pair] = []
    alive = np.isfinite(value)
    for _ in range(n_steps):
        is_stuck = ((x <= low) & (slope < 0)) | ((x >= high) & (slope > 0)) | (scale == 0)
        free = np.where(is_stuck, 0.0, slope)
        alive = alive & (np.abs(free).max(axis=1, initial=0.0) > _LEVEL)
        if not alive.any():
            break
        step = _direction(free, pairs)
        step[is_stuck] = 0.0
        gain = np.einsum("ij,ij->i", step, free)
        lost = gain <= 0
        step[lost] = _cautious(free[lost], _FIRST_STEP)
        gain = np.einsum("ij,ij->i", step, free)
        new_x, new_value, new_slope = _searched(
            slopes, x, value, step * scale, gain, alive, low, high
        )
        new_slope = np.where(np.isnan(new_slope), slope, new_slope * scale)
        rose = alive & (new_value > value)
        moved = np.divide(new_x - x, scale, out=np.zeros(x.shape), where=scale > 0)
        pairs = [*pairs[1 - _MEMORY :], _pair(moved, slope - new_slope, rose)]
        alive = rose & (new_value - value > _ENOUGH * (1.0 + np.abs(value)))
        x = np.where(rose[:, None], new_x, x)
        slope = np.where(rose[:, None], new_slope, slope)
        value = np.where(rose, new_value, value)
    return x, value


def _searched(
    slopes: Slopes,
    x: Array,
    value: Array,
    step: Array,
    gain: Array,
    alive: Mask,
    low: Array,
    high: Array,
) -> tuple[Array, Array, Array]:
    """Backtracking: each living row's longest step that rises enough; NaN slopes where there is none."""
    found, best, slope = x.copy(), value.copy(), np.full(x.shape, np.nan)
    length = np.ones(len(x))
    rows = np.flatnonzero(alive)
    for _ in range(_SHORTENINGS):
        tried = np.clip(x[rows] + length[rows, None] * step[rows], low, high)
        v, s = slopes(tried)
        good = v >= value[rows] + _ARMIJO * length[rows] * gain[rows]
        done = rows[good]
        found[done], best[done], slope[done] = tried[good], v[good], s[good]
        rows = rows[~good]
        if not len(rows):
            break
        length[rows] *= _SHORTER
    return found, best, slope


def _direction(slope: Array, pairs: list[_Pair]) -> Array:
    """Two loops over the curvature pairs, newest first and oldest first."""
    if not pairs:
        return _cautious(slope, _LONGEST_STEP)
    q, shares = slope.copy(), []
    for steps, falls, inverse in reversed(pairs):
        share = inverse * np.einsum("ij,ij->i", steps, q)
        q -= share[:, None] * falls
        shares.append(share)
    steps, falls, _ = pairs[-1]
    curved = np.einsum("ij,ij->i", falls, falls)
    bend = np.einsum("ij,ij->i", steps, falls)
    is_known = (curved > 0) & (bend > 0)
    q *= np.where(is_known, bend / np.where(is_known, curved, 1.0), 1.0)[:, None]
    for (steps, falls, inverse), share in zip(pairs, reversed(shares), strict=True):
        q += (share - inverse * np.einsum("ij,ij->i", falls, q))[:, None] * steps
    return q


def _pair(moved: Array, fall: Array, rose: Mask) -> _Pair:
    """A curvature pair; rows that did not rise, or where the function is not concave, have none."""
    bend = np.einsum("ij,ij->i", moved, fall)
    good = rose & (bend > 1e-12)
    keep = good[:, None]
    inverse = np.where(good, 1.0 / np.where(good, bend, 1.0), 0.0)
    return np.where(keep, moved, 0.0), np.where(keep, fall, 0.0), inverse


def _cautious(slope: Array, reach: float) -> Array:
    """The gradient, shortened so that no coordinate moves further than `reach`."""
    size = np.abs(slope).max(axis=1, initial=0.0)
    return slope * np.minimum(1.0, reach / np.maximum(size, 1e-300))[:, None]


_MEMORY = 6
_ARMIJO = 1e-4
_SHORTER = 0.3
_SHORTENINGS = 8
_FIRST_STEP = 0.1
_LONGEST_STEP = 0.2
_LEVEL = 1e-5  # slopes below it are flat
_ENOUGH = 1e-6  # relative gains below it end a climb
