"""MADS: its mesh and directions, kinks where compass search stalls, constraints by barriers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab
from trimtab.bench.function import gramacy, task
from trimtab.design.barrier import DOMINATED, FAILED, IMPROVED, open_barrier, settled, verdict
from trimtab.design.ortho import adjusted_halton, householder, ortho_directions
from trimtab.design.spanning import spans
from trimtab.errors import InvalidArgument
from trimtab.sampler.mads import MADS, local_model
from trimtab.space.domain import Float
from trimtab.space.space import Space

SQUARE = Space({"x": Float(-2, 2), "y": Float(-2, 2)})


def kink(c):
    return 0.5 * max((c[0] - 1) ** 2 + (c[1] + 1) ** 2, (c[0] + 1) ** 2 + (c[1] - 1) ** 2)


@given(st.integers(1, 500), st.integers(0, 20), st.integers(1, 6))
@settings(deadline=None, max_examples=80)
def test_directions_are_integer_orthogonal_and_span(t, level, d):  # PAT-04
    q = adjusted_halton(t, level, d)
    assert np.array_equal(q, np.rint(q))
    assert 1 <= q @ q <= 2**level
    h = householder(q)
    assert np.array_equal(h @ h.T, (q @ q) ** 2 * np.eye(d))
    rows = ortho_directions(t, level, d)
    assert np.array_equal(rows, np.rint(rows))
    assert np.linalg.norm(rows, axis=1).max() <= 2**level
    assert spans(rows)


def test_directions_become_dense():
    rows = np.vstack([ortho_directions(t + 3, 12, 2) for t in range(200)])
    angles = np.sort(np.arctan2(rows[:, 1], rows[:, 0]))
    assert np.diff(angles).max() < 0.1


def test_trial_points_lie_on_the_mesh(play):  # PAT-04
    space = Space({"x": Float(0, 1), "y": Float(0, 1)})
    run = play(MADS(n_starts=1), space, lambda c: float(np.sum((c - 0.43) ** 2)), 1)
    while len(run.y) < 60:
        state = run.state
        assert state.mesh_size == 0.25 * min(2.0**-state.level, 4.0**-state.level)
        assert state.poll_size == 0.25 * 2.0**-state.level
        steps = (state.field.round.x - state.barrier.x) / state.mesh_size
        inside = (state.field.round.x > 0) & (state.field.round.x < 1)
        assert np.allclose(steps[inside], np.rint(steps[inside]), atol=1e-6)
        run.go(len(run.y) + 1)


@pytest.mark.parametrize(("model", "off"), [(True, 1e-6), (False, 2e-3)])
def test_a_kink_where_compass_search_stalls(play, model, off):
    """PAT-03: to 1, where a compass search ends at 1.25."""
    run = play(MADS(start={"x": 0.5, "y": 0.5}, model=model), SQUARE, kink, 400)
    assert min(run.y) == pytest.approx(1.0, abs=off)


def test_models_find_the_end_of_a_valley(play):
    def valley(c):
        return float(100 * (c[1] - c[0] ** 2) ** 2 + (1 - c[0]) ** 2)

    with_models, without = (
        min(play(MADS(start={"x": -1.2, "y": 1.0}, model=model), SQUARE, valley, 200).y)
        for model in (True, False)
    )
    assert with_models < without / 100


def test_models_need_enough_usable_results(play):
    run = play(MADS(start={"x": 0.5, "y": 0.5}), SQUARE, kink, 1)
    assert local_model(run.state, run.state.barrier.x) is None
    run.tell(np.array([0.6, 0.6]), np.array([np.nan, np.nan]), -1)
    assert len(run.state.rows) == 1
    run.go(12)
    assert local_model(run.state, run.state.barrier.x) is not None


def test_the_last_poll_is_a_certificate(play):  # PAT-06
    run = play(MADS(start={"x": 0.5, "y": 0.5}, n_starts=1, least_step=1e-4), SQUARE, kink, 1000)
    state = run.state
    assert state.is_over
    assert state.poll_size / 2 < 1e-4
    again = [kink(codes) for codes in SQUARE.from_unit(state.field.round.x)]
    assert len(again) >= 4
    assert min(again) >= state.barrier.y == min(run.y)


@pytest.mark.parametrize("barrier", ["progressive", "extreme"])
def test_constraints(barrier):
    """PAT-05, CON-07: Gramacy's problem, 400 evaluations: .5998 within 1e-3."""
    problem = task("gramacy")
    study = trimtab.create_study(problem.space, sampler=MADS(barrier=barrier), seed=0)
    study.optimize(problem, 400, progress=False)
    assert study.best_value == pytest.approx(0.5997879, abs=1e-5)
    assert max(study.best.constraints) <= 0


@pytest.mark.slow
def test_constraints_from_anywhere(play):
    """PAT-05: from random starts too, for most of them."""
    space = Space({"x0": Float(0, 1), "x1": Float(0, 1)})

    def f(u):
        result = gramacy(u)
        best.append(result.values if max(result.constraints) <= 0 else np.inf)
        return float(result.values), [float(c) for c in result.constraints]

    found = []
    for seed in range(10):
        start, best = np.random.default_rng(seed).random(2), []
        play(MADS(start={"x0": float(start[0]), "x1": float(start[1])}), space, f, 400, seed=seed)
        found.append(min(best))
    assert np.median(found) == pytest.approx(0.5997879, abs=1e-3)


def test_only_infeasible_starts(play):
    run = play(
        MADS(), SQUARE, lambda c: (float(c[0] ** 2 + c[1] ** 2), [1.5 - c[0], 0.5 - c[1]]), 200
    )
    assert run.state.best == pytest.approx(2.5, abs=0.01)


def row(*values):
    return np.array(values, float)


def test_verdicts_by_hand():
    b = open_barrier(1, is_progressive=True)
    assert b.is_empty
    assert verdict(b, row(5), row(0)) == DOMINATED
    b = settled(b, row(0.5)[:, None], row(5), row(0))
    assert b.y == 5
    b = settled(b, row(0.2)[:, None], row(1), row(4))  # infeasible, and better
    assert b.outer_y[b.outer] == 1
    assert verdict(b, row(np.nan), row(np.nan)) == FAILED
    assert verdict(b, row(0.5), row(3)) == DOMINATED
    assert verdict(b, row(2.0), row(3)) == IMPROVED
    assert verdict(b, row(0.5), row(5)) == FAILED
    assert verdict(b, row(6), row(0)) == FAILED
    b = settled(b, row(0.3, 0.4)[:, None], row(2, 3), row(3, 1))
    assert b.h_max == 3  # the largest violation below that of the incumbent
    assert b.outer_y[b.outer] == 2


def test_the_extreme_barrier_lets_nothing_infeasible_in():
    b = open_barrier(1, is_progressive=False)
    assert verdict(b, row(-9), row(0.1)) == FAILED
    assert settled(b, row(0.5)[:, None], row(-9), row(0.1)).is_empty


def test_the_whole_poll_may_be_tried_at_once(play):
    run = play(MADS(), SQUARE, lambda c: float(np.sum((c - 0.3) ** 2)), 1)
    found = run.ask(6)
    assert len(np.unique(found.x, axis=0)) == 6
    assert (found.tag[:4] >= 0).all()
    assert found.tag[4:].tolist() == [-1, -1]


@pytest.mark.parametrize(
    "bad", [{"step": 0}, {"barrier": "soft"}, {"n_starts": 0}, {"start": 3}, {"model": 1}]
)
def test_refusals(bad):
    with pytest.raises(InvalidArgument, match=next(iter(bad))):
        MADS(**bad)
