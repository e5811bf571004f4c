"""Latin hypercubes, strata and pairs: balance laws and closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from trimtab.design.discrepancy import centered
from trimtab.design.filling import (
    antithetic,
    jittered_grid,
    latin_hypercube,
    maximin_latin_hypercube,
    min_distance,
    orthogonal_latin_hypercube,
    phi_p,
    stratified,
)
from trimtab.design.orthogonal import is_balanced
from trimtab.errors import InvalidArgument


def _is_latin(x: np.ndarray) -> bool:
    n = len(x)
    return all(sorted(np.floor(c * n).astype(int)) == list(range(n)) for c in x.T)


@given(st.integers(1, 40), st.integers(1, 6), st.booleans(), st.integers(0, 99))
@settings(deadline=None, max_examples=80)
def test_one_row_per_stratum(n: int, d: int, is_centered: bool, seed: int) -> None:
    x = latin_hypercube(n, d, np.random.default_rng(seed), is_centered)
    assert x.shape == (n, d)
    assert _is_latin(x)
    if is_centered:
        np.testing.assert_allclose((x * n) % 1, 0.5, atol=1e-9)


def test_same_generator_same_rows() -> None:
    a, b, c = (latin_hypercube(9, 2, np.random.default_rng(s)) for s in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_columns_are_independent_and_rows_uniform() -> None:
    rng = np.random.default_rng(3)
    first = np.array([latin_hypercube(5, 2, rng)[0] for _ in range(2000)])
    assert abs(np.corrcoef(first.T)[0, 1]) < 0.08
    np.testing.assert_allclose(np.histogram(first, bins=4, range=(0, 1))[0], 1000, atol=130)


def test_lower_discrepancy_than_random() -> None:
    rng = np.random.default_rng(0)
    assert centered(latin_hypercube(256, 5, rng)) < centered(rng.random((256, 5))) / 2


@given(st.integers(1, 12), st.integers(1, 6), st.integers(1, 4), st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_strata_hold_equally_many(k: int, times: int, d: int, seed: int) -> None:
    x = stratified(k * times, d, k, np.random.default_rng(seed))
    for column in x.T:
        assert np.bincount(np.floor(column * k).astype(int), minlength=k).tolist() == [times] * k


def test_strata_must_divide() -> None:
    with pytest.raises(InvalidArgument, match="k=4 strata need n to be a multiple of k, got n=10"):
        stratified(10, 2, 4, np.random.default_rng(0))


def test_stratified_mean_of_x_has_little_variance() -> None:
    rng = np.random.default_rng(5)
    means = [stratified(64, 1, 64, rng).mean() for _ in range(400)]
    plain = 1 / 12 / 64
    assert np.var(means) < plain / 100
    assert np.var(means) == pytest.approx(plain / 64**2, rel=0.25)


def test_jittered_grid_fills_each_cell() -> None:
    x = jittered_grid(4, 3, np.random.default_rng(0))
    cells = np.floor(x * 4).astype(int)
    assert cells.tolist() == np.indices((4, 4, 4)).reshape(3, -1).T.tolist()
    with pytest.raises(InvalidArgument, match="too many"):
        jittered_grid(100, 10, np.random.default_rng(0))


@pytest.mark.parametrize(("p", "d"), [(3, 4), (4, 5), (5, 3), (7, 8), (8, 2)])
@pytest.mark.parametrize("is_centered", [True, False])
def test_strength_two(p: int, d: int, is_centered: bool) -> None:
    x = orthogonal_latin_hypercube(p, d, np.random.default_rng(p), is_centered)
    assert x.shape == (p * p, d)
    assert _is_latin(x)
    assert is_balanced(np.floor(x * p).astype(int), 2)


def test_strength_two_limits() -> None:
    with pytest.raises(InvalidArgument, match="prime power, got 6"):
        orthogonal_latin_hypercube(6, 3, np.random.default_rng(0))
    with pytest.raises(InvalidArgument, match="n_columns=5 is over the 4"):
        orthogonal_latin_hypercube(3, 5, np.random.default_rng(0))


def test_maximin_is_latin_and_better_spread() -> None:
    rng = np.random.default_rng(0)
    ours = [maximin_latin_hypercube(20, 3, rng, True, n_starts=2, n_swaps=300) for _ in range(3)]
    plain = [min_distance(latin_hypercube(20, 3, rng, True)) for _ in range(50)]
    assert all(_is_latin(x) for x in ours)
    assert min(min_distance(x) for x in ours) > max(plain)


def test_maximin_finds_the_best_small_hypercube() -> None:
    x = maximin_latin_hypercube(4, 2, np.random.default_rng(1), True, n_swaps=200)
    assert min_distance(x) == pytest.approx(np.sqrt(5) / 4)  # the best of all 4! permutations
    for n in (1, 2):
        assert _is_latin(maximin_latin_hypercube(n, 2, np.random.default_rng(1)))


def test_distances() -> None:
    x = np.random.default_rng(0).random((12, 3))
    assert min_distance(x) == pytest.approx(pdist(x).min(), rel=1e-12)
    assert phi_p(x) == pytest.approx((pdist(x) ** -15.0).sum() ** (1 / 15), rel=1e-12)
    assert phi_p([[0.5, 0.5], [0.5, 0.5]]) == np.inf
    assert phi_p([[0.5]]) == 0.0
    with pytest.raises(InvalidArgument, match="two rows"):
        min_distance([[0.5]])


def test_antithetic_pairs() -> None:
    u = np.random.default_rng(0).random((50, 2))
    pairs = antithetic(u)
    assert pairs.shape == (100, 2)
    assert np.array_equal(pairs[::2], u)
    assert np.corrcoef(pairs[::2, 0], pairs[1::2, 0])[0, 1] == pytest.approx(-1.0, abs=1e-12)
    assert antithetic([[0.0]]).max() < 1.0
