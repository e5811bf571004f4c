"""A model under several draws of its parameters, for what one fit of them does not tell.

Snoek, Larochelle & Adams (2012), Practical Bayesian Optimization of Machine Learning Algorithms, section
3.2; the draws by slices (Murray & Adams 2010). They follow from a fit, and are drawn when it is.
"""

from dataclasses import dataclass
from functools import cached_property

from trimtab.rng import stream
from trimtab.surrogate.model import OBJECTIVE, Fit, Model, Results, process_of, spread, targets
from trimtab.surrogate.slice import sampled_parameters
from trimtab.typing import Array


@dataclass(frozen=True, eq=False)
class Drawn:
    """n draws of the parameters of the objective's process, given the results of a fit."""

    fit: Fit
    n: int
    key: int  # of the draws

    def after(self, fit: Fit) -> "Drawn":
        """The draws for another fit."""
        return self if fit is self.fit else Drawn(fit, self.n, self.key)

    @cached_property
    def theta(self) -> Array:
        """The parameters (n, p): the chain begins at the fit."""
        results, recipe, embedding = self.fit.results, self.fit.recipe, self.fit.embedding
        rows, y = targets(results, OBJECTIVE, recipe)
        some = spread(y, _MOST_FITTED)
        return sampled_parameters(
            process_of(embedding, recipe, OBJECTIVE),
            embedding(results.x[rows[some]]),
            y[some],
            self.n,
            stream(self.key, len(results)),
            n_burn=_N_BURN,
            start=self.fit.theta[OBJECTIVE],
        )

    def models(self, results: Results) -> list[Model]:
        """The posteriors given all results so far, one for each draw."""
        recipe, embedding = self.fit.recipe, self.fit.embedding
        rows, y = targets(results, OBJECTIVE, recipe)
        some = spread(y, recipe.n_rows)
        process, x = process_of(embedding, recipe, OBJECTIVE), embedding(results.x[rows[some]])
        return [Model(process.condition(x, y[some], theta), rows[some]) for theta in self.theta]


_MOST_FITTED = 120  # results that parameters are drawn from: more settle them without draws
_N_BURN = 8
