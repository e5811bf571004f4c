"""Pattern search along sets of directions; what makes a set span."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.problem import Problem
from trimtab.design.spanning import axes, cosine_measure, minimal, regular, spans
from trimtab.errors import InvalidArgument
from trimtab.rng import stream
from trimtab.sampler.compass import Compass
from trimtab.sampler.pattern import Pattern
from trimtab.space.domain import Float
from trimtab.space.space import Space

SQUARE = Space({"x": Float(0, 1), "y": Float(0, 1)})


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_the_sets_span(d):  # PAT-02
    for rows in (axes(d), minimal(d), regular(d)):
        assert spans(rows)
        for left_out in range(len(rows)):
            rest = np.delete(rows, left_out, axis=0)
            assert not (spans(rest) if len(rest) else False)


def test_cosine_measures():  # PAT-02
    assert cosine_measure(axes(2)) == pytest.approx(1 / np.sqrt(2), abs=1e-12)
    assert cosine_measure(axes(4)) == pytest.approx(0.5, abs=1e-12)
    assert cosine_measure(regular(3)) == pytest.approx(1 / 3, abs=1e-12)
    assert cosine_measure(minimal(2)) < cosine_measure(regular(2)) == pytest.approx(0.5)
    assert cosine_measure([[1, 0], [0, 1]]) <= 0


@given(st.integers(0, 10**6), st.integers(3, 7))
@settings(deadline=None, max_examples=60)
def test_the_cosine_measure_is_the_least_over_the_circle(seed, k):
    rows = np.random.default_rng(seed).standard_normal((k, 2))
    angles = np.linspace(0, 2 * np.pi, 20001)
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    unit = rows / np.linalg.norm(rows, axis=1)[:, None]
    least = (circle @ unit.T).max(axis=1).min()
    assert cosine_measure(rows) == pytest.approx(least, abs=2e-3)
    if abs(least) > 1e-2:
        assert spans(rows) == (least > 0)


@pytest.mark.parametrize("rows", [[[1, 0], [0, 1]], [[1, 0], [-1, 0]], [[1, 1], [0, 0], [-1, -1]]])
def test_a_set_that_does_not_span(rows):  # PAT-02
    with pytest.raises(InvalidArgument, match="positively span"):
        Pattern(rows)


@pytest.mark.parametrize("rows", [3, [[1, "a"]], [[np.nan, 1.0]], "axis", None])
def test_no_set_at_all(rows):
    with pytest.raises(InvalidArgument, match="directions"):
        Pattern(rows)


def test_directions_of_another_length():
    with pytest.raises(InvalidArgument, match="3 numbers each"):
        Pattern(axes(3).tolist()).init(Problem(SQUARE), stream(0))


@pytest.mark.parametrize("directions", ["axes", "minimal", "regular", [[1, 0], [-1, 2], [-1, -3]]])
def test_quadratic(play, directions):
    f = lambda c: float((c[0] - 0.31) ** 2 + 3 * (c[1] - 0.77) ** 2)  # noqa: E731
    run = play(Pattern(directions), SQUARE, f, 200)
    assert min(run.y) < 1e-6


def test_steps_grow_and_shrink_by_hand(play):
    space = Space({"x": Float(0, 1)})
    run = play(Pattern(start={"x": 0.1}, step=0.1, expand=2.0), space, lambda c: -float(c[0]), 5)
    assert np.allclose(np.ravel(run.x), [0.1, 0.2, 0.4, 0.8, 1.0])


def test_without_expansion_it_is_compass_search(play):
    f = lambda c: float(np.abs(c - 0.3).sum())  # noqa: E731
    a, b = (play(s, SQUARE, f, 60) for s in (Pattern(expand=1.0), Compass()))
    assert np.array_equal(a.x, b.x)
