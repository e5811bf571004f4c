"""What an acquisition is weighted with: beliefs about where the optimum is, and what a trial costs.

Beliefs: Hvarfner, Stoll, Souza, Lindauer, Hutter & Nardi (2022), piBO, ICLR, equation 6: acquisition times
pi(x)^(beta / n), which fades as results come in. Costs: Snoek, Larochelle & Adams (2012), Practical Bayesian
Optimization, section 3.2: improvement per cost, with the logarithm of the cost modelled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.core.problem import Problem
from trimtab.design.check import number_of
from trimtab.errors import InvalidArgument
from trimtab.space.space import Space
from trimtab.surrogate.embedding import Embedding
from trimtab.surrogate.posterior import Posterior
from trimtab.typing import Array, Ints


@dataclass(frozen=True, eq=False)
class Belief:
    """strength log pi(z), pi a product of normals around the guesses of k parameters that are active.

    NOTE: floored far away, so that a wrong guess can be left behind (section 4.1 keeps pi above 0), and
    each parameter by itself: under the product of many, a floor would leave no slope near the guess. What
    it comes to far from all guesses is the same however many they are.
    """

    at: Ints  # (f,) the features of the parameters that are guessed
    guess: Array  # (f,) their values
    width: Array  # (f,) standard deviations
    of: Array  # (f, k) 1 where a feature belongs to a parameter
    switch: Ints  # (k,) the feature that says whether a parameter is active; -1: it always is
    on: Array  # (k,) the value of that feature where it is
    strength: float  # beta / n

    def value(self, z: Array) -> Array:
        """Values (n,) at features z (n, D)."""
        return self.slopes(z)[0]

    def slopes(self, z: Array) -> tuple[Array, Array]:
        """Values (n,) and gradients (n, D)."""
        score = (z[:, self.at] - self.guess) / self.width
        exact = -0.5 * score**2 @ self.of
        is_active = (self.switch < 0) | (z[:, self.switch] == self.on)
        floored = np.logaddexp(exact, _FLOOR / max(len(self.on), 1))
        share = np.where(is_active, np.exp(exact - floored), 0.0)
        slope = np.zeros(z.shape)
        slope[:, self.at] = -self.strength * (share @ self.of.T) * score / self.width
        return self.strength * np.sum(floored, axis=1, where=is_active), slope


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


def check_belief(belief: Any) -> None:
    """InvalidArgument unless `belief` maps names to (guess, width), the width a number above 0."""
    if not isinstance(belief, Mapping):
        raise InvalidArgument(
            f"belief={belief!r} must map names to (guess, width), as in {{'x': (0.3, 0.1)}}"
        )
    for name, pair in belief.items():
        is_pair = isinstance(pair, Sequence) and not isinstance(pair, str) and len(pair) == 2
        if not (is_pair and number_of(pair[1]) > 0):
            raise InvalidArgument(
                f"belief[{name!r}]={pair!r} must be (guess, width), the width above 0 as a share of the range"
            )


def check_guesses(belief: Mapping[str, Sequence[Any]], problem: Problem) -> None:
    """Refuse what does not suit a space.

    Raises:
        SpaceError: a name that is not of the space, and cannot come yet, or a guess that its parameter or
            a rule does not allow.
    """
    space = problem.space
    believed_row(belief, space)
    if problem.is_open:
        belief = {name: pair for name, pair in belief.items() if name in space.domains}
    always = {name: pair[0] for name, pair in belief.items() if name not in space.conditions}
    space.codes(always, partial=True)


def believed_row(belief: Mapping[str, Sequence[Any]], space: Space) -> Array:
    """The unit row (d,) of the guesses; NaN where nothing is believed, or where it is not active.

    Raises:
        SpaceError: a guess that its parameter does not allow.
    """
    codes = np.full(len(space.names), np.nan)
    for j, (name, domain) in enumerate(space.domains.items()):
        if name in belief:
            codes[j] = domain.code(f"belief[{name!r}]", belief[name][0])
    return space.to_unit(codes[None])[0]


def belief_of(
    belief: Mapping[str, Sequence[Any]], space: Space, embedding: Embedding, strength: float
) -> Belief:
    """A belief by parameter: name -> (guess, width), the width in units of the parameter's range.

    A name that the space does not have is left out: see `check_guesses`.
    """
    columns = [j for j, name in enumerate(space.names) if name in belief]
    row = believed_row(belief, space)
    z = embedding(row[None])[0]
    switch, on = np.full(len(columns), -1, np.int64), np.zeros(len(columns))
    group = embedding.group.copy()
    for k, j in enumerate(columns):
        features = np.flatnonzero(group == j)
        if j in embedding.switch:
            switch[k], on[k] = embedding.switch[j], 1.0
        elif j in embedding.edges and len(features) > len(embedding.edges[j]) + 1:
            switch[k] = features[-1]  # the corner of a choice that is not active
        else:
            continue
        group[switch[k]] = -1
    at = np.flatnonzero(np.isin(group, columns))
    of = (group[at, None] == np.array(columns, np.int64)).astype(np.float64)
    width = np.array([number_of(belief[space.names[j]][1]) for j in group[at]])
    return Belief(at, z[at], width, of, switch, on, strength)


_FLOOR = np.log(1e-12)
