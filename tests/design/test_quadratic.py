"""Quadratic models: exact where the points determine one, the flattest where they do not, and their least."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from trimtab.design.quadratic import Quadratic, fitted, least_step, n_terms


def quadratic(rng, d, k=1):
    a = rng.standard_normal((k, d, d))
    bend = a + a.transpose(0, 2, 1)
    return Quadratic(rng.standard_normal(k), rng.standard_normal((k, d)), bend)


@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 3), st.integers(0, 8))
@settings(deadline=None, max_examples=60)
def test_a_quadratic_is_found_again(seed, d, k, more):
    rng = np.random.default_rng(seed)
    truth = quadratic(rng, d, k)
    steps = rng.uniform(-1, 1, (2 * n_terms(d) + more, d))
    found = fitted(steps, truth(steps))
    assert np.allclose(found.value, truth.value, atol=1e-8)
    assert np.allclose(found.slope, truth.slope, atol=1e-8)
    assert np.allclose(found.bend, truth.bend, atol=1e-7)


def test_few_points_are_met_with_the_flattest_hessian():
    """Against a general solver for min |H|² subject to interpolation."""
    rng = np.random.default_rng(4)
    steps, y = rng.uniform(-1, 1, (4, 2)), rng.standard_normal((4, 1))
    found = fitted(steps, y)
    assert np.allclose(found(steps), y, atol=1e-10)

    def of(p):
        return Quadratic(p[:1], p[None, 1:3], np.array([[[p[3], p[4]], [p[4], p[5]]]]))

    meets = {"type": "eq", "fun": lambda p: (of(p)(steps) - y).ravel()}
    options = {"ftol": 1e-14, "maxiter": 500}
    best = minimize(
        lambda p: (of(p).bend ** 2).sum(), np.zeros(6), constraints=meets, options=options
    )
    assert np.allclose(found.bend, of(best.x).bend, atol=1e-5)
    plane = fitted(steps, 3 + steps @ [[1.0], [-2.0]])
    assert np.allclose(plane.bend, 0, atol=1e-10)


def test_points_that_determine_nothing():
    rng = np.random.default_rng(0)
    assert fitted(rng.random((3, 2)), np.ones((3, 1))) is None
    line = np.outer(np.linspace(-1, 1, 9), [1.0, 2.0])
    assert fitted(line, np.ones((9, 1))) is None


def test_slopes_by_differences():
    model = quadratic(np.random.default_rng(1), 3, 2)
    s, h = np.array([0.3, -0.2, 0.7]), 1e-6
    for j, e in enumerate(np.eye(3) * h):
        change = (model((s + e)[None]) - model((s - e)[None]))[0] / (2 * h)
        assert model.gradient(s)[:, j] == pytest.approx(change, abs=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_the_least_step_in_a_box_is_that_of_a_grid(seed):
    model = quadratic(np.random.default_rng(seed), 2)
    convex = Quadratic(model.value, model.slope, np.array([np.diag([2.0, 1.0 + seed])]))
    low, high = np.array([-0.4, -1.0]), np.array([1.0, 0.2])
    found = least_step(convex, low, high)
    a, b = np.meshgrid(np.linspace(-0.4, 1, 401), np.linspace(-1, 0.2, 401))
    values = convex(np.column_stack([a.ravel(), b.ravel()]))
    assert convex(found[None])[0, 0] <= values.min() + 1e-9
    assert (found >= low).all() and (found <= high).all()


def test_constraints_are_kept():
    """x² + y² least where x + y >= 1: at (.5, .5)."""
    flat = np.zeros((2, 2))
    slope = np.array([[0.0, 0.0], [-1.0, -1.0]])
    model = Quadratic(np.array([0.0, 1.0]), slope, np.array([2 * np.eye(2), flat]))
    assert least_step(model, -np.ones(2), np.ones(2)) == pytest.approx([0.5, 0.5], abs=1e-6)
