"""Van der Corput as a sampler: one base for each parameter."""

import numpy as np
import pytest

from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.rng import stream
from trimtab.sampler.halton import Halton
from trimtab.sampler.van_der_corput import VanDerCorput
from trimtab.space.domain import Float
from trimtab.space.space import Space

LINE = Space({"a": Float(0, 1)})
PLANE = Space({"a": Float(0, 1), "b": Float(0, 1)})


def test_golden(rows):  # QMC-03
    x = rows(VanDerCorput(), LINE, 8)[:, 0]
    assert x.tolist() == [0, 0.5, 0.25, 0.75, 0.125, 0.625, 0.375, 0.875]


def test_any_base_and_skip(rows):
    x = rows(VanDerCorput(bases=(10,), skip=1), LINE, 3)[:, 0]
    assert np.allclose(x, [0.1, 0.2, 0.3])


def test_default_bases_make_it_halton(rows):
    assert np.array_equal(rows(VanDerCorput(), PLANE, 20), rows(Halton(scramble=False), PLANE, 20))


def test_scrambled_columns_are_stratified_and_differ(rows):
    x = rows(VanDerCorput(scramble=True), PLANE, 36)
    assert np.array_equal(np.sort(np.floor(x[:32, 0] * 32)), np.arange(32))
    assert np.array_equal(np.sort(np.floor(x[:27, 1] * 27)), np.arange(27))


def test_common_factors_are_refused():
    with pytest.raises(InvalidArgument, match=r"bases=.* hold 4 and 6"):
        VanDerCorput(bases=(4, 6))


def test_one_base_for_each_parameter():
    with pytest.raises(Unsupported, match="2 parameters; give one base for each, or use Halton"):
        VanDerCorput(bases=(2,)).init(Problem(PLANE), stream(0))
