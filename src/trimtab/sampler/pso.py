"""Particle swarm optimization, each particle moving when its own result has come.

Kennedy & Eberhart (1995). Particle Swarm Optimization. Constriction: Clerc & Kennedy (2002). Ring
neighbourhoods: Kennedy & Mendes (2002).

A tag names the particle and the random numbers of its move. When the result comes, the same move is
made again: it shows the velocity, and the place between two integers that the result cannot show. If
the swarm has learned something meanwhile, the particle is where its result says.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.setting import check_number, check_word
from trimtab.rng import draw_key, stream
from trimtab.space.space import Space
from trimtab.typing import Array, Ints, Keys, Rng
from trimtab.variation.difference import busy_members
from trimtab.variation.draw import NO_KEYS, learned, merged, proposed
from trimtab.variation.selection import standing

_NOISE_BITS = 40  # of a tag; the particle is above them


@dataclass(frozen=True, eq=False)
class State:
    """The swarm."""

    space: Space
    key: int
    x: Array  # (p, d) where particles are
    v: Array  # (p, d) how they came there
    best_x: Array  # (p, d) the best place of each
    best_y: Array  # (p,)
    n_moves: Ints  # (p,) results so far
    known: Keys


@dataclass(frozen=True)
class PSO:
    """Particle swarm; constriction by default, plain inertia if `inertia` is given."""

    popsize: int = 30
    topology: str = "global"  # or "ring"
    radius: int = 1  # neighbours to either side, for the ring
    cognitive: float = 2.05  # phi 1, towards a particle's own best
    social: float = 2.05  # phi 2, towards its neighbours' best
    inertia: float | None = None  # w; None: constriction by chi
    v_max: float = 0.5  # most a coordinate moves, in widths of its range

    def __post_init__(self) -> None:
        check_count("popsize", self.popsize, low=2, high=1 << 20)
        check_word("topology", self.topology, ("global", "ring"))
        check_count("radius", self.radius, low=1)
        check_number("cognitive", self.cognitive, 0, 10)
        check_number("social", self.social, 0, 10)
        if self.inertia is not None:
            check_number("inertia", self.inertia, -1e-9, 1.5)
        check_number("v_max", self.v_max, 0, 10)

    @property
    def supports(self) -> Supports:
        """One objective on any space; choices take part with their slices of [0, 1]."""
        return Supports()

    def init(self, problem: Problem, rng: Rng) -> State:
        """Random places and velocities."""
        shape = (self.popsize, problem.d)
        x = rng.random(shape)
        v = (rng.random(shape) - x) / 2
        far = np.full(self.popsize, np.inf)
        n_moves = np.zeros(self.popsize, np.int64)
        return State(problem.space, draw_key(rng), x, v, x, far, n_moves, NO_KEYS)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Move the particles whose results have come."""
        losses = standing(told)
        for row, loss, tag in zip(told.x, losses.tolist(), told.tag.tolist(), strict=True):
            state = self._moved(state, row, loss, tag)
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """The next places of the particles that have waited longest."""
        pending = request.pending.tag
        busy = busy_members(np.where(pending < 0, -1, pending >> _NOISE_BITS), len(state.x))

        def draw(n: int, rng: Rng) -> tuple[Array, Ints]:
            particles = np.resize(np.argsort(state.n_moves + busy, kind="stable"), n)
            tags = (particles << _NOISE_BITS) + rng.integers(1, 1 << _NOISE_BITS, size=n)
            rows, seen = [], set()
            for i, tag in enumerate(tags.tolist()):
                particle = tag >> _NOISE_BITS
                is_first = not state.n_moves[particle] and not busy[particle]
                if is_first and particle not in seen and not is_asked_again:
                    tags[i] = tag = particle << _NOISE_BITS  # where it is, before any move
                seen.add(particle)
                rows.append(self._place(state, tag)[0])
            mark()
            return np.array(rows), tags

        is_asked_again = False

        def mark() -> None:
            nonlocal is_asked_again
            is_asked_again = True

        return proposed(state.space, state.known, request, draw)

    def _place(self, state: State, tag: int) -> tuple[Array, Array]:
        """Where a tag's particle goes, and its velocity (d,), both."""
        i, noise = tag >> _NOISE_BITS, tag & ((1 << _NOISE_BITS) - 1)
        if not noise:
            return state.x[i], state.v[i]
        r = stream(state.key, tag).random((2, state.x.shape[1]))
        leader = state.best_x[self._leader(state, i)]
        chi, weight = 1.0, self.inertia
        if weight is None:
            chi, weight = constriction(self.cognitive + self.social), 1.0
        pull = (self.cognitive * r[0], self.social * r[1])
        v = velocity(state.x[i], state.v[i], state.best_x[i], leader, pull, weight, chi)
        v = np.clip(v, -self.v_max, self.v_max)
        x = state.x[i] + v
        inside = np.clip(x, 0, 1)
        return inside, np.where(inside == x, v, -0.5 * v)  # NOTE: walls send it back slowly

    def _leader(self, state: State, i: int) -> int:
        """The particle with the best place among the neighbours of i, itself included."""
        p = len(state.x)
        if self.topology == "global" or 2 * self.radius + 1 >= p:
            return int(state.best_y.argmin())
        around = (i + np.arange(-self.radius, self.radius + 1)) % p
        return int(around[state.best_y[around].argmin()])

    def _moved(self, state: State, row: Array, loss: float, tag: int) -> State:
        p, d = state.x.shape
        i = tag >> _NOISE_BITS if tag >= 0 else -1
        known = learned(state.space, state.known, row[None])
        best_x, best_y = state.best_x.copy(), state.best_y.copy()
        if not 0 <= i < p:  # asked for by others: a place that the worst particle may remember
            i = int(best_y.argmax())
            if loss < best_y[i]:
                best_x[i], best_y[i] = np.where(np.isnan(row), state.x[i], row), loss
            return replace(state, best_x=best_x, best_y=best_y, known=known)
        x, v, n_moves = state.x.copy(), state.v.copy(), state.n_moves.copy()
        place, speed = self._place(state, tag)
        here = merged(state.space, place, row) if d else place
        v[i] = np.where(np.abs(here - place) < 1e-9, speed, here - x[i])
        x[i] = here
        n_moves[i] += 1
        if loss < best_y[i] or best_y[i] == np.inf:
            best_x[i], best_y[i] = here, loss
        return replace(state, x=x, v=v, best_x=best_x, best_y=best_y, n_moves=n_moves, known=known)


def velocity(
    x: Array,
    v: Array,
    best: Array,
    leader: Array,
    pull: tuple[Array, Array],
    weight: float,
    chi: float,
) -> Array:
    """chi (w v + pull_1 (best - x) + pull_2 (leader - x)), all of them (d,)."""
    return np.asarray(
        chi * (weight * v + pull[0] * (best - x) + pull[1] * (leader - x)), np.float64
    )


def constriction(phi: float) -> float:
    """chi = 2 / |2 - phi - sqrt(phi^2 - 4 phi)| for phi > 4, else 1; Clerc & Kennedy, equation 4."""
    return 2 / abs(2 - phi - math.sqrt(phi**2 - 4 * phi)) if phi > 4 else 1.0
