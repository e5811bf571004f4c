"""Numbers and choices of a space, and the tags that name their noise."""

import numpy as np
import pytest

from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space
from trimtab.variation.layout import Layout, generation_of, new_tags

SPACE = Space(
    {
        "a": Float(0, 1),
        "c": Categorical(["x", "y", "z"], weights=[1, 2, 1]),
        "n": Int(1, 100, log=True),
        "m": Float(0, 1).when(c="x"),
    }
)
LAYOUT = Layout(SPACE)


def test_columns():
    assert LAYOUT.numeric.tolist() == [0, 2, 3]
    assert LAYOUT.choice.tolist() == [1]
    assert LAYOUT.is_indexed.tolist() == [False, True, False]
    assert LAYOUT.weights.tolist() == [[0.25, 0.5, 0.25]]


def test_edges_are_where_values_change():
    edges = LAYOUT.edges[1]
    assert len(edges) == 99 and len(LAYOUT.edges[0]) == 0
    domain = SPACE.domains["n"]
    assert np.array_equal(domain.from_unit(edges - 1e-9), np.arange(99.0))
    assert np.array_equal(domain.from_unit(edges + 1e-9), np.arange(1.0, 100.0))


def test_rows_and_back():
    x, picks = np.array([[-0.2, 1.4, 0.5], [0.3, 0.7, 0.5]]), np.array([[0], [2]])
    rows = LAYOUT.rows(x, picks)
    assert rows[:, 0] == pytest.approx([0.2, 0.3])  # folded
    assert rows[:, 2].tolist() == [1.0, 0.7]  # clipped
    shown = SPACE.to_unit(SPACE.from_unit(rows))
    _, found = LAYOUT.split(shown)
    assert np.array_equal(found, picks)
    assert np.isnan(shown[1, 3])
    for row, seen in zip(rows, shown, strict=True):
        assert LAYOUT.agrees(row, seen)
    assert not LAYOUT.agrees(rows[0], shown[1])
    assert not LAYOUT.agrees(rows[1], np.where(np.arange(4) == 2, shown[0], shown[1]))


def test_inactive_choices_are_minus_one():
    space = Space({"a": Categorical(["p", "q"]), "b": Categorical(["r", "s"]).when(a="p")})
    rows = space.to_unit(space.from_unit(np.array([[0.75, 0.5], [0.25, 0.75]])))
    assert Layout(space).split(rows)[1].tolist() == [[1, -1], [0, 1]]


def test_tags_name_generation_and_noise():
    tags = new_tags(7, 50, np.random.default_rng(0))
    assert {generation_of(t) for t in tags.tolist()} == {7}
    assert len(set(tags.tolist())) == 50
    assert generation_of(-1) == -1
    z, u = LAYOUT.noise(3, int(tags[0]))
    again, _ = LAYOUT.noise(3, int(tags[0]))
    other, _ = LAYOUT.noise(3, int(tags[1]))
    assert np.array_equal(z, again) and not np.array_equal(z, other)
    assert z.shape == (3,) and u.shape == (1,)
