"""Grid search, in product order or shuffled.

Fisher (1935), The Design of Experiments: the full factorial; as a tuning method see Bergstra & Bengio
(2012), who show when not to use it.

Point i is computed from i, so a grid of any size takes no memory and any worker can go on with it;
results are not read. Points that differ only in inactive parameters are one point.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.lattice import Lattice, checked_levels, lattice_of
from trimtab.design.proposal import exact
from trimtab.design.setting import check_switch
from trimtab.rng import draw_key
from trimtab.space.space import Space
from trimtab.typing import Rng


@dataclass(frozen=True)
class Grid:
    """All combinations of some values for each parameter, the last parameter changing fastest.

    `levels`: how many values continuous parameters get, from end to end on their own scale; or a mapping
    from names to such a number, which may thin out any parameter, or to a list of values.
    """

    levels: int | Mapping[str, Any] | None = None  # None: every parameter must be finite
    force: bool = False  # allow over 10**6 points
    shuffle: bool = False  # in random order

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", checked_levels(self.levels))
        check_switch("force", self.force)
        check_switch("shuffle", self.shuffle)

    @property
    def supports(self) -> Supports:
        """Everything."""
        return Supports(is_finite=True, objectives=None, is_sequence=True)

    def size(self, space: Space) -> int:
        """How many evaluations the grid takes: the product of the numbers of levels.

        An upper bound where conditions or constraints cut the product.
        """
        return lattice_of(space, self.levels, method="Grid", force=True).size

    def init(self, problem: Problem, rng: Rng) -> Lattice:
        """Lay the grid.

        Raises:
            SpaceError: a continuous parameter without levels, an unknown name, a value out of range.
            InvalidArgument: over 10**6 points without force=True.
        """
        lattice = lattice_of(problem.space, self.levels, method="Grid", force=self.force)
        return replace(lattice, key=draw_key(rng)) if self.shuffle else lattice

    def tell(self, state: Lattice, told: Batch, rng: Rng) -> Lattice:
        """Nothing is learned."""
        return state

    def ask(self, state: Lattice, request: Request) -> Proposals:
        """Points start .. start+n-1; fewer at the end."""
        return exact(state.space, state.points(request.start, request.n), request.start)
