"""Compass search: one step along each axis, both ways; half the step where none is better.

Fermi & Metropolis (1952) ran it on MANIAC; Kolda, Lewis & Torczon (2003), Optimization by Direct Search,
SIAM Review 45, section 1.

Results and proposals meet in the poll: its points are handed out until one is better, late ones still
count, and workers beyond 2d try the points of the next, smaller step.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.lattice import baseline
from trimtab.design.poll import Poll, Rule, ask_poll, open_poll, tell_poll
from trimtab.design.setting import check_number, check_switch
from trimtab.design.spanning import axes
from trimtab.design.walk import checked_start
from trimtab.rng import draw_key
from trimtab.typing import Rng


@dataclass(frozen=True, eq=False)
class State:
    """The descent, and how it moves."""

    poll: Poll
    rule: Rule


@dataclass(frozen=True)
class Compass:
    """Steps along the axes, halved where none is better."""

    start: Mapping[str, Any] | None = None  # the rest: defaults, else the middle
    step: float = 0.25  # Δ_0, a part of the unit interval
    least_step: float = 1e-6  # Δ_tol, where a descent ends
    complete: bool = False  # await all 2d points before moving
    n_starts: int | None = None  # descents; all but the first from random points; None: no end

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", checked_start(self.start))
        check_number("step", self.step, 0.0, np.inf)
        check_number("least_step", self.least_step, 0.0, np.inf)
        check_switch("complete", self.complete)
        if self.n_starts is not None:
            check_count("n_starts", self.n_starts)

    @property
    def supports(self) -> Supports:
        """One objective; numbers and ordered values that are always active."""
        return Supports(conditional=False, categorical=False)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Begin at `start`."""
        space = problem.space
        start = space.to_unit(baseline(space, self.start)[None])[0]
        rule = Rule(
            directions=axes(problem.d),
            step=self.step,
            least=self.least_step,
            expand=1.0,
            contract=0.5,
            is_complete=self.complete,
            n_starts=self.n_starts,
        )
        return State(open_poll(space, start, rule, draw_key(rng)), rule)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Note the results; move or halve the step."""
        return State(tell_poll(state.poll, told, state.rule), state.rule)

    def ask(self, state: State, request: Request) -> Proposals:
        """Points of the poll."""
        return ask_poll(state.poll, request, state.rule)
