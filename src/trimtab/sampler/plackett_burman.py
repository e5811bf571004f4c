"""Plackett-Burman screening designs.

Plackett & Burman (1946). The Design of Optimum Multifactorial Experiments. Biometrika 33.

A fixed table of runs; results are not read.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.factorial import randomized
from trimtab.design.hadamard import plackett_burman
from trimtab.design.proposal import sliced
from trimtab.design.setting import check_switch, refuse_choices
from trimtab.rng import draw_key, stream
from trimtab.typing import Array, Rng


@dataclass(frozen=True, eq=False)
class State:
    """The runs."""

    x: Array  # (n, d)


@dataclass(frozen=True)
class PlackettBurman:
    """Main effects of up to n-1 parameters in n runs at their low and high ends."""

    n_runs: int | None = None  # a multiple of four; None: the least that fits
    foldover: bool = False  # add the mirrored runs, which frees main effects from pairs
    shuffle: bool = False  # in random run order

    def __post_init__(self) -> None:
        check_switch("foldover", self.foldover)
        check_switch("shuffle", self.shuffle)
        if self.n_runs is not None:
            plackett_burman(1, check_count("n_runs", self.n_runs))  # says which sizes there are

    @property
    def supports(self) -> Supports:
        """No conditions and no constraints: they would break the balance."""
        return Supports(
            is_finite=True,
            objectives=None,
            conditional=False,
            constraints=False,
            is_sequence=True,
            is_unique=False,
        )

    def init(self, problem: Problem, rng: Rng) -> State:
        """Write the table.

        Raises:
            Unsupported: a choice of three or more.
            InvalidArgument: more parameters than the runs can tell apart.
        """
        way_out = "two levels try two of them only: use OrthogonalArray or FullFactorial"
        refuse_choices(problem.space, "PlackettBurman", 2, way_out)
        key = draw_key(rng)
        if not problem.d:
            return State(np.empty((1, 0)))
        coded = plackett_burman(problem.d, self.n_runs)
        if self.foldover:
            coded = np.vstack([coded, -coded])
        if self.shuffle:
            coded, _ = randomized(coded, stream(key))
        return State((coded + 1) / 2)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Nothing is learned."""
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Runs start .. start+n-1; fewer at the end."""
        return sliced(state.x, request)
