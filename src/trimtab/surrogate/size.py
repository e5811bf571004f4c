"""Exact while it can be, sparse beyond: a process for any number of rows.

An exact process of n rows costs O(n^3) time and 8 n^2 bytes (Rasmussen & Williams 2006, section 2.3); beyond
`limit` rows it is one through inducing points (Titsias 2009), and says so.
"""

import math
import warnings

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.model import spread
from trimtab.surrogate.posterior import Posterior
from trimtab.surrogate.sparse import SparsePosterior, inducing_rows, sparse
from trimtab.typing import Array


class TooManyRows(UserWarning):
    """An exact process would not fit; an approximation was taken."""


def regression(
    process: GaussianProcess,
    x: Array,
    y: Array,
    *,
    limit: int = 10_000,
    n_inducing: int = 512,
    n_fit: int = 300,
) -> Posterior | SparsePosterior:
    """The posterior of x (n, d), y (n,): exact up to `limit` rows, through inducing rows beyond.

    There the parameters are learned from `n_fit` of the rows, and a `TooManyRows` warning tells the memory
    that an exact factor would take.

    Raises:
        InvalidArgument: beyond the limit, a mean or a noise of each row, which the sparse process lacks.
    """
    n = len(y)
    if n <= limit:
        return process.fit(x, y)
    has_mean = process.basis is not None or callable(process.mean) or process.mean != 0.0
    if has_mean or process.row_noise is not None or isinstance(process.noise, np.ndarray):
        raise InvalidArgument(
            f"{n} rows are more than limit={limit}, and a sparse process has neither a mean nor a noise "
            "of each row; leave them out, or raise the limit"
        )
    size = f"{n} rows: an exact process needs {8 * n**2 / 1e9:.1f} GB"
    message = f"{size}; going on with {n_inducing} inducing rows"
    warnings.warn(message, TooManyRows, stacklevel=2)
    keep = spread(y, n_fit)
    theta = process.maximum(x[keep], y[keep], [process.theta])
    known = process.condition(x[keep], y[keep], theta)
    noise = math.exp(theta[-1]) if process.noise is None else float(process.noise)
    z = x[inducing_rows(known.kernel, x, n_inducing)]
    return sparse(known.kernel, x, y, z, noise)
