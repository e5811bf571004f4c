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
_FACTORS = 50  # numbers above 1e-5 whose product is no underflow; its logarithm is one, not fifty
_LOG_TINY = -40.0  # of a kernel beside the nearest one
_ROUNDS = 16  # of rejection; a kernel keeps at least a third of its draws
_AT_ONCE = 6  # draws in a round


@dataclass(frozen=True, eq=False)
class Parzen:
    """A mixture of product kernels and the uniform prior; or two over the same columns, fitted in one go.

    Kernels of the first mixture come first, then those of the second; K in all.
    """

    axes: Axes
    x: Array  # (K, d) centers
    sigma: Array  # (K, d) widths; of no meaning where unordered
    weight: Array  # (K,) of the kernels, sums with `prior` to 1 in each mixture
    ends: tuple[int, ...]  # (M,) where the kernels of each mixture end
    prior: tuple[float, ...]  # (M,)
    leak: tuple[float, ...]  # (M,) k leak / (1 + k leak) of a kernel of k categories is the prior's
    linear: Array  # (2 s, K) coefficients of u^2 and u in the s smooth columns
    constant: Array  # (K,) log weight and normalizers

    @property
    def parts(self) -> list[slice]:
        """The kernels of each mixture."""
        return _parts(self.ends)


def parzen(
    axes: Axes,
    x: Array,
    weight: Array,
    *,
    n_first: int | None = None,
    prior_weight: float = 1.0,
    magic_clip: bool = True,
) -> Parzen:
    """The estimator of rows x (K, d) of the unit cube, all active, with weights (K,).

    With `n_first` a second mixture begins at that row.
    """
    ends = (len(x),) if n_first is None else (n_first, len(x))
    usual, share = np.empty(len(x)), np.empty(len(x))
    prior, leak = [], []
    for part in _parts(ends):
        n = part.stop - part.start
        usual[part] = 1 / min(100.0, n + 2.0)  # the "magic clip", as in Bergstra's own code
        total = float(weight[part].sum()) + prior_weight
        share[part] = weight[part] / total if total > 0 else weight[part]
        prior.append(prior_weight / total if n and total > 0 else 1.0)
        leak.append(prior_weight / (n + 1))
    is_plain = len(axes.smooth) == axes.d  # no column needs to be picked out
    mu = x if is_plain else x[:, axes.smooth]
    gap = neighbor_gaps(mu, ends).T
    mu = np.ascontiguousarray(mu.T)
    # NOTE: from here on a row for each column, so that all arrays are walked through in their order.
    s = np.minimum(np.maximum(gap, usual if magic_clip else _NARROW), 1.0)
    a = 1 / (s * s)
    b = mu * a
    constant = np.log(share) - len(axes.smooth) * LOG_SQRT_2PI
    constant -= (0.5 * mu * b).sum(axis=0) + _log_product(s * _inside(mu, s))
    if is_plain:
        sigma = s.T
    else:
        sigma = np.repeat(usual[:, None], axes.d, axis=1)
        sigma[:, axes.smooth] = s.T
    linear = np.concatenate([-0.5 * a, b])
    return Parzen(axes, x, sigma, share, ends, tuple(prior), tuple(leak), linear, constant)


def _parts(ends: tuple[int, ...]) -> list[slice]:
    return [slice(start, end) for start, end in zip((0, *ends), ends, strict=False)]


def neighbor_gaps(x: Array, ends: tuple[int, ...] = ()) -> Array:
    """The larger gap to the two neighbours in each column of x (n, d); a lone row has 1.

    The outermost rows look inward only: the ends of the interval are no neighbours. With `ends` only
    rows of the same mixture are neighbours.
    """
    n, d = x.shape
    if not n * d:
        return np.ones((n, d))
    # NOTE: a sort is several times faster than an argsort, so each value carries its row in its last bits.
    mask = (1 << n.bit_length()) - 1
    parts = _parts(ends or (n,))
    values = np.add(x.T, 1.0, order="C")  # (d, n)
    for i, part in enumerate(parts[1:], 1):
        values[:, part] += 2.0 * i  # so that mixtures lie apart
    bits = values.view(np.int64)
    bits &= ~mask
    bits |= np.arange(n)
    values.sort(axis=1)
    gap = np.empty((d, n + 1))  # to the row before, and after the last
    np.subtract(values[:, 1:], values[:, :-1], out=gap[:, 1:-1])
    for edge in (0, *ends, n):
        gap[:, edge] = 0.0
    wide = np.maximum(gap[:, 1:], gap[:, :-1])
    for part in parts:
        if part.stop - part.start == 1:
            wide[:, part] = 1.0
    place = (bits & mask) + np.arange(0, d * n, n)[:, None]
    found = np.empty(n * d)
    found[place] = wide
    return found.reshape(d, n).T


