"""Evolution strategies: (mu, lambda), (mu + lambda), and (1 + 1) with the one-fifth rule.

Rechenberg (1973), Evolutionsstrategie, for the one-fifth rule; Schwefel (1981) for self-adaptation;
Beyer & Schwefel (2002), Evolution strategies: A comprehensive introduction, for both; Li et al. (2013)
for choices.

A tag names a generation and the noise of one child, from which the child, with the step size that it
was made with, is found again when its result comes. Late and foreign results count as children, with
the parents' mean step size. With the one-fifth rule each result is a generation of its own.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.lattice import baseline
from trimtab.design.setting import check_number, check_switch, check_word
from trimtab.errors import InvalidArgument
from trimtab.rng import draw_key, stream
from trimtab.typing import Array, Ints, Keys, Rng
from trimtab.variation.draw import NO_KEYS, learned, proposed
from trimtab.variation.layout import Layout, generation_of, new_tags
from trimtab.variation.selection import standing

_FACTOR = 1.5  # of the one-fifth rule: a success multiplies, a failure divides by its fourth root
_LEAST, _MOST = 1e-12, 1.0  # step sizes


@dataclass(frozen=True, eq=False)
class State:
    """Parents, and the children told so far in this generation."""

    layout: Layout
    key: int
    x: Array  # (m, a) numbers of the parents, walls unfolded
    picks: Ints  # (m, b) their choices
    sigma: Array  # (m,)
    y: Array  # (m,) infinite before the first generation
    generation: int
    child_x: Array  # (k, a)
    child_picks: Ints  # (k, b)
    child_sigma: Array  # (k,)
    child_y: Array  # (k,)
    known: Keys


@dataclass(frozen=True)
class ES:
    """(mu/mu, lambda)-ES with self-adaptation, or its relatives; starts at `start`, else in the middle."""

    n_parents: int = 5  # mu
    n_children: int = 20  # lambda
    plus: bool = False  # may parents survive?
    adaptation: str = "self"  # or "one-fifth", for one parent
    sigma: float = 0.3  # first step size, in widths of a parameter's range
    start: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        check_count("n_parents", self.n_parents, low=1)
        check_count("n_children", self.n_children, low=1)
        check_switch("plus", self.plus)
        check_word("adaptation", self.adaptation, ("self", "one-fifth"))
        check_number("sigma", self.sigma, 0, np.inf)
        if self.start is not None and not isinstance(self.start, Mapping):
            raise InvalidArgument(f"start={self.start!r} is no configuration; give a dict")
        if self.adaptation == "one-fifth" and (self.n_parents, self.plus) != (1, True):
            raise InvalidArgument(
                "adaptation='one-fifth' is for one parent that may survive; "
                "say n_parents=1, n_children=1, plus=True"
            )
        if not self.plus and self.n_children < self.n_parents:
            raise InvalidArgument(
                f"n_children={self.n_children} cannot replace n_parents={self.n_parents}; "
                "make more children, or say plus=True"
            )

    @property
    def supports(self) -> Supports:
        """One objective on any space."""
        return Supports()

    def init(self, problem: Problem, rng: Rng) -> State:
        """Parents that lie all in one place.

        Raises:
            SpaceError: a start that the space does not hold.
        """
        layout = Layout(problem.space)
        space = problem.space
        row = space.to_unit(baseline(space, self.start)[None])
        x = row[:, layout.numeric]
        picks = baseline(space, self.start)[layout.choice].astype(np.int64)[None]
        m, a, b = self.n_parents, x.shape[1], picks.shape[1]
        return State(
            layout=layout,
            key=draw_key(rng),
            x=np.repeat(x, m, axis=0),
            picks=np.repeat(picks, m, axis=0),
            sigma=np.full(m, self.sigma),
            y=np.full(m, np.inf),
            generation=0,
            child_x=np.empty((0, a)),
            child_picks=np.empty((0, b), np.int64),
            child_sigma=np.empty(0),
            child_y=np.empty(0),
            known=NO_KEYS,
        )

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Note the children; select whenever a generation is complete."""
        losses = standing(told)
        for row, loss, tag in zip(told.x, losses.tolist(), told.tag.tolist(), strict=True):
            x, picks, sigma = self._child_of(state, row, tag)
            state = replace(
                state,
                child_x=np.vstack([state.child_x, x]),
                child_picks=np.vstack([state.child_picks, picks]),
                child_sigma=np.append(state.child_sigma, sigma),
                child_y=np.append(state.child_y, loss),
                known=learned(state.layout.space, state.known, row[None]),
            )
            if self.adaptation == "one-fifth":
                state = _one_fifth(state)
            elif len(state.child_y) == self.n_children:
                state = self._selected(state)
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Children of the parents."""
        layout = state.layout

        def draw(n: int, rng: Rng) -> tuple[Array, Ints]:
            tags = new_tags(state.generation, n, rng)
            made = [self._made(state, tag) for tag in tags.tolist()]
            x, picks = np.array([m[0] for m in made]), np.array([m[1] for m in made])
            return layout.rows(x, picks), tags

        return proposed(layout.space, state.known, request, draw)

    def _made(self, state: State, tag: int) -> tuple[Array, Ints, float]:
        """Numbers (a,), choices (b,) and step size of the child that a tag names."""
        rng = stream(state.key, tag)
        m, a = state.x.shape
        d = max(a + state.picks.shape[1], 1)
        sigma = float(np.exp(np.log(state.sigma).mean()))
        if self.adaptation == "self":
            sigma *= math.exp(rng.standard_normal() / math.sqrt(2 * d))
        sigma = min(max(sigma, _LEAST), _MOST)
        x = state.x.mean(axis=0) + sigma * rng.standard_normal(a)
        b = state.picks.shape[1]
        picks = state.picks[rng.integers(m, size=b), np.arange(b)]
        hop = 1 + np.floor(rng.random(b) * (state.layout.n_choices - 1)).astype(np.int64)
        is_hit = (rng.random(b) < max(1 / d, min(sigma, 0.5))) & (state.layout.n_choices > 1)
        return x, np.where(is_hit, (picks + hop) % state.layout.n_choices, picks), sigma

    def _child_of(self, state: State, row: Array, tag: int) -> tuple[Array, Ints, float]:
        """The child that a result belongs to: the one that was made, or what its row shows."""
        if generation_of(tag) == state.generation:
            x, picks, sigma = self._made(state, tag)
            if state.layout.agrees(state.layout.rows(x[None], picks[None])[0], row):
                return x, picks, sigma
        shown, found = state.layout.split(row[None])
        x = np.where(np.isnan(shown[0]), state.x.mean(axis=0), shown[0])
        picks = np.where(found[0] < 0, state.picks[0], found[0])
        return x, picks, float(np.exp(np.log(state.sigma).mean()))

    def _selected(self, state: State) -> State:
        """The state after a generation; unchanged parents where all children failed."""
        x, picks, sigma, y = state.child_x, state.child_picks, state.child_sigma, state.child_y
        if self.plus or not (y < np.inf).any():
            x, picks = np.vstack([x, state.x]), np.vstack([picks, state.picks])
            sigma, y = np.append(sigma, state.sigma), np.append(y, state.y)
        best = np.argsort(y, kind="stable")[: self.n_parents]
        if not (y < np.inf).any():
            best = np.arange(len(y) - len(state.y), len(y))
        return _emptied(replace(state, x=x[best], picks=picks[best], sigma=sigma[best], y=y[best]))


def _one_fifth(state: State) -> State:
    """The state after one more child: at least as good, it takes the parent's place."""
    loss = float(state.child_y[-1])
    if loss < np.inf and loss <= state.y[0]:
        grow = _FACTOR if state.y[0] < np.inf else 1.0
        sigma = np.minimum(state.sigma * grow, _MOST)
        return _emptied(
            replace(state, x=state.child_x, picks=state.child_picks, sigma=sigma, y=state.child_y)
        )
    shrink = 1.0 if state.y[0] == np.inf else _FACTOR**-0.25  # no parent yet: nothing to shrink to
    return _emptied(replace(state, sigma=np.maximum(state.sigma * shrink, _LEAST)))


def _emptied(state: State) -> State:
    return replace(
        state,
        generation=state.generation + 1,
        child_x=state.child_x[:0],
        child_picks=state.child_picks[:0],
        child_sigma=state.child_sigma[:0],
        child_y=state.child_y[:0],
    )
