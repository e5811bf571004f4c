"""Genetic algorithms: generational, elitist, or regularized by age; operators are parts.

Holland (1975), Adaptation in Natural and Artificial Systems; Goldberg (1989). Regularized evolution:
Real, Aggarwal, Huang & Le (2019), AAAI 33. The operators are in `trimtab.variation`.

Any result is a child of the generation under way, whoever asked for it and when; with `popsize` of
them the generation is over. By age, each result enters at once and the oldest member leaves. The genes
of inactive columns are dropped; when they come back they are drawn anew.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.setting import check_number, check_word
from trimtab.rng import draw_key, stream
from trimtab.space.columns import CATEGORICAL
from trimtab.space.space import Space
from trimtab.typing import Array, Ints, Keys, Rng
from trimtab.variation import crossover as cross
from trimtab.variation import mutation as mutate
from trimtab.variation import selection as select
from trimtab.variation.bound import reflected
from trimtab.variation.draw import NO_KEYS, learned, proposed
from trimtab.variation.operator import found_operator, operator_name

_REPEATS = 10  # times that a twin is mutated again
SELECTIONS: dict[str, Callable[..., Ints]] = {
    "tournament": select.tournament,
    "roulette": select.roulette,
    "rank": select.linear_rank,
    "sus": select.stochastic_universal,
}
CROSSOVERS: dict[str, Callable[..., cross.Pair]] = {
    "sbx": cross.sbx,
    "blend": cross.blend,
    "uniform": cross.uniform,
    "one-point": cross.one_point,
    "two-point": cross.two_point,
}
MUTATIONS: dict[str, Callable[..., Array]] = {
    "polynomial": mutate.polynomial,
    "gaussian": mutate.gaussian,
    "uniform": mutate.uniform,
}


@dataclass(frozen=True, eq=False)
class State:
    """The population, oldest member first, and the children told so far in this generation."""

    space: Space
    key: int
    x: Array  # (m, d)
    y: Array  # (m,)
    child_x: Array  # (k, d)
    child_y: Array  # (k,)
    generation: int
    n_told: int
    known: Keys


@dataclass(frozen=True)
class GA:
    """A genetic algorithm; an operator is a name, or a function at the top level of a module."""

    popsize: int = 50
    survival: str = "elitist"  # parents compete; or "generational"; or "age", regularized evolution
    n_elite: int = 1  # parents that outlive a generation, if it is "generational"
    selection: Any = "tournament"  # (y, n, rng) -> indices; or roulette, rank, sus
    tournament: int = 2  # members that enter one
    crossover: Any = "sbx"  # (a, b, rng) -> two children; or blend, uniform, one-point, two-point
    crossover_rate: float = 0.9  # of pairs; with survival="age", 0 in the paper
    eta_crossover: float = 15.0  # sbx: how near children stay
    mutation: Any = "polynomial"  # (x, rng) -> x; or gaussian, uniform
    eta_mutation: float = 20.0  # polynomial: how near mutants stay
    scale: float = 0.1  # gaussian: standard deviation
    mutation_rate: float | None = None  # of a column; None: 1/d

    def __post_init__(self) -> None:
        check_count("popsize", self.popsize, low=2)
        check_word("survival", self.survival, ("elitist", "generational", "age"))
        check_count("n_elite", self.n_elite, low=0, high=self.popsize)
        check_count("tournament", self.tournament, low=1)
        for name, known in _PARTS:
            object.__setattr__(self, name, operator_name(name, getattr(self, name), known))
        check_number("crossover_rate", self.crossover_rate, -1e-9, 1 + 1e-9)
        check_number("eta_crossover", self.eta_crossover, 0, np.inf)
        check_number("eta_mutation", self.eta_mutation, 0, np.inf)
        check_number("scale", self.scale, 0, np.inf)
        if self.mutation_rate is not None:
            check_number("mutation_rate", self.mutation_rate, -1e-9, 1 + 1e-9)

    @property
    def supports(self) -> Supports:
        """One objective on any space."""
        return Supports()

    def init(self, problem: Problem, rng: Rng) -> State:
        """Nobody yet: the first generation is drawn from the priors."""
        none = np.empty((0, problem.d)), np.empty(0)
        return State(problem.space, draw_key(rng), *none, *none, 0, 0, NO_KEYS)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Note the children; let the fit survive when a generation is complete."""
        losses = select.standing(told)
        for row, loss in zip(told.x, losses.tolist(), strict=True):
            gap = np.isnan(row)
            if gap.any():
                row = np.where(gap, stream(state.key, state.n_told).random(len(row)), row)
            state = replace(
                state,
                child_x=np.vstack([state.child_x, row]),
                child_y=np.append(state.child_y, loss),
                n_told=state.n_told + 1,
                known=learned(state.space, state.known, np.where(gap, np.nan, row)[None]),
            )
            if self.survival == "age" or len(state.child_y) == self.popsize:
                state = self._survived(state)
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Children of the population, or random rows as long as there is none."""

        def draw(n: int, rng: Rng) -> tuple[Array, Ints]:
            tags = np.full(n, state.generation, np.int64)
            n_early = len(request.pending) + len(state.y) if self.survival == "age" else 0
            if len(state.y) < 2 or (self.survival == "age" and n_early < self.popsize):
                return rng.random((n, len(state.space.names))), tags
            return self.children(state.space, state.x, state.y, n, rng), tags

        return proposed(state.space, state.known, request, draw)

    def children(self, space: Space, x: Array, y: Array, n: int, rng: Rng) -> Array:
        """Children (n, d) of a population x (m, d) with losses y (m,)."""
        n_pairs = (n + 1) // 2
        chosen = self._part("selection")(y, 2 * n_pairs, rng)
        a, b = x[chosen[:n_pairs]], x[chosen[n_pairs:]]
        made = self.mutated(space, self.mated(space, a, b, rng), rng)[:n]
        for _ in range(_REPEATS):  # a child that is its parent's twin would tell nothing new
            is_twin = (made[:, None, :] == x[None]).all(axis=2).any(axis=1)
            if not is_twin.any():
                break
            made[is_twin] = self.mutated(space, made[is_twin], rng)
        return made

    def mated(self, space: Space, a: Array, b: Array, rng: Rng) -> Array:
        """Children (2 n, d) of parents a, b (n, d): first those of one kind, then the others."""
        c, e = self._part("crossover")(a, b, rng)
        is_choice = space.columns.kind == CATEGORICAL
        if is_choice.any():  # between two choices there is nothing
            p, q = cross.uniform(a, b, rng)
            c, e = np.where(is_choice, p, c), np.where(is_choice, q, e)
        is_crossed = (rng.random(len(a)) < self.crossover_rate)[:, None]
        return np.vstack([np.where(is_crossed, c, a), np.where(is_crossed, e, b)])

    def mutated(self, space: Space, x: Array, rng: Rng) -> Array:
        """Rows (n, d) after mutation; what changes in an indexed column is another value after it."""
        after = reflected(np.asarray(self._part("mutation")(x, rng), np.float64))
        return mutate.resettled(space, x, after, rng)

    def _part(self, name: str) -> Callable[..., Any]:
        operator = found_operator(name, getattr(self, name), dict(_PARTS)[name])
        settings: dict[str, dict[str, Any]] = {
            "tournament": {"size": self.tournament},
            "sbx": {"eta": self.eta_crossover},
            "polynomial": {"eta": self.eta_mutation, "rate": self.mutation_rate},
            "gaussian": {"scale": self.scale, "rate": self.mutation_rate},
        }
        if name == "mutation":
            settings["uniform"] = {"rate": self.mutation_rate}
        return partial(operator, **settings.get(getattr(self, name), {}))

    def _survived(self, state: State) -> State:
        """The state after a generation."""
        x, y = np.vstack([state.x, state.child_x]), np.append(state.y, state.child_y)
        n_parents = len(state.y)
        if self.survival == "age":
            stay = np.arange(max(0, len(y) - self.popsize), len(y))
        elif self.survival == "elitist" or not n_parents:
            stay = np.argsort(y, kind="stable")[: self.popsize]
        else:
            elite = np.argsort(state.y, kind="stable")[: self.n_elite]
            children = n_parents + np.argsort(state.child_y, kind="stable")
            stay = np.append(elite, children)[: self.popsize]
        return replace(
            state,
            x=x[stay],
            y=y[stay],
            child_x=state.child_x[:0],
            child_y=state.child_y[:0],
            generation=state.generation + 1,
        )


_PARTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("selection", SELECTIONS),
    ("crossover", CROSSOVERS),
    ("mutation", MUTATIONS),
)
