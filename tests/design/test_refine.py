"""Refinement of grids: boxes, allocations, lattices and cells."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.design.refine import (
    Cells,
    allocate_grid,
    allocate_points,
    axis_points,
    axis_sensitivity,
    box_grid,
    lattice_neighbors,
    level_box,
    one_at_a_time,
    product_rows,
    score_cells,
    split_cell,
    subset_rows,
)
from trimtab.errors import InvalidArgument


@given(st.lists(st.floats(0, 1), min_size=1, max_size=4), st.integers(0, 12), st.floats(0.05, 0.95))
@settings(deadline=None, max_examples=80)
def test_boxes_keep_their_size_and_center(row: list[float], level: int, shrink: float) -> None:
    low, high = level_box(row, level, shrink)
    assert (low >= 0).all() and (high <= 1).all()
    np.testing.assert_allclose(high - low, shrink**level, atol=1e-12)
    assert (low <= np.array(row) + 1e-12).all() and (np.array(row) <= high + 1e-12).all()


@pytest.mark.parametrize("target", [(0.37, 0.81), (0.02, 0.97), (0.5, 0.333)])
def test_coarse_to_fine_closes_in(target: tuple[float, float]) -> None:
    best, regrets, count = np.array([0.5, 0.5]), [], 0
    for level in range(5):
        rows = box_grid(*level_box(best, level, 0.5), [5, 5])
        rows = np.vstack([rows, best])  # the incumbent stays a candidate
        count += len(rows) - 1
        loss = ((rows - target) ** 2).sum(axis=1)
        best = rows[loss.argmin()]
        regrets.append(loss.min())
    assert count == 5 * 25
    assert all(a >= b for a, b in pairwise(regrets))
    assert np.abs(best - target).max() <= 0.5**4 / 4


def test_grid_points() -> None:
    rows = box_grid([0.0, 0.25], [1.0, 0.75], [3, 2])
    expected = [[0, 0.25], [0.5, 0.25], [1, 0.25], [0, 0.75], [0.5, 0.75], [1, 0.75]]
    np.testing.assert_allclose(rows, expected, atol=1e-15)
    assert rows.max() < 1
    assert axis_points(0.2, 0.4, 1).tolist() == pytest.approx([0.3])
    with pytest.raises(InvalidArgument, match=r"low=0\.5 must not be above"):
        axis_points(0.5, 0.4, 2)
    with pytest.raises(InvalidArgument, match="axes give 100000000 rows"):
        product_rows([np.arange(100.0)] * 4)


def test_stages_hold_the_rest_fixed() -> None:
    rows = subset_rows([0.1, 0.2, 0.3], [0, 2], [[0.5, 0.6], [0.7, 0.8]])
    assert rows.tolist() == [[0.5, 0.2, 0.7], [0.6, 0.2, 0.7], [0.5, 0.2, 0.8], [0.6, 0.2, 0.8]]
    sweep = one_at_a_time([0.1, 0.2], [[0.3, 0.4, 0.5], [0.9]])
    assert sweep.tolist() == [[0.3, 0.2], [0.4, 0.2], [0.5, 0.2], [0.1, 0.9]]
    with pytest.raises(InvalidArgument, match="must match"):
        subset_rows([0.1, 0.2], [0], [[0.5], [0.6]])


def test_hierarchy_solves_separable_and_misses_others() -> None:
    axis = np.arange(5) / 5

    def staged(f: object) -> float:
        row = np.zeros(2)
        for column in (0, 1):
            rows = subset_rows(row, [column], [axis])
            row = rows[np.argmin([f(r) for r in rows])]  # type: ignore[operator]
        return float(f(row))  # type: ignore[operator]

    full = product_rows([axis, axis])
    separable = lambda r: (r[0] - 0.6) ** 2 + (r[1] - 0.2) ** 2  # noqa: E731
    valley = lambda r: 10 * (r[0] - r[1]) ** 2 - r[0]  # noqa: E731
    assert staged(separable) == min(separable(r) for r in full)
    assert staged(valley) > min(valley(r) for r in full)


def test_sensitivity_is_the_spread_of_level_means() -> None:
    rows = product_rows([np.linspace(0, 1, 5), np.linspace(0, 1, 5)])
    found = axis_sensitivity(rows, 10 * rows[:, 0] + 0.1 * rows[:, 1])
    spread = np.linspace(0, 1, 5).std()
    np.testing.assert_allclose(found, [10 * spread, 0.1 * spread], rtol=1e-12)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=6), st.integers(0, 60), st.integers(1, 3))
@settings(deadline=None, max_examples=100)
def test_allocations_sum_to_the_budget(sensitivity: list[float], extra: int, least: int) -> None:
    total = least * len(sensitivity) + extra
    points = allocate_points(sensitivity, total, least)
    assert points.sum() == total
    assert (points >= least).all()
    order = np.argsort(sensitivity, kind="stable")
    s = np.array(sensitivity)[order]
    for a, b in pairwise(range(len(s))):
        if s[b] > s[a] * (1 + 1e-9) + 1e-9:
            assert points[order[b]] >= points[order[a]]


def test_allocation_follows_sensitivity() -> None:
    assert allocate_points([10, 0.1], 12).tolist() == [10, 2]
    assert allocate_points([1, 1, 1], 9).tolist() == [3, 3, 3]
    assert allocate_points([0, 0], 7).sum() == 7
    with pytest.raises(InvalidArgument, match="total must be at least 4, got 3"):
        allocate_points([1, 1], 3)
    with pytest.raises(InvalidArgument, match="numbers >= 0"):
        allocate_points([1, -1], 8)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=4), st.integers(1, 300))
@settings(deadline=None, max_examples=60)
def test_grid_allocation_fits_and_cannot_grow(sensitivity: list[float], n_runs: int) -> None:
    points = allocate_grid(sensitivity, n_runs)
    runs = int(points.prod())
    assert 1 <= runs <= n_runs
    share = np.array(sensitivity) if sum(sensitivity) else np.ones(len(sensitivity))
    for j in np.flatnonzero(share / share.sum() > 0):
        assert runs // points[j] * (points[j] + 1) > n_runs


def test_grid_allocation_favors_the_steep_axis() -> None:
    points = allocate_grid([4.0, 1.0], 36)
    assert points[0] > points[1] > 1
    assert allocate_grid([1.0, 0.0], 10).tolist() == [10, 1]


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 4)), min_size=1, max_size=3),
    st.integers(1, 3),
    st.booleans(),
)
@settings(deadline=None, max_examples=80)
def test_neighbors_equal_brute_force(
    axes: list[tuple[int, int]], radius: int, has_diagonals: bool
) -> None:
    counts = [c for c, _ in axes]
    level = [a % c for c, a in axes]
    expected = []
    for p in product(*map(range, counts)):
        steps = [abs(a - b) for a, b in zip(p, level, strict=True)]
        distance = max(steps) if has_diagonals else sum(steps)
        if 0 < distance <= radius:
            expected.append(list(p))
    assert lattice_neighbors(level, counts, radius, has_diagonals).tolist() == expected


def test_neighbors_outside_are_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"level=\[5\] must lie in the lattice \[5\]"):
        lattice_neighbors([5], [5])


def _unit(d: int, value: float) -> Cells:
    return Cells(np.zeros((1, d)), np.ones((1, d)), np.array([value]))


def test_cells_tile_the_cube() -> None:
    cells = _unit(2, 1.0)
    for step in range(6):
        center = cells.centers()[step % len(cells.value)]
        cells = split_cell(cells, step % len(cells.value))
        assert np.abs(cells.centers() - center).max(axis=1).min() < 1e-12  # middle is kept
    volume = (cells.high - cells.low).prod(axis=1)
    assert volume.sum() == pytest.approx(1)
    assert len(cells.value) == 13
    assert np.isnan(split_cell(_unit(1, 2.0), 0).value).tolist() == [True, False, True]


def test_scores_favor_good_rough_and_large_cells() -> None:
    edges = np.array([0, 0.25, 0.5, 0.75, 1.0])
    cells = Cells(edges[:-1, None], edges[1:, None], np.array([0.0, 1.0, 1.0, np.nan]))
    score = score_cells(cells)
    assert score[3] == 0
    assert score[0] > score[1] > score[2] > 0
    wide = Cells(np.array([[0.0], [0.8]]), np.array([[0.8], [1.0]]), np.array([1.0, 1.0]))
    flat = score_cells(wide, variation=0.0)
    assert flat[0] > flat[1]


@pytest.mark.parametrize("peak", [0.2, 0.63, 0.87])
def test_adaptive_cells_crowd_into_the_peak(peak: float) -> None:
    def f(x: np.ndarray) -> np.ndarray:
        return -np.exp(-(((x - peak) / 0.05) ** 2))

    cells, count = _unit(1, float(f(np.array(0.5)))), 1
    while count < 41:
        cells = split_cell(cells, int(score_cells(cells).argmax()))
        new = np.isnan(cells.value)
        count += int(new.sum())
        cells = Cells(cells.low, cells.high, np.where(new, f(cells.centers()[:, 0]), cells.value))
    ours = (np.abs(cells.centers()[:, 0] - peak) < 0.05).sum()
    uniform = (np.abs((np.arange(41) + 0.5) / 41 - peak) < 0.05).sum()
    assert ours >= 3 * uniform
