"""How correlation falls with squared distance: the profiles of stationary kernels.

Rasmussen & Williams (2006), section 4.2. A profile maps r2 >= 0 to p(r2) and dp/dr2. Where that slope
is infinite at zero (Matern with nu <= 1) it is reported as zero there, the mean of both sides.
"""

import math
from collections.abc import Callable

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.typing import Array

Profile = Callable[[Array], tuple[Array, Array]]


def rbf_profile(r2: Array) -> tuple[Array, Array]:
    """exp(-r2 / 2)."""
    value = np.exp(-0.5 * r2)
    return value, -0.5 * value


def matern12(r2: Array) -> tuple[Array, Array]:
    """exp(-r)."""
    r = np.sqrt(r2)
    value = np.exp(-r)
    return value, np.where(r > 0, -0.5 * value / np.where(r > 0, r, 1.0), 0.0)


def matern32(r2: Array) -> tuple[Array, Array]:
    """(1 + t) exp(-t), t = sqrt(3 r2)."""
    t = np.sqrt(3.0 * r2)
    e = np.exp(-t)
    return (1.0 + t) * e, -1.5 * e


def matern52(r2: Array) -> tuple[Array, Array]:
    """(1 + t + t^2/3) exp(-t), t = sqrt(5 r2)."""
    t = np.sqrt(5.0 * r2)
    slope = 1.0 + t
    value = (5.0 / 3.0) * r2
    value += slope
    e = np.exp(np.negative(t, out=t), out=t)
    value *= e
    slope *= e
    slope *= -5.0 / 6.0
    return value, slope


def matern_profile(nu: float) -> Profile:
    """The profile for a smoothness; half-integers up to 5/2 need no Bessel function.

    Above 100 it is the RBF's, which is then nearer than 2.4e-3.
    """
    known = {0.5: matern12, 1.5: matern32, 2.5: matern52}
    if nu > _SMOOTH:
        return rbf_profile
    return known[nu] if nu in known else _general(nu)


def _general(nu: float) -> Profile:
    scale = 2.0 ** (1.0 - nu) / math.gamma(nu)
    at_zero = -nu / (2.0 * (nu - 1.0)) if nu > 1.0 else 0.0
    near = 1e-10 if nu < 10 else 1e-3 * nu  # NOTE: nearer, the Bessel function overflows

    def profile(r2: Array) -> tuple[Array, Array]:
        """2^(1-nu) / Gamma(nu) t^nu K_nu(t), t = sqrt(2 nu r2)."""
        from scipy.special import kv

        t = np.sqrt(2.0 * nu * r2)
        far = t > near
        safe = np.where(far, t, 1.0)
        value = np.where(far, scale * safe**nu * kv(nu, safe), 1.0 + at_zero * r2)
        slope = -scale * nu * safe ** (nu - 1.0) * kv(nu - 1.0, safe)
        return value, np.where(far, slope, at_zero)

    return profile


def rational_profile(alpha: float) -> Profile:
    """The profile of the rational quadratic kernel."""
    if not 0 < alpha < math.inf:
        raise InvalidArgument(
            f"alpha={alpha!r} must be above 0 and finite; use rbf() for its limit"
        )

    def profile(r2: Array) -> tuple[Array, Array]:
        """(1 + r2 / (2 alpha))^-alpha."""
        inner = 1.0 + r2 / (2.0 * alpha)
        value = inner**-alpha
        return value, -0.5 * value / inner

    return profile


_SMOOTH = 100.0
