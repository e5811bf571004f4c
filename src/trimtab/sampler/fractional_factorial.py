"""Two-level fractional factorial designs.

Box & Hunter (1961). The 2**(k-p) Fractional Factorial Designs. Technometrics 3.

A fixed table of runs; results are not read.
"""

from dataclasses import dataclass
from itertools import combinations
from string import ascii_lowercase

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.factorial import LETTERS, fractional_factorial, randomized
from trimtab.design.proposal import sliced
from trimtab.design.setting import check_switch, refuse_choices
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.rng import draw_key, stream
from trimtab.typing import Array, Rng


@dataclass(frozen=True, eq=False)
class State:
    """The runs."""

    x: Array  # (n, d)


@dataclass(frozen=True)
class FractionalFactorial:
    """Low and high ends of every parameter in a balanced fraction of all combinations.

    `generators`: one word for each parameter, single letters for the base factors, products for the
    rest, e.g. "a b c ab -ac". None: the smallest fraction of resolution III or more.
    """

    generators: str | None = None
    shuffle: bool = False  # in random run order

    def __post_init__(self) -> None:
        check_switch("shuffle", self.shuffle)
        if self.generators is not None and not isinstance(self.generators, str):
            raise InvalidArgument(
                f"generators={self.generators!r} must be words such as 'a b c ab -ac'"
            )
        if self.generators is not None:
            fractional_factorial(self.generators)  # says what is wrong

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
            Unsupported: a choice of three or more; words that are not one for each parameter.
        """
        way_out = "two levels try two of them only: use OrthogonalArray or FullFactorial"
        refuse_choices(problem.space, "FractionalFactorial", 2, way_out)
        d, key = problem.d, draw_key(rng)
        if not d:
            return State(np.empty((1, 0)))
        if self.generators is None and d > len(LETTERS):
            raise Unsupported(
                f"FractionalFactorial has {len(LETTERS)} columns, the space has {d} parameters; "
                "use PlackettBurman"
            )
        words = generators_for(d) if self.generators is None else self.generators
        coded = fractional_factorial(words)
        if coded.shape[1] != d:
            raise Unsupported(
                f"generators={words!r} are {coded.shape[1]} words, the space has {d} parameters; "
                "give one word for each"
            )
        if self.shuffle:
            coded, _ = randomized(coded, stream(key))
        return State((coded + 1) / 2)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Nothing is learned."""
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Runs start .. start+n-1; fewer at the end."""
        return sliced(state.x, request)


def generators_for(d: int) -> str:
    """Words of the smallest fraction with d columns, the longest products first: resolution >= III.

    Words of an odd number of letters come first, which gives resolution IV while they last.
    """
    n_base = next(b for b in range(1, d + 1) if 2**b > d)
    letters = ascii_lowercase[:n_base]
    words = ["".join(w) for k in range(2, n_base + 1) for w in combinations(letters, k)]
    words.sort(key=lambda w: (len(w) % 2 == 0, -len(w)))
    return " ".join([*letters, *words][:d])
