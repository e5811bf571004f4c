"""Fifteen significant digits: floats as people write them.

A double holds any decimal of 15 digits (IEEE 754, 2008: DBL_DIG). Rounding what comes out of a
logarithmic scale to that many makes 0.010000000000000002 the 0.01 that went in, and a value that a
user typed comes back from the unit cube as it was.
"""

import numpy as np

from trimtab.typing import Array

_DIGITS = 15
_EXACT = 22  # powers of ten up to 10**22 are floats without error
_POWERS = np.array([float(10**k) for k in range(_EXACT + 1)])


def fifteen_digits(x: Array) -> Array:
    """Each x (n,) rounded to 15 significant digits, to the float nearest that decimal."""
    exponent = _DIGITS - 1 - np.floor(np.log10(np.abs(x) + (x == 0.0)))
    # One multiplication and one correctly rounded division, where the power of ten is exact (Clinger 1990).
    is_plain = (exponent >= 0) & (exponent <= _EXACT)
    if is_plain.all():
        scale = _POWERS[exponent.astype(np.int64)]
        return np.rint(x * scale) / scale
    scale = _POWERS[np.where(is_plain, exponent, 0.0).astype(np.int64)]
    rounded = np.where(is_plain, np.rint(x * scale) / scale, x)
    for i in np.flatnonzero(~is_plain & np.isfinite(x) & (x != 0.0)).tolist():
        rounded[i] = float(f"{x[i]:.{_DIGITS}g}")
    return rounded
