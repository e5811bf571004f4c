"""Which kernel suits the results: evidence and left-out errors of several, side by side.

Rasmussen & Williams (2006), section 5.4: the evidence at its maximum, and the log-density of each result
given all others. A Matern process with nu has ceil(nu) - 1 derivatives; an RBF process has all of them, and
is too smooth for most that is measured (Stein 1999, Interpolation of Spatial Data).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trimtab.errors import InvalidArgument
from trimtab.plugin import did_you_mean
from trimtab.surrogate.embedding import Embedding
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.model import OBJECTIVE, Recipe
from trimtab.surrogate.model import process_of as of_recipe
from trimtab.surrogate.named import KERNELS
from trimtab.surrogate.posterior import Posterior
from trimtab.typing import Array


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
        return KERNELS[self.name].smoothness


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
    """A process with that kernel and the sampler's priors: `model.process_of`."""
    if name not in KERNELS:
        known = ", ".join(KERNELS)
        raise InvalidArgument(f"kernel={name!r} is none of {known}{did_you_mean(name, KERNELS)}")
    return of_recipe(embedding, Recipe(kernel=name), OBJECTIVE)
