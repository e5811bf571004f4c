"""The knowledge gradient against draws, quadrature and differences."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from trimtab.acquisition.knowledge_gradient import (
    KnowledgeGradient,
    expected_least,
    lower_envelope,
)
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.stationary import matern

RNG = np.random.default_rng(0)
X = RNG.random((9, 2))
POSTERIOR = GaussianProcess(matern(2.5, 0.5), 1e-2).condition(X, np.sin(5 * X[:, 0]) + X[:, 1])
AT, Q = RNG.random((7, 2)), RNG.random((5, 2))


def test_two_lines_by_hand():
    # E min(0, c Z) = -c phi(0)
    value, by_b = expected_least(np.zeros(2), np.array([0.0, 3.0]))
    assert value == pytest.approx(-3 / np.sqrt(2 * np.pi), abs=1e-12)
    assert by_b == pytest.approx([norm.pdf(0), -norm.pdf(0)])


def test_envelope_leaves_out_what_is_never_least():
    lines, z = lower_envelope(np.array([0.0, 5.0, 0.0, 1.0]), np.array([1.0, 0.0, -1.0, -1.0]))
    assert lines.tolist() == [0, 2]
    assert z.tolist() == [0.0]


@settings(deadline=None, max_examples=60)
@example([(0.0, 2.2e-311), (1.0, 0.0)])  # they cross beyond the largest float
@given(
    st.lists(
        st.tuples(st.floats(-3, 3), st.one_of(st.just(0.5), st.floats(-2, 2))),
        min_size=1,
        max_size=8,
    )
)
def test_expected_least_is_the_integral(lines):
    a, b = np.array(lines).T
    z = np.linspace(-9, 9, 20_001)
    least = np.min(a + np.outer(z, b), axis=1)
    integral = np.trapezoid(least * norm.pdf(z), z)
    assert expected_least(a, b)[0] == pytest.approx(integral, abs=1e-5)


def test_is_the_expected_fall_of_the_least_mean():
    part = KnowledgeGradient(POSTERIOR, AT)
    rng = np.random.default_rng(1)
    for row, value in zip(Q[:2], part.value(Q[:2]), strict=True):
        mean, variance = POSTERIOR.predict(row[None])
        results = mean + np.sqrt(variance + POSTERIOR.noise) * rng.standard_normal(4000)
        base = POSTERIOR.append(row[None], np.append(POSTERIOR.y, mean))
        least = [base.with_results(np.append(POSTERIOR.y, y)).predict(AT)[0].min() for y in results]
        gains = POSTERIOR.predict(AT)[0].min() - np.array(least)
        assert np.exp(value) == pytest.approx(gains.mean(), abs=5 * gains.std() / np.sqrt(4000))


def test_slopes():
    part = KnowledgeGradient(POSTERIOR, AT)
    value, slope = part.slopes(Q)
    assert value == pytest.approx(part.value(Q))
    for j in range(2):
        step = 1e-6 * np.eye(2)[j]
        numeric = (part.value(Q + step) - part.value(Q - step)) / 2e-6
        assert slope[:, j] == pytest.approx(numeric, rel=1e-3, abs=1e-6)
