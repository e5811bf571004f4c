"""Resolution by sensitivity."""

import numpy as np
import pytest

from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument
from trimtab.rng import stream
from trimtab.sampler.multi_scale import MultiScale, sensitivity
from trimtab.space.domain import Categorical, Float
from trimtab.space.space import Space

PLANE = Space({"a": Float(0, 1), "b": Float(0, 1)})


@pytest.mark.parametrize(("points", "n_a", "n_b"), [(4, 2, 2), (5, 3, 2), (12, 10, 2), (20, 18, 2)])
def test_the_sensitive_parameter_gets_more_and_the_sum_is_the_budget(
    search, points, n_a, n_b
):  # GRD-10
    found = search(MultiScale(points=points), PLANE, lambda a, b: 10 * a + 0.1 * b)
    assert n_a + n_b == points
    fine = np.array([(a, b) for a in np.linspace(0, 1, n_a) for b in np.linspace(0, 1, n_b)])
    tried = np.array([(c["a"], c["b"]) for c, _ in found])
    gaps = np.abs(fine[:, None] - tried[None]).max(axis=2).min(axis=1)
    assert gaps.max() < 1e-12  # every point of the fine grid was tried
    shared = sum(np.abs(tried[:9] - row).max(axis=1).min() < 1e-12 for row in fine)
    assert len(found) == 9 + n_a * n_b - shared


def test_sensitivity_is_the_first_order_effect():
    a, b = np.meshgrid([0, 0.5, 1], [0, 0.5, 1])
    x = np.column_stack([a.ravel(), b.ravel()])
    found = sensitivity(x, 10 * x[:, 0] + 0.1 * x[:, 1], np.array([True, True]))
    assert np.allclose(found, np.array([10, 0.1]) * np.std([0, 0.5, 1]))


def test_sensitivity_leaves_out_failures_and_inactive_rows():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1], [0.5, np.nan]])
    y = np.array([0, 1, 0, 1, np.inf])
    assert np.allclose(sensitivity(x, y, np.array([True, True])), [0, 0.5])
    assert sensitivity(x, np.full(5, np.inf), np.array([True, False])).tolist() == [0]


def test_all_choices_are_kept(search):
    space = Space({"a": Float(0, 1), "c": Categorical(["x", "y"])})
    found = search(MultiScale(points=9, coarse=2), space, lambda a, c: a + (c == "x"))
    assert len(found) == 2 * 9
    assert sum(config["c"] == "x" for config, _ in found) == 9


def test_nothing_usable_ends_it(search):
    assert len(search(MultiScale(), PLANE, lambda a, b: np.nan)) == 9


def test_refusals():
    with pytest.raises(InvalidArgument, match="points=3 is below 2 for each of the 2"):
        MultiScale(points=3).init(Problem(PLANE), stream(0))
    with pytest.raises(InvalidArgument, match=r"MultiScale has \d+ points"):
        MultiScale().init(Problem(Space({f"x{i}": Float(0, 1) for i in range(12)})), stream(0))
