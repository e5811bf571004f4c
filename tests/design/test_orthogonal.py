"""Orthogonal arrays: strength, sizes, and samples inside the cells."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.design.orthogonal import (
    bose,
    bush,
    cell_sample,
    is_balanced,
    l18,
    orthogonal_array,
    rao_hamming,
    relabeled,
    strength,
    tang,
    valid_runs,
)
from trimtab.errors import InvalidArgument


def _strength_by_counting(table: np.ndarray, t: int) -> bool:
    """Written apart from the package: count tuples in a dictionary."""
    for columns in combinations(range(table.shape[1]), t):
        seen: dict[tuple[int, ...], int] = {}
        for row in table[:, columns].tolist():
            seen[tuple(row)] = seen.get(tuple(row), 0) + 1
        full = int(np.prod([len(set(table[:, c].tolist())) for c in columns]))
        if len(seen) != full or len(set(seen.values())) != 1:
            return False
    return True


@pytest.mark.parametrize(
    ("n", "s", "columns"),
    [
        *[(4, 2, 3), (8, 2, 7), (12, 2, 11), (16, 2, 15), (9, 3, 4), (18, 3, 7), (27, 3, 13)],
        *[(16, 4, 5), (64, 4, 21), (25, 5, 6), (49, 7, 8), (20, 2, 19)],
    ],
)
def test_named_arrays(n: int, s: int, columns: int) -> None:
    table = orthogonal_array(n, s)
    assert table.shape == (n, columns)
    assert set(np.unique(table)) == set(range(s))
    assert _strength_by_counting(table, 2)
    assert np.array_equal(orthogonal_array(n, s, 2), table[:, :2])


def test_l18_is_mixed() -> None:
    table = l18()
    assert table.shape == (18, 8)
    assert (table.max(axis=0) + 1).tolist() == [2, 3, 3, 3, 3, 3, 3, 3]
    assert _strength_by_counting(table, 2)
    assert strength(table) == 2


@pytest.mark.parametrize("s", [2, 3, 4, 5, 7, 8, 9])
def test_bose(s: int) -> None:
    table = bose(s)
    assert table.shape == (s * s, s + 1)
    assert _strength_by_counting(table, 2)


@pytest.mark.parametrize(("s", "t"), [(2, 3), (3, 3), (4, 3), (5, 3), (3, 4), (4, 4), (7, 1)])
def test_bush(s: int, t: int) -> None:
    table = bush(s, t)
    assert table.shape == (s**t, s + 1)
    assert _strength_by_counting(table, t)
    assert strength(table) >= t


@pytest.mark.parametrize(("s", "k"), [(2, 3), (2, 5), (3, 3), (4, 2), (5, 2), (4, 3)])
def test_rao_hamming_is_saturated(s: int, k: int) -> None:
    table = rao_hamming(s, k)
    assert table.shape == (s**k, (s**k - 1) // (s - 1))
    assert _strength_by_counting(table, 2)


def test_wrong_sizes_name_the_nearest() -> None:
    with pytest.raises(InvalidArgument, match=r"n_runs=10 .*3 levels; the nearest sizes are 9 and"):
        orthogonal_array(10, 3)
    with pytest.raises(InvalidArgument, match=r"n_runs=6 .*the nearest sizes are 4 and 8"):
        orthogonal_array(6, 2)
    with pytest.raises(InvalidArgument, match=r"n_levels=6 .*\[5, 7\]"):
        orthogonal_array(36, 6)
    with pytest.raises(InvalidArgument, match="n_columns=5 is over the 4 that 9 runs allow"):
        orthogonal_array(9, 3, 5)
    with pytest.raises(InvalidArgument, match="t must be between 1 and 3"):
        bush(2, 4)
    assert valid_runs(3)[:4] == (9, 18, 27, 81)


def test_strength_of_what_is_not_an_array() -> None:
    broken = bose(3).copy()
    broken[0, 0] = 1
    assert strength(broken) == 0
    assert not is_balanced(broken, 1)
    assert strength(np.indices((3, 3)).reshape(2, -1).T) == 2
    both = np.column_stack([bose(3)[:, 0], bose(3)[:, 0]])  # a repeated column
    assert strength(both) == 1


def test_relabeling_keeps_the_strength() -> None:
    table = relabeled(bose(4), np.random.default_rng(0))
    assert not np.array_equal(table, bose(4))
    assert _strength_by_counting(table, 2)


@given(st.integers(1, 60), st.integers(1, 4), st.integers(0, 99))
@settings(deadline=None, max_examples=80)
def test_cells_hold_their_point(k: int, d: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(k, size=(20, d))
    x = cell_sample(table, rng, k)
    assert np.array_equal(np.floor(x * k).astype(int), table)
    assert ((x >= 0) & (x < 1)).all()


def test_cell_sample_fills_pairs_of_columns() -> None:
    table = bose(5)
    x = cell_sample(table, np.random.default_rng(2))
    assert np.array_equal(np.floor(x * 5).astype(int), table)
    for i, j in combinations(range(6), 2):
        assert len(np.unique(np.floor(x[:, i] * 5) * 5 + np.floor(x[:, j] * 5))) == 25
    with pytest.raises(InvalidArgument, match="below a level"):
        cell_sample(table, np.random.default_rng(2), 4)


@pytest.mark.parametrize("u", [0.0, np.nextafter(1.0, 0.0)])
def test_cell_sample_at_the_rims(u: float) -> None:
    class Constant:
        def random(self, shape: tuple[int, ...]) -> np.ndarray:
            return np.full(shape, u)

    for k in (*range(1, 400), 10**6):
        table = np.arange(k)[:, None]
        x = cell_sample(table, Constant(), k)  # type: ignore[arg-type]
        assert np.array_equal(np.floor(x * k).astype(int), table)
        assert x.min() >= 0 and x.max() < 1


@pytest.mark.parametrize("is_centered", [True, False])
def test_tang_keeps_both_balances(is_centered: bool) -> None:
    table = rao_hamming(3, 3)
    x = tang(table, np.random.default_rng(0), is_centered)
    assert np.array_equal(np.floor(x * 3).astype(int), table)
    for column in x.T:
        assert sorted(np.floor(column * 27).astype(int)) == list(range(27))
    with pytest.raises(InvalidArgument, match="equally often"):
        tang([[0], [0], [1]], np.random.default_rng(0))
