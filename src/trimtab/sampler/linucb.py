"""Linear contextual bandits: few arms, and a linear model of each arm's reward in the context.

Li, Chu, Langford & Schapire (2010), A Contextual-Bandit Approach to Personalized News Article
Recommendation, WWW (LinUCB with disjoint linear models, algorithm 1). An arm is a combination of values of
the finite columns, the context the continuous ones, in unit coordinates, with a one before them. For each arm
A = ridge I + sum z z', b = sum r z with rewards r = -loss; the arm with the greatest
z' A^-1 b + alpha sqrt(z' A^-1 z) is pulled. Failed trials teach nothing.
"""

from dataclasses import dataclass, replace

import numpy as np

from trimtab.acquisition.maximize import all_rows
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.setting import check_not_negative, check_number
from trimtab.errors import Unsupported
from trimtab.space.space import Space
from trimtab.typing import Array, Ints, Mask, Rng


@dataclass(frozen=True, eq=False)
class State:
    """The sums of each arm."""

    names: tuple[str, ...]
    is_arm: Mask  # (d,) which columns make an arm
    arms: Array  # (k, number of arm columns) unit rows
    a: Array  # (k, p, p) A
    b: Array  # (k, p)


@dataclass(frozen=True)
class LinUCB:
    """The arm whose linear model of the context promises most."""

    alpha: float = 1.0  # standard deviations of optimism; of the size of the rewards
    ridge: float = 1.0  # of the regression; 1 in the paper

    def __post_init__(self) -> None:
        check_not_negative("alpha", self.alpha)
        check_number("ridge", self.ridge, 0.0, np.inf)

    @property
    def supports(self) -> Supports:
        """One objective and a context; no conditions, no known constraints."""
        return Supports(conditional=False, constraints=False, is_unique=False, contextual=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """No arm has been pulled.

        Raises:
            Unsupported: no parameter is finite, or there are too many combinations.
        """
        space = problem.space
        is_arm = space.columns.n_values > 0
        names = [name for name, here in zip(space.names, is_arm, strict=True) if here]
        if problem.d and not names:
            raise Unsupported(
                f"LinUCB chooses among arms, and none of the parameters {list(space.names)} is finite; "
                "use 'contextual' for continuous actions"
            )
        of_arms = Space({name: space.domains[name] for name in names})
        arms = all_rows(of_arms, _MOST) if names else np.empty((1, 0))
        if arms is None:
            raise Unsupported(f"LinUCB: parameters {names} have more than {_MOST} combinations")
        p = 1 + int((~is_arm).sum())
        a = np.tile(self.ridge * np.eye(p), (len(arms), 1, 1))
        return State(space.names, is_arm, arms, a, np.zeros((len(arms), p)))

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Add each result to the sums of its arm."""
        done = np.flatnonzero(np.isfinite(told.y[:, 0]))
        a, b = state.a.copy(), state.b.copy()
        for i in done.tolist():
            arm, z = arm_of(state, told.x[i]), features(told.x[i, ~state.is_arm])
            a[arm] += np.outer(z, z)
            b[arm] -= told.y[i, 0] * z
        return replace(state, a=a, b=b)

    def ask(self, state: State, request: Request) -> Proposals:
        """The best arm for the context; columns that are not given are drawn, and given arms are kept."""
        context, rng = request.context or {}, request.rng
        given = np.array([context.get(name, np.nan) for name in state.names], np.float64)
        rows = []
        for _ in range(request.n):
            row = np.where(np.isnan(given), rng.random(len(given)), given)
            allowed = np.ones(len(state.arms), bool)
            for column, value in enumerate(given[state.is_arm].tolist()):
                if not np.isnan(value):
                    allowed &= np.isclose(state.arms[:, column], value, atol=1e-9)
            score = bounds(state, features(row[~state.is_arm]), self.alpha)
            score[~allowed] = -np.inf
            best: Ints = np.flatnonzero(score == score.max())
            row[state.is_arm] = state.arms[int(rng.choice(best))]
            rows.append(row)
        return Proposals.of(np.array(rows).reshape(len(rows), len(given)))


def features(context: Array) -> Array:
    """A one, and the unit coordinates of the context (p - 1,)."""
    return np.append(1.0, context)


def bounds(state: State, z: Array, alpha: float) -> Array:
    """z' A^-1 b + alpha sqrt(z' A^-1 z) of every arm (k,), at features z (p,)."""
    solved = np.linalg.solve(state.a, np.broadcast_to(z[:, None], (*state.b.shape, 1)))[..., 0]
    mean = np.einsum("kp,kp->k", solved, state.b)
    return mean + alpha * np.sqrt(np.maximum(solved @ z, 0.0))


def arm_of(state: State, x: Array) -> int:
    """The arm of a unit row (d,)."""
    gap = np.abs(state.arms - x[state.is_arm]).sum(axis=1)
    return int(np.argmin(gap))


_MOST = 10_000  # arms
