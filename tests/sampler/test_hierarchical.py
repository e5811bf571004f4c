"""One group after the other."""

import numpy as np
import pytest

from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument, SpaceError
from trimtab.rng import stream
from trimtab.sampler.hierarchical import Hierarchical
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

SPACE = Space({"lr": Categorical([0.1, 0.2, 0.3, 0.4]), "depth": Int(1, 3), "reg": Int(0, 4)})
GROUPS = [["lr"], ["depth", "reg"]]


def test_a_separable_function_takes_one_pass(search):  # GRD-13
    def f(lr, depth, reg):
        return abs(lr - 0.3) + abs(depth - 3) + abs(reg - 1)

    found = search(Hierarchical(GROUPS), SPACE, f)
    assert min(found, key=lambda pair: pair[1])[0] == {"lr": 0.3, "depth": 3, "reg": 1}
    # |A| + |B| evaluations, less the one point that both grids share
    assert len(found) == 4 + 15 - 1
    assert all(c["depth"] == 2 and c["reg"] == 2 for c, _ in found[:4])
    assert all(c["lr"] == 0.3 for c, _ in found[4:])


def test_a_baseline_off_the_grid_shares_no_point(search):
    space = Space({"a": Float(0, 1), "b": Float(0, 1)})
    sampler = Hierarchical([["a"], ["b"]], levels=4, baseline={"b": 0.5})
    found = search(sampler, space, lambda a, b: (a - 0.7) ** 2 + (b - 0.3) ** 2)
    assert len(found) == 4 + 4
    assert [c["b"] for c, _ in found[:4]] == [0.5] * 4


def test_the_counter_example_that_does_not_separate(search):
    """GRD-13: f is least where a = b = 3, but along b = 0 it is least at a = 0."""
    space = Space({"a": Int(0, 3), "b": Int(0, 3)})

    def f(a, b):
        return 10 * abs(a - b) + (6 - a - b)

    one_pass = search(Hierarchical([["a"], ["b"]], baseline={"b": 0}), space, f)
    assert min(value for _, value in one_pass) > f(3, 3)
    joint = search(Hierarchical([["a", "b"]]), space, f)
    assert min(value for _, value in joint) == f(3, 3)


def test_a_second_pass_may_come(search):
    space = Space({"a": Int(0, 3), "b": Int(0, 3)})
    sampler = Hierarchical([["a"], ["b"], ["a"]], baseline={"a": 0, "b": 0})
    found = search(sampler, space, lambda a, b: (a - b - 1) ** 2 + (b - 2) ** 2)
    assert min(found[:7], key=lambda pair: pair[1]) == ({"a": 1, "b": 1}, 2)
    assert min(found, key=lambda pair: pair[1]) == ({"a": 2, "b": 1}, 1)


def test_parameters_in_no_group_stay(search):
    found = search(
        Hierarchical([["lr"]], baseline={"depth": 1, "reg": 4}), SPACE, lambda **c: c["lr"]
    )
    assert [c["lr"] for c, _ in found] == [0.1, 0.2, 0.3, 0.4]
    assert {(c["depth"], c["reg"]) for c, _ in found} == {(1, 4)}


def test_children_of_the_best_parent_are_searched(search):
    space = Space({"opt": Categorical(["a", "s"]), "m": Int(0, 3).when(opt="s")})
    found = search(Hierarchical([["opt"], ["m"]]), space, lambda opt, m=0: (opt == "a") * 9 - m)
    assert min(found, key=lambda pair: pair[1])[0] == {"opt": "s", "m": 3}


def test_a_group_that_fails_leaves_the_baseline(search):
    found = search(
        Hierarchical(GROUPS), SPACE, lambda lr, depth, reg: np.nan if depth == 2 else depth + reg
    )
    assert min((p for p in found if p[1] == p[1]), key=lambda pair: pair[1])[0]["depth"] == 1


@pytest.mark.parametrize("groups", [[], "lr", ["lr"], [[]], [["lr", "lr"]], 3])
def test_groups_that_are_none(groups):
    with pytest.raises(InvalidArgument, match="groups"):
        Hierarchical(groups)


def test_names_that_do_not_fit():
    with pytest.raises(InvalidArgument, match="did you mean 'depth'"):
        Hierarchical([["dept"]]).init(Problem(SPACE), stream(0))
    with pytest.raises(SpaceError, match=r"reg=9"):
        Hierarchical(GROUPS, baseline={"reg": 9}).init(Problem(SPACE), stream(0))
    wide = Space({f"x{i}": Int(0, 99) for i in range(4)})
    with pytest.raises(InvalidArgument, match=r"the group .* has 100000000 points"):
        Hierarchical([wide.names]).init(Problem(wide), stream(0))
