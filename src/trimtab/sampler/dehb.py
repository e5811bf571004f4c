"""DEHB's sampler: a population of differential evolution for each budget.

Awad, Mallik & Hutter (2021). DEHB: Evolutionary Hyperband for Scalable, Robust and Efficient
Hyperparameter Optimization. IJCAI, section 4. In the first cycle of Hyperband's brackets the trials of a
bracket's later stages are the best of the budget below, as in Hyperband. All others are mutants r1 + F
(r2 - r3), crossed with the member that they challenge (rand/1/bin of Storn & Price 1997); the parents are
the best of the population below, and in a bracket's first stage, of the budget's own, as many as the
stage has trials. The first population begins at random. What is no worse than its member takes the place
at once, so any number of workers may run. Made for FreshHyperband, which says the budget; without budgets
there is one population.
"""

from dataclasses import dataclass, replace

import numpy as np

from trimtab.acquisition.maximize import canonical
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.setting import check_number
from trimtab.evaluation.bracket import hyperband
from trimtab.space.space import Space
from trimtab.surrogate.fresh import any_fresh, fresh, is_known
from trimtab.surrogate.rows import Rows
from trimtab.typing import Array, Ints, Rng

_SHIFT = 20  # a tag is the level, and below so many bits the member that is challenged


@dataclass(frozen=True, eq=False)
class Population:
    """One budget's members. `loss` is infinite, and the row NaN, where a place is empty."""

    x: Array  # (n, d)
    loss: Array  # (n,)


@dataclass(frozen=True)
class Stage:
    """Some trials in a row at one budget: a bracket's part of it."""

    end: int  # of the trials at this budget in a cycle, those of this stage and of earlier ones
    n: int  # trials
    is_first: bool  # whether its bracket begins here


@dataclass(frozen=True, eq=False)
class State:
    """The populations, and which trials have come to their budget."""

    space: Space
    levels: tuple[int, ...]
    stages: tuple[tuple[Stage, ...], ...]  # of a cycle of brackets, by level
    populations: tuple[Population, ...]
    done: tuple[frozenset[int], ...]  # numbers, by level
    seen: Rows  # (n, d) every configuration that was told of


