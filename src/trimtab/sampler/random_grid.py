"""Random search on a grid: some of its points, each at most once.

Sampling without replacement from a product of lists, as Bergstra & Bengio (2012) compare it with grids;
the order is a keyed permutation (Luby & Rackoff 1988), so that no list of points is kept.

Point i is computed from i; results are not read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.lattice import Lattice, checked_levels, lattice_of
from trimtab.design.proposal import exact
from trimtab.rng import draw_key
from trimtab.typing import Rng


@dataclass(frozen=True)
class RandomGrid:
    """`n` distinct points of a grid in random order; `levels` as for `Grid`."""

    levels: int | Mapping[str, Any] | None = None  # None: every parameter must be finite
    n: int | None = None  # None: all of them

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", checked_levels(self.levels))
        if self.n is not None:
            check_count("n", self.n)

    @property
    def supports(self) -> Supports:
        """Everything."""
        return Supports(is_finite=True, objectives=None, is_sequence=True)

    def init(self, problem: Problem, rng: Rng) -> Lattice:
        """Lay the grid. Raises SpaceError as `Grid` does; any size up to 2**62 will do."""
        lattice = lattice_of(problem.space, self.levels, method="RandomGrid", force=True)
        return replace(lattice, key=draw_key(rng))

    def tell(self, state: Lattice, told: Batch, rng: Rng) -> Lattice:
        """Nothing is learned."""
        return state

    def ask(self, state: Lattice, request: Request) -> Proposals:
        """Points start .. start+n-1 of the random order; none from `n` on."""
        n = request.n if self.n is None else max(0, min(request.n, self.n - request.start))
        return exact(state.space, state.points(request.start, n), request.start)
