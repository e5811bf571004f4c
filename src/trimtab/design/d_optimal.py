"""D-optimal designs: the runs, out of many candidates, that pin a model down best.

Fedorov, Theory of Optimal Experiments (1972): exchange the run and the candidate that raise
det(F'F) most, until no exchange does. Where candidates would be too many (a fine grid in many
columns), exchange one coordinate at a time: Meyer & Nachtsheim, "The coordinate-exchange
algorithm for constructing exact optimal experimental designs" (1995).
"""

import numpy as np
from numpy.typing import ArrayLike

from trimtab.design.check import check_count, check_finite
from trimtab.design.model import Term, model_matrix
from trimtab.errors import InvalidArgument
from trimtab.typing import Array, Ints, Rng

_RIDGE = 1e-8  # makes a poor random start invertible; too small to choose a design
_GAIN = 1e-6  # relative growth of the determinant below which the search ends
_MAX_PASSES = 50  # a model that cannot be estimated may chase rounding errors for ever


def d_optimal(
    candidates: ArrayLike,
    n: int,
    terms: tuple[Term, ...],
    rng: Rng,
    n_starts: int = 10,
    max_exchanges: int = 1000,
) -> Ints:
    """Indices (n,), ascending, of the chosen candidates (N, d); a candidate may come twice.

    n: at least the number of terms. The best of `n_starts` random starts.
    Raises InvalidArgument where no start gives the model full rank.
    """
    f = model_matrix(candidates, terms)  # (N, p)
    f = f / np.maximum(np.abs(f).max(axis=0, initial=0.0), 1e-300)  # same optimum, any units
    n = check_count("n", n, low=max(1, f.shape[1]))
    best, best_value = None, -np.inf
    for _ in range(check_count("n_starts", n_starts)):
        chosen = _fedorov(f, rng.integers(len(f), size=n), max_exchanges)
        value = log_determinant(f[chosen])
        if value > best_value:
            best, best_value = chosen, value
    if best is None:
        raise InvalidArgument(
            f"candidates (N={len(f)}) cannot estimate the {len(terms)} terms; "
            "add candidates or drop terms"
        )
    return np.sort(best)


def coordinate_exchange(
    levels: ArrayLike, d: int, n: int, terms: tuple[Term, ...], rng: Rng, n_starts: int = 5
) -> Array:
    """A coded design (n, d) on the given levels (k,) of every column, by coordinate exchange.

    Raises InvalidArgument where no start gives the model full rank.
    """
    values = check_finite("levels", levels, 1)
    d, n = check_count("d", d), check_count("n", n, low=max(1, len(terms)))
    best, best_value = None, -np.inf
    for _ in range(check_count("n_starts", n_starts)):
        x = rng.choice(values, size=(n, d))
        for _ in range(_MAX_PASSES):
            if not _improve_coordinates(x, values, terms):
                break
        value = log_determinant(model_matrix(x, terms))
        if value > best_value:
            best, best_value = x, value
    if best is None:
        raise InvalidArgument(
            f"levels={values.tolist()} cannot estimate the {len(terms)} terms; add levels"
        )
    return best


def log_determinant(f: Array) -> float:
    """log det(F'F) of a model matrix (n, p); minus infinity below full rank."""
    if np.linalg.matrix_rank(f) < f.shape[1]:
        return -np.inf
    return float(np.linalg.slogdet(f.T @ f)[1])


def d_efficiency(f: ArrayLike) -> float:
    """det(F'F)**(1/p) / n of a model matrix (n, p): 1 for an orthogonal two-level design."""
    m = check_finite("f", f, 2)
    return float(np.exp(log_determinant(m) / m.shape[1]) / len(m))


def exchange_gain(f_in: Array, f_out: Array, inverse: Array) -> Array:
    """Relative growth of det(F'F) when run i makes way for candidate j, (n, N); Fedorov (1972).

    f_in: model rows of the runs (n, p); f_out: of the candidates (N, p); inverse: (F'F)^-1.
    """
    mixed = f_in @ inverse @ f_out.T
    d_in = np.einsum("ip,pq,iq->i", f_in, inverse, f_in)
    d_out = np.einsum("ip,pq,iq->i", f_out, inverse, f_out)
    return d_out[None, :] - d_in[:, None] - d_in[:, None] * d_out[None, :] + mixed**2


def _fedorov(f: Array, chosen: Ints, max_exchanges: int) -> Ints:
    for _ in range(max_exchanges):
        gain = exchange_gain(f[chosen], f, _inverse(f[chosen]))
        i, j = divmod(int(gain.argmax()), len(f))
        if gain[i, j] <= _GAIN:
            break
        chosen[i] = j
    return chosen


def _improve_coordinates(x: Array, values: Array, terms: tuple[Term, ...]) -> bool:
    """One pass over all entries of x, in place; whether any was exchanged."""
    has_changed = False
    f = model_matrix(x, terms)
    for i in range(len(x)):
        for j in range(x.shape[1]):
            trial = np.repeat(x[i : i + 1], len(values), axis=0)
            trial[:, j] = values
            rows = model_matrix(trial, terms)
            gain = exchange_gain(f[i : i + 1], rows, _inverse(f))[0]
            k = int(gain.argmax())
            if gain[k] > _GAIN:
                x[i], f[i], has_changed = trial[k], rows[k], True
    return has_changed


def _inverse(f: Array) -> Array:
    ridge = _RIDGE * np.eye(f.shape[1])
    return np.asarray(np.linalg.inv(f.T @ f + ridge), dtype=np.float64)
