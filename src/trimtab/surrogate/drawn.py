"""A model under several draws of its parameters, for what one fit of them does not tell.

Snoek, Larochelle & Adams (2012), Practical Bayesian Optimization of Machine Learning Algorithms, section
3.2; the draws by slices (Murray & Adams 2010). They follow from a fit, and are drawn when it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from trimtab.rng import stream
from trimtab.surrogate.embedding import Embedding
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.model import (
    OBJECTIVE,
    Fit,
    Model,
    Recipe,
    Results,
    process_of,
    spread,
    targets,
)
from trimtab.surrogate.slice import sampled_parameters
from trimtab.typing import Array, Rng

# (process, x (n_x, d), y (n_x,), n, rng, best (p,)) -> n draws (n, p) of the parameters
Drawer = Callable[[GaussianProcess, Array, Array, int, Rng, Array], Array]


def by_slices(process: GaussianProcess, x: Array, y: Array, n: int, rng: Rng, best: Array) -> Array:
    """The chain begins at the best parameters."""
    return sampled_parameters(process, x, y, n, rng, n_burn=_N_BURN, start=best)


@dataclass(frozen=True, eq=False)
class Drawn:
    """n draws of the parameters of the objective's process, given the results of a fit."""

    fit: Fit
    n: int
    key: int  # of the draws
    draw: Drawer = by_slices

    def after(self, fit: Fit) -> "Drawn":
        """The draws for another fit."""
        return self if fit is self.fit else replace(self, fit=fit)

    @cached_property
    def theta(self) -> Array:
        """The parameters (n, p)."""
        rng, best = stream(self.key, len(self.fit.results)), self.fit.theta[OBJECTIVE]
        x, y = self._under.data(self.fit.results)
        return self.draw(self._under.process, x, y, self.n, rng, best)

    def models(self, results: Results) -> list[Model]:
        """The posteriors given all results so far, one for each draw."""
        return self._under.models(results, self.theta)

    @property
    def _under(self) -> "Draws":
        recipe, embedding = self.fit.recipe, self.fit.embedding
        return Draws(process_of(embedding, recipe, OBJECTIVE), embedding, recipe)


@dataclass(frozen=True, eq=False)
class Draws:
    """A process of the objective, from whose parameters is drawn."""

    process: GaussianProcess
    embedding: Embedding
    recipe: Recipe

    def data(self, results: Results) -> tuple[Array, Array]:
        """The features (n, D) and results (n,) that parameters are drawn from."""
        rows, y = targets(results, OBJECTIVE, self.recipe)
        some = spread(y, _MOST_FITTED)
        return self.embedding(results.x[rows[some]]), y[some]

    def models(self, results: Results, parameters: Array) -> list[Model]:
        """The posteriors given the results, one for each row of parameters (n, p)."""
        rows, y = targets(results, OBJECTIVE, self.recipe)
        some = spread(y, self.recipe.n_rows)
        x = self.embedding(results.x[rows[some]])
        found = [self.process.condition(x, y[some], theta) for theta in parameters]
        return [Model(posterior, rows[some]) for posterior in found]


_MOST_FITTED = 120  # results that parameters are drawn from: more settle them without draws
_N_BURN = 8
