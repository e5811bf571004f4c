"""The maximum of an acquisition over a polytope |A v| <= 1, which is a box seen from a subspace.

Letham et al. (2020), section 5: a subspace is searched where it lies inside the box, by sequential
quadratic programming (SLSQP, Kraft 1988) from the best of many rows.
"""

import numpy as np

from trimtab.acquisition.maximize import Climbable, Effort
from trimtab.typing import Array, Rng


def inside(matrix: Array, v: Array) -> Array:
    """Rows (n, k) of which those that left the polytope are drawn back towards the middle, to its edge."""
    reach = np.abs(v @ matrix.T).max(axis=1, initial=1.0)
    return v / reach[:, None]


def spread_within(matrix: Array, n: int, rng: Rng) -> Array:
    """n rows (n, k) inside the polytope: a random direction, and a share u^(1/k) of the way to the edge."""
    k = matrix.shape[1]
    direction = rng.standard_normal((n, k))
    reach = np.abs(direction @ matrix.T).max(axis=1, initial=_TINY)
    share = rng.random(n) ** (1.0 / max(k, 1))
    return direction * (share / reach)[:, None]


def ranked_rows(surface: Climbable, matrix: Array, near: Array, effort: Effort, rng: Rng) -> Array:
    """Rows (m, k) inside the polytope of A (d, k), the best first: candidates, and climbs from some of them.

    `near` (j, k): rows to look around.
    """
    raw = spread_within(matrix, effort.n_raw, rng)
    if len(near):
        n = effort.n_raw // 2
        size = np.abs(raw).mean(axis=0)
        step = 10.0 ** rng.uniform(-2.0, 0.0, (n, 1)) * rng.standard_normal((n, matrix.shape[1]))
        around = near[rng.integers(len(near), size=n)] + size * step
        raw = np.vstack([raw, inside(matrix, around)])
    value = surface.value(raw)
    best = raw[np.argsort(-value, kind="stable")[: effort.n_starts]]
    climbed = np.array([_climbed(surface, matrix, row, effort) for row in best])
    rows = np.vstack([climbed, raw])
    value = np.append(surface.value(climbed), value)
    return rows[np.argsort(-value, kind="stable")]


def _climbed(surface: Climbable, matrix: Array, start: Array, effort: Effort) -> Array:
    """The end (k,) of a climb from a row."""
    from scipy.optimize import minimize

    both = np.vstack([matrix, -matrix])
    rule = {"type": "ineq", "fun": lambda v: 1.0 - both @ v, "jac": lambda v: -both}

    def slopes(v: Array) -> tuple[float, Array]:
        value, slope = surface.slopes(v[None])
        return -float(value[0]), -slope[0]

    found = minimize(
        slopes, start, jac=True, method="SLSQP", constraints=[rule],
        options={"maxiter": effort.n_steps, "ftol": effort.enough},
    ).x  # fmt: skip
    return inside(matrix, found[None])[0] if np.isfinite(found).all() else start


_TINY = 1e-12
