"""Generalized pattern search: poll along any positive spanning set; longer steps after success.

Torczon (1997), On the Convergence of Pattern Search Algorithms, SIAM J. Optimization 7; Kolda, Lewis &
Torczon (2003), Optimization by Direct Search, SIAM Review 45.

Results and proposals meet in the poll, as for `Compass`: late results still count, and workers beyond
the number of directions try the points of the next, smaller step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count, check_finite
from trimtab.design.lattice import baseline
from trimtab.design.poll import Poll, Rule, ask_poll, open_poll, tell_poll
from trimtab.design.setting import check_number, check_switch, check_word
from trimtab.design.spanning import axes, minimal, regular, spans
from trimtab.design.walk import checked_start
from trimtab.errors import InvalidArgument
from trimtab.rng import draw_key
from trimtab.typing import Array, Rng

_SETS = {"axes": axes, "minimal": minimal, "regular": regular}


@dataclass(frozen=True, eq=False)
class State:
    """The descent, and how it moves."""

    poll: Poll
    rule: Rule


@dataclass(frozen=True)
class Pattern:
    """Polls along a positive spanning set of your choice.

    `directions`: "axes" (2d), "minimal" (d + 1: the axes and their negative sum), "regular" (d + 1, to
    the corners of a regular simplex), or rows of numbers, one for each direction.
    """

    directions: str | Sequence[Sequence[float]] = "axes"  # D
    start: Mapping[str, Any] | None = None  # the rest: defaults, else the middle
    step: float = 0.25  # Δ_0, a part of the unit interval
    expand: float = 2.0  # λ, at least 1: the step's factor after a success
    contract: float = 0.5  # θ in (0, 1): and after a failure
    least_step: float = 1e-6  # where a descent ends
    complete: bool = False  # await all points before moving
    n_starts: int | None = None  # descents; all but the first from random points; None: no end

    def __post_init__(self) -> None:
        object.__setattr__(self, "directions", _checked(self.directions))
        object.__setattr__(self, "start", checked_start(self.start))
        check_number("step", self.step, 0.0, np.inf)
        check_number("contract", self.contract, 0.0, 1.0)
        check_number("least_step", self.least_step, 0.0, np.inf)
        check_number("expand", self.expand, 0.0, np.inf)
        if self.expand < 1:
            raise InvalidArgument(f"expand={self.expand!r} must be 1 or more; 1 keeps the step")
        check_switch("complete", self.complete)
        if self.n_starts is not None:
            check_count("n_starts", self.n_starts)

    @property
    def supports(self) -> Supports:
        """One objective; numbers and ordered values that are always active."""
        return Supports(conditional=False, categorical=False)

    def init(self, problem: Problem, rng: Rng) -> State:
        """Begin at `start`.

        Raises:
            InvalidArgument: directions that do not fit the space.
        """
        space = problem.space
        start = space.to_unit(baseline(space, self.start)[None])[0]
        rule = Rule(
            directions=self._rows(problem.d),
            step=self.step,
            least=self.least_step,
            expand=self.expand,
            contract=self.contract,
            is_complete=self.complete,
            n_starts=self.n_starts,
        )
        return State(open_poll(space, start, rule, draw_key(rng)), rule)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Note the results; move, or take smaller steps."""
        return State(tell_poll(state.poll, told, state.rule), state.rule)

    def ask(self, state: State, request: Request) -> Proposals:
        """Points of the poll."""
        return ask_poll(state.poll, request, state.rule)

    def _rows(self, d: int) -> Array:
        if isinstance(self.directions, str):
            return _SETS[self.directions](d)
        rows = np.array(self.directions, np.float64)
        if rows.shape[1] != d:
            raise InvalidArgument(
                f"directions have {rows.shape[1]} numbers each, the space has {d} parameters; "
                "give one number for each parameter"
            )
        return rows


def _checked(directions: Any) -> str | tuple[tuple[float, ...], ...]:
    if isinstance(directions, str):
        return check_word("directions", directions, tuple(_SETS))
    try:
        rows = check_finite("directions", directions, 2)
    except (TypeError, ValueError) as error:
        raise InvalidArgument(
            f"directions={directions!r} must be one of {', '.join(_SETS)}, or rows of numbers"
        ) from error
    if not spans(rows):
        raise InvalidArgument(
            f"directions={directions!r} do not positively span the space: some downhill slope lies "
            "opposite to all of them; add rows, for example the negative sum of these"
        )
    return tuple(tuple(row) for row in rows.tolist())
