"""OrthoMADS directions: integer, orthogonal, and in the limit dense in the sphere.

Abramson, Audet, Dennis & Le Digabel (2009), OrthoMADS: A Deterministic MADS Instance with Orthogonal
Directions, SIAM J. Optimization 20. A Halton point is scaled and rounded to an integer vector q, and the
Householder matrix of q gives an orthogonal basis of integer vectors of one length.
"""

import numpy as np

from trimtab.design.halton import halton
from trimtab.typing import Array


def adjusted_halton(t: int, level: int, d: int) -> Array:
    """The integer direction q (d,) of Halton row t at mesh index `level` >= 0 (eq. 3.2).

    The longest rounding of the centered row whose norm is at most 2**(level / 2); never zero.
    """
    v = 2.0 * halton(t, 1, d)[0] - 1.0
    if not v.any():
        v[0] = 1.0
    v = v / np.linalg.norm(v)
    bound = 2.0**level
    low, high = 0.0, 2.0 ** (level / 2) + np.sqrt(d)
    for _ in range(60):  # the norm of the rounding grows with its scale
        middle = 0.5 * (low + high)
        if np.square(np.rint(middle * v)).sum() <= bound:
            low = middle
        else:
            high = middle
    q = np.rint(low * v)
    if not q.any():
        at = int(np.abs(v).argmax())
        q[at] = np.copysign(1.0, v[at])
    return q + 0.0


def householder(q: Array) -> Array:
    """The rows (d, d) of |q|^2 I - 2 q q^T: integer, orthogonal, all of length |q|^2."""
    return q @ q * np.eye(len(q)) - 2.0 * np.outer(q, q)


def ortho_directions(t: int, level: int, d: int) -> Array:
    """The maximal positive basis (2d, d) of OrthoMADS; integer steps of length at most 2**level."""
    basis = householder(adjusted_halton(t, level, d))
    return np.vstack([basis, -basis]) + 0.0
