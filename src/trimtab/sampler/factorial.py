"""Full factorial designs.

Fisher (1935). The Design of Experiments. Box, Hunter & Hunter (2005), chapter 5.

A grid whose numbers are thinned to a few levels, ends included, so that every main effect and
interaction can be estimated. Point i is computed from i; results are not read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.lattice import Lattice, checked_levels, lattice_of, thinned
from trimtab.design.proposal import exact
from trimtab.design.setting import check_switch
from trimtab.rng import draw_key
from trimtab.typing import Rng


@dataclass(frozen=True)
class FullFactorial:
    """Every combination of a few levels of each parameter.

    `levels`: a number for all numeric and ordinal parameters (categorical ones take every choice), or a
    mapping from names to numbers or lists of values, as for `Grid`.
    """

    levels: int | Mapping[str, Any] = 2
    shuffle: bool = False  # in random run order
    force: bool = False  # allow over 10**6 runs

    def __post_init__(self) -> None:
        levels = checked_levels(self.levels)
        object.__setattr__(self, "levels", 2 if levels is None else levels)
        check_switch("shuffle", self.shuffle)
        check_switch("force", self.force)

    @property
    def supports(self) -> Supports:
        """Everything."""
        return Supports(is_finite=True, objectives=None, is_sequence=True)

    def init(self, problem: Problem, rng: Rng) -> Lattice:
        """Lay the design. Raises SpaceError and InvalidArgument as `Grid` does."""
        levels = thinned(problem.space, self.levels)
        lattice = lattice_of(problem.space, levels, method="FullFactorial", force=self.force)
        return replace(lattice, key=draw_key(rng)) if self.shuffle else lattice

    def tell(self, state: Lattice, told: Batch, rng: Rng) -> Lattice:
        """Nothing is learned."""
        return state

    def ask(self, state: Lattice, request: Request) -> Proposals:
        """Runs start .. start+n-1; fewer at the end."""
        return exact(state.space, state.points(request.start, request.n), request.start)
