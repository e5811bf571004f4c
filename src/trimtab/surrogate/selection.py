"""Which kernel suits the results: evidence and left-out errors of several, side by side.

Rasmussen & Williams (2006), section 5.4: the evidence at its maximum, and the log-density of each result
given all others. A Matern process with nu has ceil(nu) - 1 derivatives; an RBF process has all of them, and
is too smooth for most that is measured (Stein 1999, Interpolation of Spatial Data).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.plugin import did_you_mean
from trimtab.surrogate.embedding import Embedding
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import Scaled
from trimtab.surrogate.posterior import Posterior
from trimtab.surrogate.prior import Joint, LogNormal, usual_lengthscales
from trimtab.surrogate.stationary import Stationary, matern, rational_quadratic, rbf
from trimtab.typing import Array

KERNELS = {  # name -> how smooth its paths are
    "matern12": "continuous, no derivative",
    "matern32": "one derivative",
    "matern52": "two derivatives",
    "rbf": "all derivatives",
    "rational_quadratic": "all derivatives, many lengthscales at once",
}


@dataclass(frozen=True, eq=False)
class Suited:
    """A kernel with its best parameters."""

    name: str
    posterior: Posterior
    log_evidence: float
    left_out: float  # mean negative log-density of each result given all others
    coverage: float  # share of results within their 95 % left-out interval

    @property
    def smoothness(self) -> str:
        """How smooth its paths are."""
        return KERNELS[self.name]


def compared(
    embedding: Embedding, x: Array, y: Array, names: Sequence[str] = tuple(KERNELS)
) -> list[Suited]:
    """Kernels fitted to unit rows x (n, d) and standardized y (n,), the most evidence first.

    Raises:
        InvalidArgument: a name that is not in `KERNELS`.
    """
    features = embedding(x)
    found = []
    for name in names:
        posterior = process_of(embedding, name).fit(features, y)
        coverage, density = posterior.misfit()
        found.append(Suited(name, posterior, posterior.log_evidence, density, coverage))
    return sorted(found, key=lambda suited: -suited.log_evidence)


def process_of(embedding: Embedding, name: str) -> GaussianProcess:
    """A process with that kernel and the priors of `surrogate/model.py`."""
    if name not in KERNELS:
        known = ", ".join(KERNELS)
        raise InvalidArgument(f"kernel={name!r} is none of {known}{did_you_mean(name, KERNELS)}")
    d = int(embedding.group.max(initial=-1)) + 1
    lengths = np.full(d, 0.5)
    made = {
        "matern12": matern(0.5),
        "matern32": matern(1.5),
        "matern52": matern(2.5),
        "rbf": rbf(),
        "rational_quadratic": rational_quadratic(),
    }[name]
    kernel = Scaled(Stationary(made.profile, lengths, embedding.group))
    length = usual_lengthscales(~embedding.is_numeric)
    parts = ((1, LogNormal(0.0, 1.0)), (d, length), (1, LogNormal(-8.0, 3.0)))
    return GaussianProcess(kernel, None, Joint(parts), bounds=_BOUNDS)


_BOUNDS = (np.log(5e-3), np.log(1e3))
