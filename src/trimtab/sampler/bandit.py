"""Bandits: configurations as arms that are pulled again and again, where results are noisy.

UCB1 and epsilon-greedy: Auer, Cesa-Bianchi & Fischer (2002), Machine Learning 47; EXP3: Auer et al.
(2002), SIAM J. Computing 32; Thompson (1933), Biometrika 25; successive elimination: Even-Dar, Mannor &
Mansour (2006), JMLR 7.

Sums are all that a state keeps, so results may come in any order. Pulls under way count as pulls with
the arm's present mean, which spreads workers over arms.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from trimtab.acquisition.bandit import (
    beta_draws,
    exp3_chances,
    exp3_weights,
    normal_draws,
    surviving,
    ucb1,
)
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.arms import (
    Arms,
    arm_of,
    check_arms,
    check_bounds,
    open_arms,
    pending_pulls,
    pulled,
    pulls,
)
from trimtab.design.setting import check_number, check_word
from trimtab.space.space import Space
from trimtab.typing import Array, Mask, Rng

_GRAIN = 2**24  # chances are told back in tags, to so many parts

_REPEATS = Supports(is_unique=False)


@dataclass(frozen=True, eq=False)
class State:
    """The arms, and what a method keeps besides their sums."""

    space: Space
    arms: Arms
    weights: Array  # (k,) logarithms, of EXP3
    active: Mask  # (k,) of successive elimination


class _OfArms:
    """What all bandits share: which arms they take, and that they pull them again and again."""

    n_arms: int | None
    bounds: tuple[float, float] | None

    def _check(self) -> None:
        check_arms(self.n_arms)
        object.__setattr__(self, "bounds", check_bounds(self.bounds))

    @property
    def supports(self) -> Supports:
        """One objective, any space; configurations are repeated."""
        return _REPEATS

    def init(self, problem: Problem, rng: Rng) -> State:
        """Lay out the arms; Unsupported where there are too many."""
        arms = open_arms(problem.space, self.n_arms, self.bounds, rng, type(self).__name__)
        k = len(arms.n)
        return State(problem.space, arms, np.zeros(k), np.ones(k, bool))


@dataclass(frozen=True)
class UCB1(_OfArms):
    """Pull the arm whose mean reward might be the highest."""

    exploration: float = 2.0  # of sqrt(exploration ln N / n)
    n_arms: int | None = None  # arms drawn at random; None: all of a finite space
    bounds: tuple[float, float] | None = None  # least and greatest loss; None: as seen

    def __post_init__(self) -> None:
        check_number("exploration", self.exploration, 0.0, np.inf)
        self._check()

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Add to the sums."""
        return _told(state, told)

    def ask(self, state: State, request: Request) -> Proposals:
        """The arms with the highest upper bounds."""
        mean = state.arms.mean

        def best(n: Array) -> int:
            return int(ucb1(mean, n, self.exploration).argmax())

        return _chosen(state, request, best)


