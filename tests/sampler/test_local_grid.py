"""Local search on a grid, against brute force."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Request
from trimtab.errors import InvalidArgument, SpaceError
from trimtab.rng import stream
from trimtab.sampler.local_grid import LocalGrid
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

BOARD = Space({"a": Int(0, 6), "b": Int(0, 4)})


def descent(table, at, steps):
    """Steepest descent by hand."""
    while True:
        near = [(at[0] + i, at[1] + j) for i, j in steps]
        near = [p for p in near if 0 <= p[0] < table.shape[0] and 0 <= p[1] < table.shape[1]]
        best = min(near, key=lambda p: table[p])
        if table[best] >= table[at]:
            return at
        at = best


def play(sampler, table):
    """The best point found, and every point tried."""
    state, tried = sampler.init(Problem(BOARD), stream(0)), {}
    none = np.empty(0)
    nothing = Batch(
        np.empty((0, 2)), np.empty((0, 1)), np.empty((0, 0)), none, none, none, none, none
    )
    while True:
        p = sampler.ask(state, Request(1, nothing, stream(0)))
        if not len(p.x):
            return min(tried, key=tried.get), tried
        at = tuple(int(c) for c in BOARD.from_unit(p.x)[0])
        assert at not in tried
        tried[at] = table[at]
        one = np.zeros(1)
        told = Batch(p.x, np.array([[table[at]]]), np.empty((1, 0)), one, one, one, p.tag, one)
        state = sampler.tell(state, told, stream(0))


@given(st.permutations(range(35)), st.integers(0, 6), st.integers(0, 4), st.booleans())
@settings(deadline=None, max_examples=60)
def test_the_local_optimum_is_brute_forces(values, a, b, diagonals):  # GRD-11
    table = np.array(values, float).reshape(7, 5)
    steps = [s for s in product((-1, 0, 1), repeat=2) if s != (0, 0) and (diagonals or 0 in s)]
    best, _ = play(LocalGrid(start={"a": a, "b": b}, diagonals=diagonals), table)
    assert best == descent(table, (a, b), steps)


def test_restarts_find_more(search):
    f = {0: 3, 1: 2, 2: 4, 3: 9, 4: 8, 5: 7, 6: 1, 7: 5}
    space = Space({"n": Int(0, 7)})
    once = search(LocalGrid(start={"n": 0}), space, lambda n: f[n])
    assert min(value for _, value in once) == 2
    often = search(LocalGrid(start={"n": 0}, n_starts=20), space, lambda n: f[n])
    assert min(value for _, value in often) == 1
    assert len({config["n"] for config, _ in often}) == len(often)


def test_defaults_are_where_it_starts(search):
    space = Space({"a": Float(0, 1), "n": Int(1, 9, default=8)})
    first = search(LocalGrid(levels=5), space, lambda a, n: a + n, n=1)[0][0]
    assert first == {"a": 0.5, "n": 8}


def test_every_other_choice_is_a_neighbour(search):
    space = Space({"c": Categorical(["w", "x", "y", "z"])})
    found = search(
        LocalGrid(start={"c": "w"}), space, lambda c: {"w": 3, "x": 4, "y": 5, "z": 1}[c]
    )
    assert [config["c"] for config, _ in found] == ["w", "x", "y", "z"]


def test_constraints_and_failures_are_walls(search):
    space = Space({"a": Int(0, 9), "b": Int(0, 9)}, where=["a + b != 7"])
    found = search(
        LocalGrid(start={"a": 0, "b": 0}), space, lambda a, b: np.nan if a > 3 else -a - b
    )
    best = min((p for p in found if p[1] == p[1]), key=lambda pair: pair[1])[0]
    assert best["a"] + best["b"] == 6
    assert all(c["a"] + c["b"] != 7 for c, _ in found)


def test_a_failed_start_looks_around(search):
    found = search(
        LocalGrid(start={"n": 4}), Space({"n": Int(0, 9)}), lambda n: np.nan if n == 4 else n
    )
    assert min(value for _, value in found[1:]) == 0


def test_switching_a_parent_reaches_its_children(search):
    space = Space({"opt": Categorical(["a", "s"]), "m": Int(0, 5).when(opt="s")})
    found = search(LocalGrid(start={"opt": "a"}), space, lambda opt, m=0: (opt == "a") * 10 - m)
    assert min(found, key=lambda pair: pair[1])[0] == {"opt": "s", "m": 5}


def test_refusals():
    with pytest.raises(SpaceError, match=r"a=70 is outside"):
        LocalGrid(start={"a": 70}).init(Problem(BOARD), stream(0))
    wide = Space({f"x{i}": Float(0, 1) for i in range(20)})
    with pytest.raises(InvalidArgument, match=r"diagonals=True\) has \d+ points"):
        LocalGrid(diagonals=True).init(Problem(wide), stream(0))
