"""Antithetic pairs."""

import numpy as np

from trimtab.sampler.antithetic import Antithetic
from trimtab.space.domain import Float
from trimtab.space.space import Space

PLANE = Space({"a": Float(0, 1), "b": Float(0, 1)})


def test_every_second_row_is_the_mirror(rows):  # RND-12
    x = rows(Antithetic(), PLANE, 40)
    assert np.allclose(x[0::2] + x[1::2], 1, rtol=0, atol=1e-15)
    assert np.corrcoef(x[0::2, 0], x[1::2, 0])[0, 1] < -0.999999


def test_linear_pair_means_are_exact(rows):
    x = rows(Antithetic(), PLANE, 40) @ [3.0, -1.0]
    assert np.allclose((x[0::2] + x[1::2]) / 2, 1.0)


def test_odd_starts_and_counts(rows):
    whole = rows(Antithetic(), PLANE, 12)
    for start, n in [(0, 1), (1, 1), (1, 2), (3, 4), (4, 3), (5, 7), (6, 0)]:
        assert np.array_equal(rows(Antithetic(), PLANE, n, start), whole[start : start + n])
