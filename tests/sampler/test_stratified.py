"""Balanced strata, block by block."""

import numpy as np
import pytest

from trimtab.errors import InvalidArgument
from trimtab.sampler.random import Random
from trimtab.sampler.stratified import Stratified
from trimtab.space.domain import Categorical, Float
from trimtab.space.space import Space

PLANE = Space({"a": Float(0, 1), "b": Float(0, 1)})


def test_exactly_n_over_k_in_each_stratum(rows):  # RND-11
    x = rows(Stratified(strata=4, n=12), PLANE, 36)
    for block in x.reshape(3, 12, 2):
        for column in block.T:
            assert np.bincount(np.floor(column * 4).astype(int)).tolist() == [3, 3, 3, 3]


def test_the_mean_is_far_less_noisy(rows):  # RND-11: 1/64**2 of plain sampling's variance
    def variance(sampler):
        return np.var([rows(sampler, PLANE, 64, seed=s)[:, 0].mean() for s in range(60)])

    assert variance(Stratified(strata=64)) < variance(Random()) / 100


def test_choices_are_balanced(configs):
    space = Space({"a": Categorical(["x", "y"]), "b": Float(0, 1)})
    found = [c["a"] for c in configs(Stratified(strata=4), space, 8)]
    assert found.count("x") == 4


def test_blocks_do_not_depend_on_how_they_are_asked_for(rows):
    whole = rows(Stratified(strata=3), PLANE, 10)
    assert np.array_equal(rows(Stratified(strata=3), PLANE, 4, start=5), whole[5:9])


def test_n_is_a_multiple():
    with pytest.raises(InvalidArgument, match="n=10 is not a multiple of strata=4; use n=12"):
        Stratified(strata=4, n=10)
