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

from trimtab.space.columns import CATEGORICAL
from trimtab.space.space import Space
from trimtab.surrogate.normal import LOG_SQRT_2PI, mass_from_zero
from trimtab.typing import Array, Ints, Mask, Rng

_FEW = 64  # ordered columns of at most so many values have a table of masses
_NARROW = 1e-4  # the narrowest kernel without the magic clip: digits are lost below it
_ROUNDS = 64  # of rejection; a kernel keeps at least a third of its draws


@dataclass(frozen=True, eq=False)
class Axes:
    """Columns by how their kernels look; positions are within the columns given."""

    d: int
    smooth: Ints  # positions of columns treated as continuous
    ordered: Ints  # positions of columns with few ordered values
    unordered: Ints  # positions of categorical columns
    edges: tuple[Array, ...]  # (d,) of (k+1,): the slices of a column's values; (2,) where smooth


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


def axes_of(space: Space) -> Axes:
    """The columns of a space."""
    columns = space.columns
    kinds, counts = columns.kind.tolist(), columns.n_values.tolist()
    edges, groups = [], ([], [], [])  # type: ignore[var-annotated]
    for j, name in enumerate(space.names):
        is_smooth = counts[j] == 0 or (kinds[j] != CATEGORICAL and counts[j] > _FEW)
        groups[0 if is_smooth else 2 if kinds[j] == CATEGORICAL else 1].append(j)
        middles = np.arange(0 if is_smooth else counts[j], dtype=float)
        edges.append(_edges(space.domains[name].to_unit(middles)))
    smooth, ordered, unordered = (np.array(g, np.int64) for g in groups)
    return Axes(len(kinds), smooth, ordered, unordered, tuple(edges))


def _edges(middles: Array) -> Array:
    """The edges (k+1,) of slices of [0, 1] with these middles (k,), in order."""
    edges = [0.0]
    for middle in middles.tolist():
        edges.append(max(2 * middle - edges[-1], edges[-1]))
    return np.array([*edges[: max(len(middles), 1)], 1.0])


def taken(axes: Axes, columns: Ints) -> Axes:
    """The axes of some of the columns, in their order."""
    at = np.full(axes.d, -1, np.int64)
    at[columns] = np.arange(len(columns))
    smooth, ordered, unordered = (at[g] for g in (axes.smooth, axes.ordered, axes.unordered))
    edges = tuple(axes.edges[j] for j in columns.tolist())
    return Axes(
        len(columns), smooth[smooth >= 0], ordered[ordered >= 0], unordered[unordered >= 0], edges
    )


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
    sigma = np.full(x.shape, usual)
    constant = np.log(share) if n else np.zeros(0)
    mu, s = x[:, axes.smooth], sigma[:, axes.smooth]
    if n and len(axes.smooth):
        s = np.clip(neighbor_gaps(mu), low, 1.0)
        sigma[:, axes.smooth] = s
        constant = constant - (0.5 * (mu / s) ** 2 + np.log(s * _inside(mu, s)) + LOG_SQRT_2PI).sum(
            axis=1
        )
    a = 1 / (s * s)
    linear = np.concatenate([-0.5 * a, mu * a], axis=1).T
    prior = prior_weight / total if n and total > 0 else 1.0
    return Parzen(axes, x, sigma, share, prior, prior_weight / (n + 1), linear, constant)


def neighbor_gaps(x: Array) -> Array:
    """The larger gap to the two neighbours in each column of x (n, d); a lone row has 1.

    The outermost rows look inward only: the ends of the interval are no neighbours.
    """
    n = len(x)
    if n < 2:
        return np.ones(x.shape)
    order = np.argsort(x, axis=0)
    gap = np.diff(np.take_along_axis(x, order, axis=0), axis=0)
    wide = np.empty(x.shape)
    wide[0], wide[-1] = gap[0], gap[-1]
    np.maximum(gap[1:], gap[:-1], out=wide[1:-1])
    found = np.empty(x.shape)
    np.put_along_axis(found, order, wide, axis=0)
    return found


def _inside(mu: Array, sigma: Array) -> Array:
    """The mass that a normal has within [0, 1], for means within."""
    return mass_from_zero((1.0 - mu) / sigma) + mass_from_zero(mu / sigma)


# -- density --------------------------------------------------------------------------------------


def log_density(p: Parzen, u: Array) -> Array:
    """The log density (q,) at rows u (q, d), with respect to the prior."""
    if not len(p.x):
        return np.zeros(len(u))
    axes = p.axes
    v = u[:, axes.smooth]
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


def slices(edges: Array, u: Array) -> Ints:
    """Which slice each coordinate u (n,) lies in; shape (n,)."""
    return np.searchsorted(edges[1:-1], u, side="right").astype(np.int64)


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
    if len(numeric):
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
