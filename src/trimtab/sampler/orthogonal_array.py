"""Orthogonal arrays as designs: every pair of parameters sees every pair of levels equally often.

Rao (1947); Taguchi's names for the small ones (1987). Owen (1992): random points in the cells;
Tang (1993): Latin hypercubes in the cells.

A fixed table of runs; results are not read.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.galois import prime_powers
from trimtab.design.orthogonal import (
    cell_sample,
    l18,
    orthogonal_array,
    relabeled,
    tang,
    valid_runs,
)
from trimtab.design.proposal import sliced
from trimtab.design.setting import check_switch, check_word, refuse_choices
from trimtab.errors import Unsupported
from trimtab.rng import draw_key, stream
from trimtab.space.columns import CATEGORICAL
from trimtab.space.space import Space
from trimtab.typing import Array, Ints, Rng

ARRAYS = {  # name: (runs, levels)
    "L4": (4, 2),
    "L8": (8, 2),
    "L9": (9, 3),
    "L12": (12, 2),
    "L16": (16, 2),
    "L16b": (16, 4),
    "L18": (18, 3),
    "L25": (25, 5),
    "L27": (27, 3),
    "L32": (32, 2),
    "L64b": (64, 4),
}
KINDS = ("levels", "sample", "latin")


@dataclass(frozen=True, eq=False)
class State:
    """The runs."""

    x: Array  # (n, d)


@dataclass(frozen=True)
class OrthogonalArray:
    """A strength-two array, one column for each parameter.

    "levels": numbers at even distances from end to end. "sample": at a random place in the level's cell.
    "latin": likewise, and a Latin hypercube. Choices are levels in every kind; with fewer choices than
    levels the first ones come more often.
    """

    array: str | None = None  # a name of ARRAYS; None: the smallest that fits
    kind: str = "levels"
    shuffle: bool = False  # in random run order

    def __post_init__(self) -> None:
        if self.array is not None:
            check_word("array", self.array, tuple(ARRAYS))
        check_word("kind", self.kind, KINDS)
        check_switch("shuffle", self.shuffle)

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
            Unsupported: more choices than levels, or more parameters than columns.
        """
        rng = stream(draw_key(rng))
        if not problem.d:
            return State(np.empty((1, 0)))
        table, n_levels = table_for(problem.space, self.array)
        if self.kind == "sample":
            table = relabeled(table, rng)
        x = level_rows(problem.space, table, n_levels)
        if self.kind != "levels":
            inside = (tang if self.kind == "latin" else cell_sample)(table, rng)
            is_choice = problem.columns.kind == CATEGORICAL
            x = np.where(is_choice, x, inside)
        return State(x[rng.permutation(len(x))] if self.shuffle else x)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Nothing is learned."""
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Runs start .. start+n-1; fewer at the end."""
        return sliced(state.x, request)


def table_for(space: Space, array: str | None) -> tuple[Ints, int]:
    """The levels (n, d) of an array that fits the space, and how many levels it has.

    Raises:
        Unsupported: none does.
    """
    d, sizes = len(space.names), space.columns.n_values
    most = int(sizes[space.columns.kind == CATEGORICAL].max(initial=2))
    if array is None:
        wanted = 2 if (sizes == 2).all() else max(3, most)
        n_levels = next((q for q in prime_powers() if q >= wanted), prime_powers()[-1])
        runs = (n for n in valid_runs(n_levels) if _width(n, n_levels) >= d)
        n_runs = next(runs, valid_runs(n_levels)[-1])
    else:
        n_runs, n_levels = ARRAYS[array]
    way_out = (
        f"an array of {n_levels} levels tries {n_levels} of them only: use FullFactorial or Random"
    )
    refuse_choices(space, "OrthogonalArray", n_levels, way_out)
    width = _width(n_runs, n_levels)
    if array == "L18" and (sizes == 2).any():
        two = int(np.flatnonzero(sizes == 2)[0])  # the array's own column of two levels
        if d <= width + 1:
            return np.insert(l18()[:, 1:d], two, l18()[:, 0], axis=1), n_levels
    if d > width:
        raise Unsupported(
            f"OrthogonalArray({array!r}) has {width} columns, the space has {d} parameters; "
            "take a larger one, or LatinHypercube"
        )
    return orthogonal_array(n_runs, n_levels, d), n_levels


def level_rows(space: Space, table: Ints, n_levels: int) -> Array:
    """Unit rows (n, d) of a table of levels: ends and even distances between, choices by index."""
    counts = space.columns.n_values.tolist()
    ends = np.maximum(table.max(axis=0), 1)
    x = table / ends
    codes = np.full(table.shape, np.nan)
    for j, (kind, k) in enumerate(zip(space.columns.kind.tolist(), counts, strict=True)):
        if kind == CATEGORICAL:
            codes[:, j] = table[:, j] % k
        elif 0 < k <= n_levels:
            codes[:, j] = table[:, j] * k // (ends[j] + 1)
        elif k:
            codes[:, j] = np.rint(x[:, j] * (k - 1))
    indexed = space.to_unit(codes)
    return np.where(np.isnan(indexed), x, indexed)


def _width(n_runs: int, n_levels: int) -> int:
    """Columns of `orthogonal_array(n_runs, n_levels)`."""
    return 7 if (n_runs, n_levels) == (18, 3) else (n_runs - 1) // (n_levels - 1)
