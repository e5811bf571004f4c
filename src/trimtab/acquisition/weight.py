"""What an acquisition is weighted with: beliefs about where the optimum is, and what a trial costs.

Beliefs: Hvarfner, Stoll, Souza, Lindauer, Hutter & Nardi (2022), piBO, ICLR, equation 6: acquisition times
pi(x)^(beta / n), which fades as results come in. Costs: Snoek, Larochelle & Adams (2012), Practical Bayesian
Optimization, section 3.2: improvement per cost, with the logarithm of the cost modelled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.space.space import Space
from trimtab.surrogate.embedding import Embedding
from trimtab.surrogate.posterior import Posterior
from trimtab.typing import Array


@dataclass(frozen=True, eq=False)
class Belief:
    """strength log pi(z), pi a product of normals around a guess; what is not guessed has no width.

    NOTE: floored far away, so that a wrong guess can be left behind (section 4.1 keeps pi above 0).
    """

    guess: Array  # (D,) features
    width: Array  # (D,) standard deviations; infinite where nothing is believed
    strength: float  # beta / n

    def value(self, z: Array) -> Array:
        """Values (n,) at features z (n, D)."""
        return self.slopes(z)[0]

    def slopes(self, z: Array) -> tuple[Array, Array]:
        """Values (n,) and gradients (n, D)."""
        score = (z - self.guess) / self.width
        exact = -0.5 * np.sum(score**2, axis=1)
        floor = np.exp(_FLOOR)
        pi = np.exp(np.maximum(exact, -700.0)) + floor
        share = (pi - floor) / pi
        slope = -share[:, None] * score / self.width
        return self.strength * np.log(pi), self.strength * slope


@dataclass(frozen=True, eq=False)
class PerCost:
    """-weight times the mean of the logarithm of the cost."""

    posterior: Posterior  # of log cost
    weight: float

    def value(self, z: Array) -> Array:
        """Values (n,) at features z (n, D)."""
        return -self.weight * self.posterior.predict(z)[0]

    def slopes(self, z: Array) -> tuple[Array, Array]:
        """Values (n,) and gradients (n, D)."""
        mean, _, carried = self.posterior.carrying(z)
        one = np.ones(len(z))
        return -self.weight * mean, -self.weight * carried(one, np.zeros(len(z)))


def belief_of(
    belief: Mapping[str, Sequence[Any]], space: Space, embedding: Embedding, strength: float
) -> Belief:
    """A belief by parameter: name -> (guess, width), the width in units of the parameter's range.

    Raises:
        SpaceError: a name or a guess that is not of the space.
        InvalidArgument: not a pair, or a width that is not above 0.
    """
    for name, pair in belief.items():
        if len(pair) != 2 or not float(pair[1]) > 0:
            raise InvalidArgument(
                f"belief[{name!r}]={pair!r} must be (guess, width), the width above 0 as a share of the range"
            )
    codes = space.codes({name: pair[0] for name, pair in belief.items()}, partial=True)
    width = np.full(len(embedding.group), np.inf)
    for name, pair in belief.items():
        width[embedding.group == space.names.index(name)] = float(pair[1])
    x = space.to_unit(codes[None])
    x = np.where(np.isnan(x), 0.5, x)  # nothing is believed there: its width is infinite
    return Belief(embedding(x)[0], width, strength)


_FLOOR = np.log(1e-12)
