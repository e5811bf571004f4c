"""Success-history adaptive differential evolution: SHADE, L-SHADE and JADE.

Tanabe & Fukunaga (2013), Success-History Based Parameter Adaptation for Differential Evolution, CEC;
(2014), Improving the Search Performance of SHADE Using Linear Population Size Reduction, CEC. Zhang &
Sanderson (2009), JADE, IEEE Trans. Evolutionary Computation 13.

A tag holds the challenged member and the F and CR of the challenger, so a result that succeeds teaches
them whenever it comes. A generation is as many results as there are members. The challenger of a
member that the reduction has removed meets the worst one instead.
"""

from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.setting import check_number, check_word
from trimtab.errors import InvalidArgument
from trimtab.rng import draw_key, stream
from trimtab.space.space import Space
from trimtab.typing import Array, Ints, Keys, Mask, Rng
from trimtab.variation.bound import halfway
from trimtab.variation.difference import (
    binomial,
    busy_members,
    challenged,
    current_to,
    distinct,
)
from trimtab.variation.draw import NO_KEYS, learned, proposed
from trimtab.variation.selection import standing
from trimtab.variation.success import (
    Memory,
    drawn,
    glided,
    packed,
    remembered,
    start_memory,
    unpacked,
)

_FEWEST = 4  # members, at the end of L-SHADE


@dataclass(frozen=True, eq=False)
class State:
    """Population, archive and memory, and the successes of the unfinished generation."""

    space: Space
    key: int
    x: Array  # (p, d)
    y: Array  # (p,) infinite until a member has a usable result
    id: Ints  # (p,) numbers of the members; they outlive the reduction
    is_known: Mask  # (p,)
    archive: Array  # (a, d) members that were improved upon
    memory: Memory
    success: Array  # (k, 3) F, CR, gain
    n_first: int  # members at the beginning
    n_told: int  # in all
    n_left: int  # results until the generation is complete
    known: Keys


