"""Chances of choices: categorical distributions that are sampled and moved towards better samples.

Baluja (1994), population-based incremental learning, is the plain natural gradient (Ollivier et al.
2017); Akimoto et al. (2019), adaptive stochastic natural gradient, sets its step, as in CatCMA:
Hamano, Saito, Nomura, Uchida & Shirakawa (2024).

Chances q are (b, most), one row for each column of choices, padded with zeros. Picks are (n, b), -1
where a column was inactive.
"""

import math
from dataclasses import dataclass

import numpy as np

from trimtab.typing import Array, Ints

_ALPHA = 1.5  # how long the path of steps may be before they are shortened


@dataclass(frozen=True, eq=False)
class Chances:
    """Chances, and the length of their next step."""

    q: Array  # (b, most)
    n: Ints  # (b,) how many choices each column has
    path: Array  # (sum of n - 1,)
    gamma: float = 0.0
    delta: float = 1.0  # Delta of the paper: steps are 1/Delta long


def start_chances(weights: Array, n: Ints) -> Chances:
    """The chances of the prior weights (b, most), with a margin."""
    return Chances(floored(weights, n), n, np.zeros(int((n - 1).sum())))


def picked(q: Array, u: Array) -> Ints:
    """The choices (n, b) at uniform numbers u (n, b)."""
    edges = np.cumsum(q, axis=1)
    edges = edges / edges[:, -1:]
    return (u[:, :, None] >= edges[None, :, :-1]).sum(axis=2)


def gradient(q: Array, picks: Ints, weights: Array) -> Array:
    """Natural gradient (b, most): sum of weights (n,) times (one-hot picks - q)."""
    one_hot = picks[:, :, None] == np.arange(q.shape[1])
    one_hot = np.where(picks[:, :, None] < 0, q, one_hot)  # inactive: no information
    return np.einsum("n,nbk->bk", weights, one_hot - q)


def floored(q: Array, n: Ints, q_min: Array | None = None) -> Array:
    """q with no chance below the margin (b,), by default (1 - 0.73^(1/b)) / (n - 1)."""
    if q_min is None:
        q_min = (1 - 0.73 ** (1 / max(len(n), 1))) / np.maximum(n - 1, 1)
    q_min = np.minimum(q_min, 1 / n)[:, None]
    is_real = np.arange(q.shape[1]) < n[:, None]
    q = np.where(is_real, np.maximum(q, q_min), 0.0)
    excess = q - np.where(is_real, q_min, 0.0)
    room = 1 - (q_min * n[:, None])
    total = excess.sum(axis=1, keepdims=True)
    scaled = excess * np.where(total > 0, room / np.where(total > 0, total, 1), 0.0)
    found = np.where(is_real, q_min + scaled, 0.0)
    return np.asarray(found / found.sum(axis=1, keepdims=True), np.float64)


def whitened(q: Array, n: Ints, slope: Array) -> Array:
    """The square root of the Fisher matrix times a gradient (b, most): (sum of n - 1,)."""
    parts = [np.empty(0)]
    for row, k, g in zip(q, n.tolist(), slope, strict=True):
        root, last = np.sqrt(row[: k - 1]), row[k - 1]
        parts.append(g[: k - 1] / root + root * g[: k - 1].sum() / (last + math.sqrt(last)))
    return np.concatenate(parts)


def adapted(chances: Chances, picks: Ints, weights: Array) -> Chances:
    """One step of the chances, as long as steps have lately pointed the same way."""
    slope = gradient(chances.q, picks, weights)
    white = whitened(chances.q, chances.n, slope)
    norm = float(np.linalg.norm(white))
    if not norm:
        return chances
    length = 1 / chances.delta
    q = floored(chances.q + length / norm * slope, chances.n)
    beta = min(length / math.sqrt(len(white)), 1.0)
    path = (1 - beta) * chances.path + math.sqrt(beta * (2 - beta)) * white / norm
    gamma = (1 - beta) ** 2 * chances.gamma + beta * (2 - beta)
    delta = chances.delta * math.exp(beta * (gamma - float(path @ path) / _ALPHA))
    return Chances(q, chances.n, path, gamma, max(delta, 1e-3))
