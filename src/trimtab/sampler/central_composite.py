"""Central composite designs, for quadratic response surfaces.

Box & Wilson (1951). On the Experimental Attainment of Optimum Conditions. J. Royal Statistical Society B 13.

A fixed table of runs: corners, axial points, repeated centers; results are not read.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.factorial import randomized
from trimtab.design.proposal import sliced
from trimtab.design.response_surface import face_centered, inscribed
from trimtab.design.setting import check_switch, check_word, refuse_choices
from trimtab.errors import Unsupported
from trimtab.rng import draw_key, stream
from trimtab.typing import Array, Rng

KINDS = ("inscribed", "face")
_MOST = 12  # parameters, for 2**d corners


@dataclass(frozen=True, eq=False)
class State:
    """The runs."""

    x: Array  # (n, d)


@dataclass(frozen=True)
class CentralComposite:
    """2**d corners, 2d axial points and some centers, inside the bounds.

    "inscribed": axial points on the faces, corners inside, rotatable (a circumscribed design scaled into
    the bounds). "face": corners and axial points on the faces, three levels.
    """

    kind: str = "inscribed"
    n_center: int = 4  # repeated centers, which measure the noise
    shuffle: bool = False  # in random run order

    def __post_init__(self) -> None:
        check_word("kind", self.kind, KINDS)
        check_count("n_center", self.n_center, low=0)
        check_switch("shuffle", self.shuffle)

    @property
    def supports(self) -> Supports:
        """Numbers only, without conditions and constraints, which would break the design."""
        return Supports(
            is_finite=True,
            objectives=None,
            conditional=False,
            categorical=False,
            constraints=False,
            is_sequence=True,
            is_unique=False,
        )

    def init(self, problem: Problem, rng: Rng) -> State:
        """Write the table. Raises Unsupported for categorical or over 12 parameters."""
        refuse_choices(
            problem.space, "CentralComposite", 1, "declare it Ordinal, or use OrthogonalArray"
        )
        d, key = problem.d, draw_key(rng)
        if d > _MOST:
            raise Unsupported(
                f"CentralComposite has 2**d corners, too many for {d} parameters; use LatinHypercube"
            )
        if not d:
            return State(np.empty((1, 0)))
        coded = (inscribed if self.kind == "inscribed" else face_centered)(d, self.n_center)
        if self.shuffle:
            coded, _ = randomized(coded, stream(key))
        return State(np.clip((coded + 1) / 2, 0.0, 1.0))

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Nothing is learned."""
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Runs start .. start+n-1; fewer at the end."""
        return sliced(state.x, request)
