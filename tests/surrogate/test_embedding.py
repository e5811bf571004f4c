import numpy as np
import pytest

from trimtab.space.domain import Categorical, Float, Int, Ordinal
from trimtab.space.space import Space
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.stationary import matern, squared_distance

SPACE = Space(
    {
        "lr": Float(1e-5, 1, log=True),
        "opt": Categorical(["sgd", "adam", "rms"], weights=[5, 1, 2]),
        "momentum": Float(0, 1).when(opt="sgd"),
        "kind": Categorical(["a", "b"]).when(opt="adam"),
        "depth": Int(1, 8),
        "size": Ordinal(["s", "m", "l"]).when("depth > 2"),
    }
)


def rows(n, seed=0):
    return SPACE.to_unit(SPACE.from_unit(np.random.default_rng(seed).random((n, len(SPACE)))))


def at(**config):
    return SPACE.to_unit(SPACE.codes(config)[None])


def test_distances_are_what_the_docstring_says():
    embed = embedding_of(SPACE)
    base = {"lr": 0.1, "opt": "rms", "depth": 1}
    here = embed(at(**base))
    adam = embed(at(**{**base, "opt": "adam"}, kind="a"))
    assert squared_distance(here, here)[0, 0] == 0
    assert squared_distance(here, adam)[0, 0] == pytest.approx(
        1 + 1
    )  # opt, and kind is switched on
    other = embed(at(**{**base, "opt": "adam"}, kind="b"))
    assert squared_distance(adam, other)[0, 0] == pytest.approx(1)
    sgd = embed(at(**{**base, "opt": "sgd"}, momentum=0.9))
    assert squared_distance(here, sgd)[0, 0] == pytest.approx(1 + 1 + 0.4**2)
    deep = embed(at(**{**base, "lr": 0.01}))
    assert squared_distance(here, deep)[0, 0] == pytest.approx(0.2**2)


def test_kernel_on_mixed_rows_is_positive_semidefinite():  # GPM-20
    z = embedding_of(SPACE)(rows(200))
    scales = np.random.default_rng(1).uniform(0.1, 2, len(SPACE))
    matrix = matern(2.5, scales, embedding_of(SPACE).group)(z)
    assert np.linalg.eigvalsh(matrix).min() > -1e-10


def test_constant_within_a_cell():  # GPM-20
    embed, x = embedding_of(SPACE), rows(20)
    x[:, 4] = 0.51
    near = x.copy()
    near[:, 4] = 0.6
    same = [SPACE.to_unit(SPACE.from_unit(r)) for r in (x, near)]
    assert np.array_equal(embed(same[0]), embed(same[1]))


def test_slopes_go_back_to_numeric_columns_only():
    embed, x = embedding_of(SPACE), rows(30)
    weight = np.random.default_rng(2).standard_normal(embed(x).shape)
    slope = embed.back(weight, x)
    assert np.array_equal(embed.is_numeric, [True, False, True, False, True, True])
    assert not slope[:, ~embed.is_numeric].any()
    assert not slope[np.isnan(x)].any()
    h = 1e-6
    for j in np.flatnonzero(embed.is_numeric):
        moved = x.copy()
        moved[:, j] += h
        assert np.sum(weight * (embed(moved) - embed(x)), axis=1) / h == pytest.approx(slope[:, j])