@dataclass(frozen=True)
class EpsilonGreedy(_OfArms):
    """Pull the best arm, and any arm with a small chance, which falls as decay / n where given."""

    epsilon: float = 0.1  # in (0, 1)
    decay: float | None = None  # c k / d^2 of the paper: epsilon_n = min(epsilon, decay / n)
    n_arms: int | None = None  # arms drawn at random; None: all of a finite space
    bounds: tuple[float, float] | None = None  # least and greatest loss; None: as seen

    def __post_init__(self) -> None:
        check_number("epsilon", self.epsilon, 0.0, 1.0)
        if self.decay is not None:
            check_number("decay", self.decay, 0.0, np.inf)
        self._check()

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Add to the sums."""
        return _told(state, told)

    def ask(self, state: State, request: Request) -> Proposals:
        """Arms without a pull first, then mostly the best one."""
        mean, rng = state.arms.mean, request.rng

        def best(n: Array) -> int:
            if (n == 0).any():
                return int((n == 0).argmax())
            decay = np.inf if self.decay is None else self.decay / float(n.sum())
            if rng.random() < min(self.epsilon, decay):
                return int(rng.integers(len(n)))
            return int(np.where(state.arms.n > 0, mean, -1.0).argmax())

        return _chosen(state, request, best)


@dataclass(frozen=True)
class EXP3(_OfArms):
    """Pull arms by weights that grow exponentially with reward; for rewards that change over time."""

    gamma: float = 0.1  # γ in (0, 1), the share of uniform pulls
    n_arms: int | None = None  # arms drawn at random; None: all of a finite space
    bounds: tuple[float, float] | None = None  # least and greatest loss; None: as seen

    def __post_init__(self) -> None:
        check_number("gamma", self.gamma, 0.0, 1.0)
        self._check()

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Weigh each reward by the chance that its arm had when it was pulled, which the tag holds."""
        k = len(state.arms.n)
        for i in range(len(told)):
            tag = int(told.tag[i])
            arm = arm_of(state.arms, state.space, told, i, tag % k if tag >= 0 else -1)
            if arm < 0:
                continue
            arms = pulled(state.arms, arm, told, i)
            weights = state.weights
            if tag >= 0 and arms.n_failed[arm] == state.arms.n_failed[arm]:
                reward = float(arms.reward(told.y[i, 0]))
                chance = (tag // k) / _GRAIN
                weights = exp3_weights(weights, arm, reward, chance, self.gamma)
            state = replace(state, arms=arms, weights=weights)
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Draws from the chances."""
        chances = exp3_chances(state.weights, self.gamma)
        k = len(chances)
        chosen = request.rng.choice(k, request.n, p=chances / chances.sum()).tolist()
        grains = [max(round(float(chances[arm]) * _GRAIN), 1) for arm in chosen]
        return pulls(state.arms, chosen, [g * k + a for g, a in zip(grains, chosen, strict=True)])


@dataclass(frozen=True)
class Thompson(_OfArms):
    """Pull the arm that is best in a draw from the posterior of all means.

    "gaussian": Normal(mean, pooled variance / n). "beta": Beta(1 + sum of rewards, 1 + sum of what they
    lack), for losses that are 0 or 1, or lie in `bounds`.
    """

    posterior: str = "gaussian"  # or "beta"
    n_arms: int | None = None  # arms drawn at random; None: all of a finite space
    bounds: tuple[float, float] | None = None  # least and greatest loss; None: as seen

    def __post_init__(self) -> None:
        check_word("posterior", self.posterior, ("gaussian", "beta"))
        self._check()

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Add to the sums."""
        return _told(state, told)

    def ask(self, state: State, request: Request) -> Proposals:
        """The best arms of as many draws."""
        arms, mean = state.arms, state.arms.mean

        def best(n: Array) -> int:
            if self.posterior == "beta":
                return int(beta_draws(arms.won, arms.n - arms.won, request.rng).argmax())
            return int(normal_draws(mean, n, arms.variance, request.rng).argmax())

        return _chosen(state, request, best)


@dataclass(frozen=True)
class SuccessiveElimination(_OfArms):
    """Pull all arms in turn; drop those that are worse with confidence; end with one."""

    delta: float = 0.05  # δ in (0, 1), the risk of dropping the best arm
    n_arms: int | None = None  # arms drawn at random; None: all of a finite space
    bounds: tuple[float, float] | None = None  # least and greatest loss; None: as seen

    def __post_init__(self) -> None:
        check_number("delta", self.delta, 0.0, 1.0)
        self._check()

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Add to the sums; drop what cannot be the best."""
        for i in range(len(told)):
            state = _pulled(state, told, i)
            arms = state.arms
            state = replace(state, active=surviving(arms.mean, arms.n, state.active, self.delta))
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Those of the remaining arms with the fewest pulls; nothing once a single one is left."""
        if state.active.sum() == 1 and state.arms.n.any():
            return pulls(state.arms, [])

        def fewest(n: Array) -> int:
            return int(np.where(state.active, n, np.inf).argmin())

        return _chosen(state, request, fewest)


def _pulled(state: State, told: Batch, i: int) -> State:
    arm = arm_of(state.arms, state.space, told, i, int(told.tag[i]))
    return state if arm < 0 else replace(state, arms=pulled(state.arms, arm, told, i))


def _told(state: State, told: Batch) -> State:
    for i in range(len(told)):
        state = _pulled(state, told, i)
    return state


def _chosen(state: State, request: Request, best: Callable[[Array], int]) -> Proposals:
    """Arms one after another, each chosen with those before it counted as pulled."""
    n = state.arms.n + pending_pulls(state.arms, request.pending.tag)
    chosen: list[int] = []
    for _ in range(request.n):
        chosen.append(best(n))
        n[chosen[-1]] += 1.0
    return pulls(state.arms, chosen)
