"""Terms, model matrices, least squares."""

import numpy as np
import pytest
from sklearn.preprocessing import PolynomialFeatures

from trimtab.design.model import (
    interaction_terms,
    least_squares,
    linear_terms,
    model_matrix,
    quadratic_terms,
)
from trimtab.errors import InvalidArgument


def test_terms() -> None:
    assert linear_terms(2) == ((), (0,), (1,))
    assert interaction_terms(3) == ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
    assert len(quadratic_terms(5)) == 21


def test_matrix_equals_the_oracle() -> None:
    x = np.random.default_rng(0).normal(size=(9, 4))
    oracle = PolynomialFeatures(2).fit_transform(x)
    np.testing.assert_allclose(model_matrix(x, quadratic_terms(4)), oracle, rtol=1e-14)
    with pytest.raises(InvalidArgument, match="beyond the 4"):
        model_matrix(x, ((4,),))


def test_least_squares() -> None:
    x = np.random.default_rng(1).normal(size=(12, 2))
    m = model_matrix(x, quadratic_terms(2))
    beta = np.array([1.0, -2.0, 0.5, 3.0, 0.0, 7.0])
    np.testing.assert_allclose(least_squares(m, m @ beta), beta, atol=1e-12)
    with pytest.raises(InvalidArgument, match="rank 1, below its 2"):
        least_squares(np.ones((4, 2)), np.ones(4))
    with pytest.raises(InvalidArgument, match="match"):
        least_squares(m, np.ones(3))
