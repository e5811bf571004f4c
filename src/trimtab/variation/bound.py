"""Bounds: rows that left the unit cube are brought back.

The rules and what they do to a search: Wessing (2013), Repair methods for box constraints revisited.
"""

import numpy as np

from trimtab.typing import Array


def reflected(x: Array) -> Array:
    """Fold coordinates back at the walls 0 and 1, as often as it takes; any shape.

    NOTE: what is inside stays to the last bit, for operators ask which columns have changed.
    """
    return np.where((x >= 0) & (x <= 1), x, np.abs((x - 1) % 2 - 1))


def halfway(x: Array, inside: Array) -> Array:
    """A coordinate beyond a wall moves to the middle between that wall and `inside` (same shape).

    Zhang & Sanderson (2009), JADE.
    """
    return np.where(x < 0, inside / 2, np.where(x > 1, (1 + inside) / 2, x))
