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

    Above 235 it is the RBF's, which is then nearer than 1e-3.
    """
    known = {0.5: matern12, 1.5: matern32, 2.5: matern52}
    if nu > _SMOOTH:
        return rbf_profile
    return known[nu] if nu in known else _general(nu)


def _general(nu: float) -> Profile:
    log_scale = (1.0 - nu) * math.log(2.0) - math.lgamma(nu)
    # NOTE: nearer, the Bessel function overflows
    near = max(1e-100, 2.0 * math.exp((math.lgamma(nu) - _LOG_LARGEST) / nu))

    def profile(r2: Array) -> tuple[Array, Array]:
        """2^(1-nu) / Gamma(nu) t^nu K_nu(t), t = sqrt(2 nu r2), by logarithms."""
        from scipy.special import kve

        t = np.sqrt(2.0 * nu * r2)
        far = t > near
        safe = np.where(far, np.minimum(t, _FARTHEST), max(near, 1.0))
        log_t, small = np.log(safe), np.where(far, 0.0, r2)
        value = np.exp(log_scale + nu * log_t - safe + np.log(kve(nu, safe)))
        slope = np.exp(log_scale + (nu - 1.0) * log_t - safe + np.log(kve(nu - 1.0, safe)))
        value_near, slope_near = _series(nu, small)
        return np.where(far, value, value_near), np.where(far, -nu * slope, slope_near)

    return profile


def _series(nu: float, r2: Array) -> tuple[Array, Array]:
    """Near zero: sum_k (nu r2 / 2)^k / (k! (1 - nu) ... (k - nu)), k < nu, and its slope (DLMF 10.31.1)."""
    x = 0.5 * nu * r2
    value, slope, term = np.ones_like(x), np.zeros_like(x), np.ones_like(x)
    for k in range(1, min(math.ceil(nu), _TERMS)):
        slope += term * 0.5 * nu / (k - nu)
        term = term * x / (k * (k - nu))
        value += term
    return value, slope


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


_SMOOTH = 235.0
_LOG_LARGEST = 650.0  # exp of it is a float, with a margin
_TERMS = 25  # of the series: at nu = 235 each is less than a ninth of the one before
_FARTHEST = 1e5  # of t: exp(-t) has long been zero
