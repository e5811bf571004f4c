"""The moves of a simplex: pure functions on its corners, best first.

Nelder & Mead (1965), A Simplex Method for Function Minimization, The Computer Journal 7; coefficients
that depend on the dimension: Gao & Han (2012), Implementing the Nelder-Mead Simplex Algorithm with
Adaptive Parameters, Computational Optimization and Applications 51. Contraction goes toward the
centroid of all corners but the worst, shrinking toward the best corner.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.typing import Array


@dataclass(frozen=True)
class Coefficients:
    """How far each move goes."""

    alpha: float = 1.0  # reflection
    gamma: float = 2.0  # expansion
    rho: float = 0.5  # contraction
    sigma: float = 0.5  # shrinking


def adaptive_coefficients(d: int) -> Coefficients:
    """Those of Gao & Han (2012), eq. 4.1, for d of 2 or more; below that they would collapse."""
    d = max(d, 2)
    return Coefficients(1.0, 1.0 + 2.0 / d, 0.75 - 0.5 / d, 1.0 - 1.0 / d)


def centroid(x: Array) -> Array:
    """The mean (d,) of all corners (d + 1, d) but the last, the worst."""
    return np.add.reduce(x[:-1], axis=0) / max(len(x) - 1, 1)


def reflect(x: Array, c: Coefficients) -> Array:
    """The worst corner mirrored at the centroid; shape (d,)."""
    return (1.0 + c.alpha) * centroid(x) - c.alpha * x[-1]


def expand(x: Array, c: Coefficients) -> Array:
    """The reflection, taken further."""
    return (1.0 + c.alpha * c.gamma) * centroid(x) - c.alpha * c.gamma * x[-1]


def contract_outside(x: Array, c: Coefficients) -> Array:
    """Between the centroid and the reflection."""
    return (1.0 + c.rho * c.alpha) * centroid(x) - c.rho * c.alpha * x[-1]


def contract_inside(x: Array, c: Coefficients) -> Array:
    """Between the centroid and the worst corner."""
    return (1.0 - c.rho) * centroid(x) + c.rho * x[-1]


def shrink(x: Array, c: Coefficients) -> Array:
    """All corners but the best (d, d), moved toward it."""
    return x[0] + c.sigma * (x[1:] - x[0])


def right_angled(corner: Array, edges: Array) -> Array:
    """The simplex (d + 1, d) of a corner (d,) and one step (d,) along each axis, kept in the cube.

    A step that would leave the cube goes the other way.
    """
    ends = corner + edges
    steps = np.where((ends > 1.0) | (ends < 0.0), -edges, edges)
    return np.clip(np.vstack([corner, corner + np.diag(steps)]), 0.0, 1.0)


def downhill(x: Array, y: Array) -> Array:
    """The signs (d,) of the descent direction that the corners (d + 1, d) and losses (d + 1,) suggest.

    The simplex gradient of Kelley (1999), Detection and Remediation of Stagnation in the Nelder-Mead
    Algorithm, SIAM J. Optimization 10; where it is zero, or a loss is infinite, the sign is +1.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        rise = y[1:] - y[0]
    if not len(rise) or not np.isfinite(rise).all():
        return np.ones(x.shape[1])
    reach = float(np.abs(x[1:] - x[0]).max())
    if reach == 0.0:
        return np.ones(x.shape[1])
    slope = np.linalg.lstsq((x[1:] - x[0]) / reach, rise, rcond=None)[0]
    return np.where(slope > 0, -1.0, 1.0)