@dataclass(frozen=True)
class SHADE:
    """SHADE; with `n_trials`, L-SHADE, whose population shrinks over so many trials."""

    n_trials: int | None = None  # the budget, for the linear reduction
    popsize: int | None = None  # NP; None: 5 d between 30 and 100; L-SHADE: 18 d
    memory: int = 6  # H
    p_best: float = 0.11  # p
    archive_rate: float = 2.6  # archive size over population size
    method: str = "shade"  # or "jade": one pair of means that glides
    glide: float = 0.1  # c of JADE

    def __post_init__(self) -> None:
        if self.n_trials is not None:
            check_count("n_trials", self.n_trials, low=1)
        if self.popsize is not None:
            check_count("popsize", self.popsize, low=_FEWEST, high=1 << 20)
        check_count("memory", self.memory, low=1)
        check_number("p_best", self.p_best, 0, 1 + 1e-9)
        check_number("archive_rate", self.archive_rate, -1e-9, 100)
        check_word("method", self.method, ("shade", "jade"))
        check_number("glide", self.glide, 0, 1 + 1e-9)
        if self.method == "jade" and self.n_trials is not None:
            raise InvalidArgument(
                f"n_trials={self.n_trials} shrinks the population of SHADE; with method='jade' leave it out"
            )

    @property
    def supports(self) -> Supports:
        """One objective on any space."""
        return Supports()

    def init(self, problem: Problem, rng: Rng) -> State:
        """A population that is yet to be evaluated."""
        d = problem.d
        p = self.popsize or (18 * max(d, 1) if self.n_trials else min(max(5 * d, 30), 100))
        if self.n_trials and not self.popsize:
            p = max(_FEWEST, min(p, self.n_trials // 10))
        return State(
            space=problem.space,
            key=draw_key(rng),
            x=rng.random((p, d)),
            y=np.full(p, np.inf),
            id=np.arange(p),
            is_known=np.zeros(p, bool),
            archive=np.empty((0, d)),
            memory=start_memory(self.memory if self.method == "shade" else 1),
            success=np.empty((0, 3)),
            n_first=p,
            n_told=0,
            n_left=p,
            known=NO_KEYS,
        )

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Let challengers take their places; learn after each generation."""
        losses = standing(told)
        for row, loss, tag in zip(told.x, losses.tolist(), told.tag.tolist(), strict=True):
            state = self._met(state, row, loss, tag)
            if state.n_left == 0:
                state = self._learned(state)
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Rows of members without a result, then challengers."""
        index = {number: i for i, number in enumerate(state.id.tolist())}
        tags = request.pending.tag.tolist()
        at = np.array([index.get(unpacked(tag)[0], -1) for tag in tags], np.int64)
        busy = busy_members(at, len(state.y))
        is_asked_again = False

        def draw(n: int, rng: Rng) -> tuple[Array, Ints]:
            nonlocal is_asked_again
            members = challenged(state.is_known, busy, n, rng)
            f, rate = drawn(state.memory, n, rng)
            x = self.trials(state, members, f, rate, rng)
            first = rng.random(x.shape) if is_asked_again else state.x[members]
            is_asked_again = True
            is_new = ~state.is_known[members]
            return np.where(is_new[:, None], first, x), packed(state.id[members], f, rate)

        return proposed(state.space, state.known, request, draw)

    def trials(self, state: State, members: Ints, f: Array, rate: Array, rng: Rng) -> Array:
        """Challengers (q, d): current-to-pbest/1 with the archive, binomial crossover."""
        x, p = state.x, len(state.x)
        top = np.argsort(state.y, kind="stable")[: max(2, round(self.p_best * p))]
        goal = x[top[rng.integers(len(top), size=len(members))]]
        a, b = distinct(members, p, 2, rng).T
        other = x[b]
        n_old = len(state.archive)
        if n_old:
            pick = rng.integers(p + n_old, size=len(members))
            old = state.archive[np.clip(pick - p, 0, n_old - 1)]
            other = np.where((pick >= p)[:, None], old, other)
        donors = current_to(x, members, goal, a, other, f)
        return binomial(x[members], halfway(donors, x[members]), rate, rng)

    def _met(self, state: State, row: Array, loss: float, tag: int) -> State:
        """The state after a challenger has met its member, or, where it has none, the worst."""
        number, f, rate = unpacked(tag)
        found = np.flatnonzero(state.id == number)
        is_own = len(found) > 0
        i = int(found[0]) if is_own else int(state.y.argmax())
        x, y, is_known = state.x, state.y, state.is_known
        archive, success = state.archive, state.success
        was = float(y[i])
        is_first = is_own and not is_known[i]
        if is_first or loss < was or (is_own and loss == was):
            if not is_first and loss < was:
                archive = self._kept(state, x[i], len(y))
                success = np.vstack([success, [f, rate, was - loss]]) if is_own else success
            x, y, is_known = x.copy(), y.copy(), is_known.copy()
            x[i], y[i] = np.where(np.isnan(row), x[i], row), loss
            is_known[i] |= is_own
        return replace(
            state,
            x=x,
            y=y,
            is_known=is_known,
            archive=archive,
            success=success,
            n_told=state.n_told + 1,
            n_left=state.n_left - 1,
            known=learned(state.space, state.known, row[None]),
        )

    def _kept(self, state: State, row: Array, p: int) -> Array:
        """The archive with one more row, in a random place where it is full."""
        most = round(self.archive_rate * p)
        if len(state.archive) < most:
            return np.vstack([state.archive, row])
        if most < 1:
            return state.archive[:0]
        archive = state.archive[:most].copy()
        archive[stream(state.key, state.n_told).integers(most)] = row
        return archive

    def _learned(self, state: State) -> State:
        """The state after a generation: memory, and a smaller population."""
        f, rate, gain = state.success.T
        if self.method == "jade":
            memory = glided(state.memory, f, rate, self.glide)
        else:
            memory = remembered(state.memory, f, rate, gain)
        p = len(state.y)
        if self.n_trials:
            done = min(state.n_told / self.n_trials, 1.0)
            first = state.n_first
            p = min(p, max(_FEWEST, round(first + (_FEWEST - first) * done)))
        stay = np.sort(np.argsort(state.y, kind="stable")[:p])
        return replace(
            state,
            x=state.x[stay],
            y=state.y[stay],
            id=state.id[stay],
            is_known=state.is_known[stay],
            archive=state.archive[: round(self.archive_rate * p)],
            memory=memory,
            success=state.success[:0],
            n_left=p,
        )
