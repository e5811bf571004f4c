"""Designs for quadratic response surfaces: central composite and Box-Behnken.

Box & Wilson, "On the experimental attainment of optimum conditions" (1951): corners, axial
points, center; Box & Behnken, "Some new three level designs for the study of quantitative
variables" (1960). All are coded: 0 is the center, +-1 the edge of the region of interest.
"""

from itertools import combinations

import numpy as np

from trimtab.design.check import check_count
from trimtab.design.factorial import two_level
from trimtab.errors import InvalidArgument
from trimtab.typing import Array, Ints

# Blocks of Box & Behnken (1960) for six and seven factors; other sizes take all pairs.
_BLOCKS = {
    6: ("013", "124", "235", "034", "145", "025"),
    7: ("345", "056", "146", "013", "236", "024", "125"),
}


def circumscribed(d: int, n_center: int = 4, corners: Ints | None = None) -> Array:
    """Rotatable central composite design: corners at +-1, axial points outside the cube.

    Returns (corners + 2d + n_center, d); the axial points lie at +-rotatable_reach(corners).
    `corners`: a coded two-level design (m, d), all 2**d corners if left out.
    """
    corners = _corners(d, corners)
    return _composite(corners, rotatable_reach(len(corners)), n_center)


def inscribed(d: int, n_center: int = 4, corners: Ints | None = None) -> Array:
    """The circumscribed design shrunk into the cube: axial points at +-1, corners inside."""
    corners = _corners(d, corners)
    reach = rotatable_reach(len(corners))
    return _composite(corners, reach, n_center) / max(reach, 1.0)


def face_centered(d: int, n_center: int = 4, corners: Ints | None = None) -> Array:
    """Central composite design with the axial points on the faces of the cube: three levels."""
    return _composite(_corners(d, corners), 1.0, n_center)


def rotatable_reach(n_corners: int) -> float:
    """Axial distance n_corners**(1/4): then the variance depends on the radius alone."""
    return float(check_count("n_corners", n_corners) ** 0.25)


def box_behnken(d: int, n_center: int = 3) -> Ints:
    """Three-level design (runs, d) of -1, 0, +1 without corners, d >= 3.

    Blocks of two factors at +-1, the others at 0, and of three for d = 6 and 7.
    """
    d, n_center = check_count("d", d, low=3), check_count("n_center", n_center, low=0)
    blocks = [tuple(int(c) for c in b) for b in _BLOCKS.get(d, ())] or list(
        combinations(range(d), 2)
    )
    runs = []
    for block in blocks:
        signs = two_level(len(block))
        part = np.zeros((len(signs), d), dtype=np.int64)
        part[:, block] = signs
        runs.append(part)
    return np.vstack([*runs, np.zeros((n_center, d), dtype=np.int64)])


def _corners(d: int, corners: Ints | None) -> Ints:
    d = check_count("d", d)
    if corners is None:
        return two_level(d)
    if corners.ndim != 2 or corners.shape[1] != d or not np.isin(corners, (-1, 1)).all():
        raise InvalidArgument(
            f"corners must be a table (m, {d}) of -1 and +1, got shape {corners.shape}"
        )
    return corners


def _composite(corners: Ints, reach: float, n_center: int) -> Array:
    d = corners.shape[1]
    n_center = check_count("n_center", n_center, low=0)
    axial = np.kron(np.eye(d), [[-reach], [reach]])  # (2d, d)
    return np.vstack([corners, axial, np.zeros((n_center, d))]).astype(np.float64)