@dataclass(frozen=True)
class DEHB:
    """Differential evolution with a population for each of Hyperband's budgets."""

    factor: float = 0.5  # F
    crossover: float = 0.5  # Cr
    eta: float = 3  # ratio of the budgets
    n_members: int | None = (
        None  # of each population; None: the most trials at its budget in a bracket
    )

    def __post_init__(self) -> None:
        check_number("factor", self.factor, 0, 2)
        check_number("crossover", self.crossover, 0, 1 + 1e-9)
        check_number("eta", self.eta, 1, np.inf)
        if self.n_members is not None:
            check_count("n_members", self.n_members, 4)

    @property
    def supports(self) -> Supports:
        """One objective, any space; reports are read."""
        return Supports(starts_with_defaults=True, reads_reports=True)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Empty populations."""
        stages = {1: [Stage(20, 20, True)]}
        if problem.fidelity is not None:
            stages = {}
            for bracket in hyperband(problem.fidelity.low, problem.fidelity.high, self.eta, True):
                for n, budget in zip(bracket.counts, bracket.budgets, strict=True):
                    known = stages.setdefault(budget, [])
                    end = n + (known[-1].end if known else 0)
                    known.append(Stage(end, n, budget == bracket.budgets[0]))
        levels = tuple(sorted(stages))
        populations = []
        for level in levels:
            n = self.n_members or max(4, *(stage.n for stage in stages[level]))
            populations.append(Population(np.full((n, problem.d), np.nan), np.full(n, np.inf)))
        none = (frozenset[int](),) * len(levels)
        cycle = tuple(tuple(stages[level]) for level in levels)
        return State(problem.space, levels, cycle, tuple(populations), none, Rows(problem.d))

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Selection: a trial that has come to its budget takes its member's place, if it is no worse."""
        populations, done = list(state.populations), list(state.done)
        for i in range(len(told)):
            tag, number, step = int(told.tag[i]), int(told.number[i]), float(told.budget[i])
            level, member = (tag >> _SHIFT, tag & ((1 << _SHIFT) - 1)) if tag >= 0 else (0, 0)
            has_come = np.isnan(step) or np.isnan(told.y[i, 0]) or step >= state.levels[level]
            if number in done[level] or not has_come:
                continue
            done[level] |= {number}
            loss, old = float(told.y[i, 0]), populations[level]
            if np.isfinite(loss) and loss <= old.loss[member]:
                x, losses = old.x.copy(), old.loss.copy()
                x[member], losses[member] = _filled(told.x[i]), loss
                populations[level] = Population(x, losses)
        seen = state.seen.extended(told.x)
        return replace(state, populations=tuple(populations), done=tuple(done), seen=seen)

    def ask(self, state: State, request: Request) -> Proposals:
        """Members while a population is filled, then challengers of one member after the other."""
        rng, d = request.rng, len(state.space.names)
        budget = state.levels[-1] if request.budget is None else request.budget
        level = max(0, int(np.searchsorted(state.levels, budget, side="right")) - 1)
        pending = request.pending
        first = len(state.done[level]) + int(np.sum(pending.tag >> _SHIFT == level))
        first -= sum(int(n) in state.done[level] for n in pending.number)
        known = np.vstack([state.seen.values, pending.x])
        found, tags = np.empty((0, d)), []
        for index in range(first, first + request.n):
            taken = np.vstack([pending.x, found])
            rows = self._rows(state, level, index, taken, rng, request.budget is not None)
            row = fresh(state.space, rows, known)[:1]
            if not len(row):
                row = any_fresh(state.space, known, rng)
            if not len(row):
                break
            found, known = np.vstack([found, row]), np.vstack([known, row])
            tags.append(level << _SHIFT | index % len(state.populations[level].loss))
        return Proposals.of(found, np.array(tags, np.int64))

    def _rows(
        self, state: State, level: int, index: int, taken: Array, rng: Rng, promotes: bool
    ) -> Array:
        """Rows to try, the first one first: random or promoted, or challengers of a member."""
        own, d = state.populations[level], taken.shape[1]
        stage = stage_of(state.stages[level], index)
        is_early = index < state.stages[level][-1].end
        if is_early and not level and index < len(own.loss):
            return rng.random((_TRIES, d))
        below = own if stage.is_first else state.populations[level - 1]
        tried: list[Array] = []
        if promotes and is_early and not stage.is_first:
            there = {row.tobytes() for row in np.vstack([own.x, _filled(taken)])}
            ordered = best(below, len(below.loss))
            tried = [row[None] for row in ordered if row.tobytes() not in there][:1]
        target = own.x[index % len(own.loss)]
        target = np.where(np.isnan(target), rng.random(d), target)
        pool = best(below, max(3, stage.n))
        pool = pool[(pool != target).any(axis=1)]
        if len(pool) < 3:  # from anywhere, as the paper has it
            known = np.vstack([pool, *(best(p, len(p.loss)) for p in state.populations)])
            pool = np.vstack([known, rng.random((3, d))])[: max(3, len(known))]
        rows = np.vstack([self.challenger(pool, target, rng)[None] for _ in range(_TRIES)])
        # Members share coordinates, so a cross of them may be one that was tried.
        seen = _filled(np.vstack([state.seen.values, taken]))
        is_old = is_known(_filled(canonical(state.space, rows)), seen)
        return np.vstack([*tried, rows[np.argsort(is_old, kind="stable")]])

    def challenger(self, pool: Array, target: Array, rng: Rng) -> Array:
        """rand/1/bin: a mutant (d,) of three rows of the pool (n, d), crossed with the target (d,).

        What leaves the unit cube is drawn anew in it.
        """
        a, b, c = pool[rng.choice(len(pool), 3, replace=False)]
        mutant = a + self.factor * (b - c)
        out = (mutant < 0.0) | (mutant > 1.0)
        mutant = np.where(out, rng.random(len(mutant)), mutant)
        takes = rng.random(len(mutant)) < self.crossover
        if len(mutant):
            takes[rng.integers(len(mutant))] = True
        return np.asarray(np.where(takes, mutant, target))


def stage_of(stages: tuple[Stage, ...], index: int) -> Stage:
    """The stage that the trial of this index at its budget belongs to."""
    place = index % stages[-1].end
    return next(stage for stage in stages if place < stage.end)


def best(population: Population, n: int) -> Array:
    """The n best members' rows (k, d)."""
    order: Ints = np.argsort(population.loss, kind="stable")
    return population.x[order[np.isfinite(population.loss[order])][:n]]


def _filled(x: Array) -> Array:
    """A row without NaN: inactive columns lie in the middle."""
    return np.where(np.isnan(x), 0.5, x)


_TRIES = 16