def _inside(mu: Array, sigma: Array) -> Array:
    """The mass that normals with means within [0, 1] have there, of the shape of mu."""
    near = np.flatnonzero(np.abs(mu - 0.5) + 6.0 * sigma > 0.5)
    m, s = mu.ravel()[near], sigma.ravel()[near]
    found = np.ones(mu.size)  # the others have all of it, to nine digits
    found[near] = np.add(*mass_from_zero(np.array([1.0 - m, m]) / s))
    return found.reshape(mu.shape)


def _log_product(x: Array) -> Array:
    """The log (K,) of the product of each column of x (s, K), all within [1e-5, 1]."""
    found = np.zeros(x.shape[1])
    for i in range(0, len(x), _FACTORS):
        found += np.log(np.multiply.reduce(x[i : i + _FACTORS], axis=0))
    return found


# -- density --------------------------------------------------------------------------------------


def log_density(p: Parzen, u: Array) -> Array:
    """The log density (q,) of the first mixture at rows u (q, d), with respect to the prior."""
    return _log_densities(p, u)[0]


def log_ratio(p: Parzen, u: Array) -> Array:
    """The log density (q,) of the first mixture less that of the second, at rows u (q, d)."""
    low, high = _log_densities(p, u)
    return low - high


def _log_densities(p: Parzen, u: Array) -> list[Array]:
    power = _log_kernels(p, u)
    found = []
    for part, prior in zip(p.parts, p.prior, strict=True):
        some = power[:, part]
        top = np.maximum.reduce(some, axis=1, initial=-700.0)
        found.append(top + np.log(_sums(some - top[:, None]) + prior * np.exp(-top)))
    return found


def _sums(power: Array) -> Array:
    """The sums (q,) of the exponentials of power (q, K), whose rows have a maximum of zero.

    NOTE: what is below 1e-17 of the greatest is left out: of narrow kernels in ten columns that is nearly
    all, and to take an exponential of it costs more than everything else.
    """
    near = np.flatnonzero(power > _LOG_TINY)
    values = np.zeros(power.size)
    values[near] = np.exp(power.ravel()[near])
    return values.reshape(power.shape).sum(axis=1)


def _log_kernels(p: Parzen, u: Array) -> Array:
    """Log density (q, K) of each weighted kernel at rows u (q, d)."""
    axes = p.axes
    v = u if len(axes.smooth) == axes.d else u[:, axes.smooth]
    power = np.concatenate([v * v, v], axis=1) @ p.linear
    power += p.constant
    for j in axes.ordered.tolist():
        edges = axes.edges[j]
        here, there = slices(edges, u[:, j]), slices(edges, p.x[:, j])
        for part in p.parts:
            if part.stop > part.start:
                table = ordered_table(edges, float(p.sigma[part.start, j]))
                power[:, part] += table[there[part]].T[here]
    for j in axes.unordered.tolist():
        edges = axes.edges[j]
        here, there = slices(edges, u[:, j]), slices(edges, p.x[:, j])
        is_same: Mask = here[:, None] == there
        for part, leak in zip(p.parts, p.leak, strict=True):
            off, on = unordered_pair(edges, leak)
            power[:, part] += np.where(is_same[:, part], on[here][:, None], off)
    return power


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
    """n rows (n, d) drawn from the first mixture."""
    axes, n_kernels = p.axes, p.ends[0]
    u = rng.random((n, axes.d))
    if not n_kernels:
        return u
    of = np.searchsorted(np.cumsum(p.weight[:n_kernels]), rng.random(n), side="right")
    mine = np.flatnonzero(of < n_kernels)
    of = of[mine]
    if len(axes.smooth) == axes.d:
        u[mine] = _truncated(p.x[of], p.sigma[of], rng)
    elif len(numeric := np.sort(np.concatenate([axes.smooth, axes.ordered]))):
        block = np.ix_(of, numeric)
        u[np.ix_(mine, numeric)] = _truncated(p.x[block], p.sigma[block], rng)
    for j in axes.unordered.tolist():
        stays = rng.random(len(mine)) < 1 / (1 + p.leak[0] * (len(axes.edges[j]) - 1))
        u[mine[stays], j] = p.x[of[stays], j]
    return u


def _truncated(mu: Array, sigma: Array, rng: Rng) -> Array:
    """Normal draws within [0, 1], by rejection, of the shape of mu."""
    u = mu + sigma * rng.standard_normal(mu.shape)
    flat, mu, sigma = u.ravel(), mu.ravel(), sigma.ravel()
    out = np.flatnonzero((flat < 0.0) | (flat > 1.0))
    for _ in range(_ROUNDS):
        if not len(out):
            return u
        again = mu[out] + sigma[out] * rng.standard_normal((_AT_ONCE, len(out)))
        is_in = (again >= 0.0) & (again <= 1.0)
        first = is_in.argmax(axis=0), np.arange(len(out))
        flat[out] = again[first]
        out = out[~is_in[first]]
    return np.minimum(np.maximum(u, 0.0), 1.0)
