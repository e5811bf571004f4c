"""How far the results at each budget can be trusted to rank configurations as the largest one does.

Li, Shen, Jiang, Zhang, Li, Liu, Zhang & Cui (2022). Hyper-Tune: Towards Efficient Hyper-parameter Tuning
at Scale. VLDB, section 4.1; the loss and its use on samples of surrogates are those of Feurer, Letham &
Bakshy (2018), Scalable Meta-Learning for Bayesian Optimization (RGPE). A surrogate of each budget draws
values for the configurations of the highest budget that has enough of them; the loss of a draw counts the
pairs that it puts in the wrong order. theta_k is how often budget k has the least loss. The surrogate of
that highest budget itself is cross-validated in five folds.
"""

from collections.abc import Sequence

import numpy as np

from trimtab.surrogate.embedding import Embedding
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.joint import process_of, robust, with_budget
from trimtab.typing import Array, Ints, Rng


def misranked(draws: Array, loss: Array) -> Ints:
    """The pairs (S,) that each of the draws (S, n) orders otherwise than the losses (n,)."""
    i, j = np.triu_indices(len(loss), 1)
    wrong = (draws[:, i] < draws[:, j]) != (loss[i] < loss[j])
    return np.asarray(wrong.sum(axis=1), np.int64)


def least_often(losses: Array) -> Array:
    """How often each of the rows (K, S) has the least loss of its column, (K,); ties are shared out."""
    least = losses == losses.min(axis=0)
    return np.asarray((least / least.sum(axis=0)).mean(axis=1))


def precision(
    embedding: Embedding, data: Sequence[tuple[Array, Array]], rng: Rng, n_draws: int = 100
) -> Array:
    """theta (K,) of budgets with data (x (n, d), loss (n,)) each, ascending; the last is the reference."""
    x, loss = data[-1]
    q, process = with_budget(embedding(x), 1.0), process_of(embedding)
    losses = []
    for k, (own, y) in enumerate(data):
        rows, target = with_budget(embedding(own), 1.0), robust(y)
        theta = process.maximum(rows, target, [process.theta], _N_STEPS, _TOLERANCE)
        if k + 1 < len(data):
            draws = process.condition(rows, target, theta).samples(q, n_draws, rng)
        else:
            draws = _crossed(process, q, target, theta, n_draws, rng)
        losses.append(misranked(draws, loss))
    return least_often(np.array(losses))


def _crossed(
    process: GaussianProcess, x: Array, y: Array, theta: Array, n_draws: int, rng: Rng
) -> Array:
    """Draws (S, n) of each fold of the rows from a process that has seen the others alone."""
    draws, fold = np.empty((n_draws, len(y))), np.arange(len(y)) % _FOLDS
    for i in range(_FOLDS):
        out = fold == i
        posterior = process.condition(x[~out], y[~out], theta)
        draws[:, out] = posterior.samples(x[out], n_draws, rng)
    return draws


_FOLDS = 5
_N_STEPS = 25
_TOLERANCE = 1e-5
