"""Central composite and Box-Behnken designs."""

import numpy as np
import pyDOE3
import pytest

from trimtab.design.factorial import fractional_factorial
from trimtab.design.model import model_matrix, quadratic_terms
from trimtab.design.response_surface import (
    box_behnken,
    circumscribed,
    face_centered,
    inscribed,
    rotatable_reach,
)
from trimtab.errors import InvalidArgument


def _rows(x: np.ndarray) -> list[tuple[float, ...]]:
    return sorted(tuple(float(v) + 0.0 for v in r) for r in np.round(x, 9))


@pytest.mark.parametrize("d", [2, 3, 4])
def test_equal_the_oracle(d: int) -> None:
    for ours, face in (
        (circumscribed, "circumscribed"),
        (inscribed, "inscribed"),
        (face_centered, "faced"),
    ):
        oracle = pyDOE3.ccdesign(d, center=(0, 4), alpha="rotatable", face=face)
        assert _rows(ours(d, 4)) == _rows(oracle)


@pytest.mark.parametrize("d", [2, 3, 5])
def test_rotatable(d: int) -> None:
    # the variance of the fitted quadratic depends on the radius alone
    m = model_matrix(circumscribed(d, 3), quadratic_terms(d))
    inverse = np.linalg.inv(m.T @ m)
    rng = np.random.default_rng(0)
    u = rng.standard_normal((20, d))
    at = model_matrix(u / np.linalg.norm(u, axis=1, keepdims=True), quadratic_terms(d))
    variance = np.einsum("ip,pq,iq->i", at, inverse, at)
    np.testing.assert_allclose(variance, variance[0], rtol=1e-10)


def test_ranges_and_fractions() -> None:
    assert np.abs(inscribed(4)).max() == 1.0
    assert set(np.unique(face_centered(3))) == {-1.0, 0.0, 1.0}
    assert np.abs(circumscribed(3)).max() == rotatable_reach(8) == 8**0.25
    half = fractional_factorial("a b c d abcd")
    assert circumscribed(5, 1, half).shape == (16 + 10 + 1, 5)
    with pytest.raises(InvalidArgument, match=r"corners must be a table \(m, 4\)"):
        circumscribed(4, 1, half)


@pytest.mark.parametrize("d", [3, 4, 5])
def test_box_behnken_equals_the_oracle(d: int) -> None:
    assert _rows(box_behnken(d, 2)) == _rows(pyDOE3.bbdesign(d, center=2))


@pytest.mark.parametrize(("d", "runs"), [(3, 12), (4, 24), (5, 40), (6, 48), (7, 56), (8, 112)])
def test_box_behnken_shape(d: int, runs: int) -> None:
    x = box_behnken(d, 1)
    assert x.shape == (runs + 1, d)
    assert set(np.unique(x)) == {-1, 0, 1}
    assert (x.sum(axis=0) == 0).all()
    gram = x.T @ x
    assert (gram == np.diag(np.diag(gram))).all() and len(set(np.diag(gram))) == 1
    assert not (np.abs(x).sum(axis=1) == d).any()  # no corners
    m = model_matrix(x, quadratic_terms(d))
    assert np.linalg.matrix_rank(m) == m.shape[1]
    with pytest.raises(InvalidArgument, match="d must be at least 3"):
        box_behnken(2)
