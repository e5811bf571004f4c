"""Natural evolution strategies: their formulas and their convergence."""

import numpy as np
import pytest
from scipy.linalg import expm

from trimtab.core.history import History
from trimtab.core.problem import Problem
from trimtab.core.protocols import Request
from trimtab.rng import ASK, INIT, stream
from trimtab.sampler.natural_es import (
    NaturalES,
    adam,
    centered_ranks,
    snes_step,
    utilities,
    xnes_step,
)
from trimtab.space.domain import Categorical, Float
from trimtab.space.space import Space

BOX = Space({f"x{i}": Float(-5, 5) for i in range(4)})
NOTHING = History(()).batch(np.empty(0, np.int64))


def sphere(**x):
    return float(sum((v - 1) ** 2 for v in x.values()))


def test_utilities_by_hand():
    u = utilities(4)
    raw = np.array([np.log(3), np.log(3) - np.log(2), 0, 0])
    assert u == pytest.approx(raw / raw.sum() - 0.25)
    assert centered_ranks(3).tolist() == [0.5, 0.0, -0.5]


def test_xnes_step_is_the_matrix_exponential():
    rng = np.random.default_rng(0)
    z, u, shape = rng.standard_normal((6, 3)), utilities(6), rng.standard_normal((3, 3))
    slope = sum(w * (np.outer(a, a) - np.eye(3)) for w, a in zip(u, z, strict=True))
    size = np.trace(slope) / 3
    mean, sigma, found = xnes_step(np.zeros(3), 0.2, shape, u, z, 0.3)
    assert mean == pytest.approx(0.2 * shape @ (u @ z))
    assert sigma == pytest.approx(0.2 * np.exp(0.15 * size))
    assert np.allclose(found, shape @ expm(0.15 * (slope - size * np.eye(3))))


def test_snes_step_by_hand():
    mean, spread = snes_step(
        np.array([0.5]), np.array([0.2]), np.array([0.6, -0.6]), np.array([[2.0], [1.0]]), 0.5
    )
    assert mean == pytest.approx([0.5 + 0.2 * 0.6])
    assert spread == pytest.approx([0.2 * np.exp(0.25 * 0.6 * 3)])


def test_adam_begins_with_a_full_step():
    none = (np.zeros(2), np.zeros(2))
    mean, _ = adam(np.zeros(2), np.array([3.0, -0.01]), none, 0, 0.02)
    assert mean == pytest.approx([0.02, -0.02], rel=1e-4)


@pytest.mark.parametrize(
    ("sampler", "n", "target"),
    [
        (NaturalES("xnes"), 1500, 1e-4),
        (NaturalES("snes"), 900, 1e-4),
        (NaturalES("openai"), 1200, 0.3),
    ],
)
def test_sphere(search, sampler, n, target):
    assert min(v for _, v in search(sampler, BOX, sphere, n)) < target


def test_openai_sends_mirror_images():
    sampler = NaturalES("openai")
    state = sampler.init(Problem(BOX), stream(0, INIT))
    x = sampler.ask(state, Request(6, NOTHING, stream(0, ASK))).x
    assert np.allclose(x[0::2] + x[1::2], 1.0)
    assert len(np.unique(x, axis=0)) == 6


def test_choices_are_found(search):
    space = Space({f"c{j}": Categorical(list("abc")) for j in range(3)} | {"x": Float(-5, 5)})

    def f(x, **c):
        return x * x + sum(v != "b" for v in c.values())

    assert min(v for _, v in search(NaturalES("snes"), space, f, 400)) < 0.05
