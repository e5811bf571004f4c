"""Adaptive Parzen estimators over rows of the unit cube: a mixture of product kernels and the prior.

Bergstra, Bardenet, Bengio & Kegl (2011), Algorithms for Hyper-Parameter Optimization, NeurIPS, section
4: kernels as wide as the gap to their neighbours. Falkner, Klein & Hutter (2018), BOHB: product kernels
over all columns. Aitchison & Aitken (1976), Biometrika 63: kernels of unordered categories. Watanabe
(2023), arXiv:2304.11127, compares the choices and names the clip of the widths "magic clip".

Densities are with respect to the prior, which is uniform on the unit cube, so its density is 1 in every
column, whatever the column's kind, transformation or weights. A column of few ordered values has the mass
of a truncated normal in each value's slice; one of many is treated as continuous, as are logarithms,
which are linear in the unit cube already.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.surrogate.axes import Axes, slices
from trimtab.surrogate.normal import LOG_SQRT_2PI, mass_from_zero
from trimtab.typing import Array, Mask, Rng

_NARROW = 1e-4  # the narrowest kernel without the magic clip: digits are lost below it
_ROUNDS = 64  # of rejection; a kernel keeps at least a third of its draws


@dataclass(frozen=True, eq=False)
class Parzen:
    """A mixture of K product kernels and the uniform prior."""

    axes: Axes
    x: Array  # (K, d) centers
    sigma: Array  # (K, d) widths; of no meaning where unordered
    weight: Array  # (K,) of the kernels, sums with `prior` to 1
    prior: float
    leak: float  # a kernel of k categories gives k leak / (1 + k leak) of its mass to the prior
    linear: Array  # (2 s, K) coefficients of u^2 and u in the s smooth columns
    constant: Array  # (K,) log weight and normalizers


def parzen(
    axes: Axes,
    x: Array,
    weight: Array,
    *,
    prior_weight: float = 1.0,
    magic_clip: bool = True,
) -> Parzen:
    """The estimator of rows x (K, d) of the unit cube, all active, with weights (K,)."""
    n = len(x)
    total = float(weight.sum()) + prior_weight
    share = weight / total if total > 0 else weight
    usual = 1 / min(100.0, n + 2.0)  # the magic clip of Bergstra et al. (2011), in their code
    low = usual if magic_clip else _NARROW
    constant = np.log(share) if n else np.zeros(0)
    is_plain = len(axes.smooth) == axes.d  # no column needs to be picked out
    mu = x if is_plain else x[:, axes.smooth]
    s = np.minimum(np.maximum(neighbor_gaps(mu), low), 1.0)
    sigma = s
    if not is_plain:
        sigma = np.full(x.shape, usual)
        sigma[:, axes.smooth] = s
    a = 1 / (s * s)
    b = mu * a
    if mu.size:
        constant -= (0.5 * mu * b + np.log(s) + _log_inside(mu, s)).sum(axis=1)
        constant -= len(axes.smooth) * LOG_SQRT_2PI
    linear = np.concatenate([-0.5 * a, b], axis=1).T
    prior = prior_weight / total if n and total > 0 else 1.0
    return Parzen(axes, x, sigma, share, prior, prior_weight / (n + 1), linear, constant)


def neighbor_gaps(x: Array) -> Array:
    """The larger gap to the two neighbours in each column of x (n, d); a lone row has 1.

    The outermost rows look inward only: the ends of the interval are no neighbours.
    """
    n = len(x)
    if n < 2:
        return np.ones(x.shape)
    # NOTE: value and row in one integer, because a sort is several times faster than an argsort.
    bits = n.bit_length()
    scale = 2.0 ** (62 - bits)
    keys = (x.T * scale).astype(np.int64) << bits | np.arange(n)  # (d, n)
    keys.sort(axis=1)
    gap = np.diff(keys >> bits, axis=1) / scale
    wide = np.empty(keys.shape)
    wide[:, 0], wide[:, -1] = gap[:, 0], gap[:, -1]
    np.maximum(gap[:, 1:], gap[:, :-1], out=wide[:, 1:-1])
    found = np.empty(x.shape)
    found[keys & ((1 << bits) - 1), np.arange(x.shape[1])[:, None]] = wide
    return found


def _log_inside(mu: Array, sigma: Array) -> Array:
    """The log of the mass (n, d) that normals with means within [0, 1] have there."""
    near = np.minimum(mu, 1.0 - mu) < 6.0 * sigma  # the others have all of it, to nine digits
    found = np.zeros(mu.shape)
    m, s = mu[near], sigma[near]
    found[near] = np.log(mass_from_zero((1.0 - m) / s) + mass_from_zero(m / s))
    return found


# -- density --------------------------------------------------------------------------------------


def log_density(p: Parzen, u: Array) -> Array:
    """The log density (q,) at rows u (q, d), with respect to the prior."""
    if not len(p.x):
        return np.zeros(len(u))
    axes = p.axes
    v = u if len(axes.smooth) == axes.d else u[:, axes.smooth]
    power = np.concatenate([v * v, v], axis=1) @ p.linear + p.constant  # (q, K)
    for j in axes.ordered.tolist():
        edges = axes.edges[j]
        table = ordered_table(edges, float(p.sigma[0, j]))
        power += table[slices(edges, p.x[:, j])].T[slices(edges, u[:, j])]
    for j in axes.unordered.tolist():
        edges = axes.edges[j]
        here = slices(edges, u[:, j])
        off, on = unordered_pair(edges, p.leak)
        is_same: Mask = here[:, None] == slices(edges, p.x[:, j])
        power += np.where(is_same, on[here][:, None], off)
    top = np.maximum(power.max(axis=1), -700.0)
    np.exp(power - top[:, None], out=power)
    found: Array = top + np.log(power.sum(axis=1) + p.prior * np.exp(-top))
    return found


def ordered_table(edges: Array, sigma: float) -> Array:
    """Log density (k, k) in the slice of the column at a kernel in the middle of the slice of the row."""
    middle = (edges[1:] + edges[:-1]) / 2
    z = (edges - middle[:, None]) / sigma
    mass = np.diff(np.copysign(mass_from_zero(np.abs(z)), z), axis=1)
    mass /= mass.sum(axis=1, keepdims=True)
    return np.log(np.maximum(mass, 1e-300) / np.maximum(np.diff(edges), 1e-300))


def unordered_pair(edges: Array, leak: float) -> tuple[float, Array]:
    """Log densities of an Aitchison-Aitken kernel: elsewhere, and (k,) in its own slice.

    The kernel keeps 1 / (1 + k leak) for its own category and spreads the rest as the prior does.
    """
    width = np.maximum(np.diff(edges), 1e-300)
    leak = leak * len(width)
    off = np.log(leak / (1 + leak)) if leak > 0 else -700.0
    return float(off), np.log((1 / width + leak) / (1 + leak))


# -- draws ----------------------------------------------------------------------------------------


def draw(p: Parzen, n: int, rng: Rng) -> Array:
    """n rows (n, d) drawn from the mixture."""
    axes = p.axes
    u = rng.random((n, axes.d))
    if not len(p.x):
        return u
    of = np.searchsorted(np.cumsum(p.weight), rng.random(n), side="right")
    mine = np.flatnonzero(of < len(p.x))
    of = of[mine]
    numeric = np.sort(np.concatenate([axes.smooth, axes.ordered]))
    if len(axes.smooth) == axes.d:
        u[mine] = _truncated(p.x[of], p.sigma[of], rng)
    elif len(numeric):
        block = np.ix_(of, numeric)
        u[np.ix_(mine, numeric)] = _truncated(p.x[block], p.sigma[block], rng)
    for j in axes.unordered.tolist():
        stays = rng.random(len(mine)) < 1 / (1 + p.leak * (len(axes.edges[j]) - 1))
        u[mine[stays], j] = p.x[of[stays], j]
    return u


def _truncated(mu: Array, sigma: Array, rng: Rng) -> Array:
    """Normal draws within [0, 1], by rejection, of the shape of mu."""
    u = mu + sigma * rng.standard_normal(mu.shape)
    for _ in range(_ROUNDS):
        out = (u < 0.0) | (u > 1.0)
        n_out = int(np.count_nonzero(out))
        if not n_out:
            return u
        u[out] = mu[out] + sigma[out] * rng.standard_normal(n_out)
    return np.clip(u, 0.0, 1.0)
