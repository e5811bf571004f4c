import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trimtab.errors import InvalidArgument
from trimtab.evaluation.effect import cliff_delta, cohen_d, cohen_dz, hedges_g, vargha_delaney

A = np.array([0.80, 0.82, 0.79, 0.85, 0.81, 0.83, 0.80, 0.84, 0.82, 0.78])
B = np.array([0.78, 0.81, 0.80, 0.82, 0.79, 0.80, 0.79, 0.81, 0.80, 0.77])


def test_known_values():
    """STA-04: dz, g, Cliff's delta and A12 on the published arrays."""
    assert cohen_dz(A, B) == pytest.approx(1.3581903, abs=1e-7)
    assert hedges_g(A, B) == pytest.approx(0.8601137, abs=1e-7)
    assert cliff_delta(A, B) == pytest.approx(0.45)
    assert vargha_delaney(A, B) == pytest.approx(0.725)


def test_by_hand():
    # means 2 and 4, variances 1 and 4, pooled 2.5
    assert cohen_d([1, 2, 3], [2, 4, 6]) == pytest.approx(-2 / math.sqrt(2.5))
    assert cliff_delta([3, 3], [1, 3]) == 0.5
    assert cohen_d([1, 1], [0, 0]) == math.inf and cohen_dz([1, 1], [1, 1]) == 0.0


samples = st.lists(st.integers(-5, 5), min_size=2, max_size=9)


@settings(deadline=None, max_examples=100)
@given(samples, samples)
def test_laws(a, b):
    assert cliff_delta(a, b) == pytest.approx(-cliff_delta(b, a))
    u = stats.mannwhitneyu(a, b, method="asymptotic").statistic
    assert vargha_delaney(a, b) == pytest.approx(u / (len(a) * len(b)))
    assert cohen_d(a, b) == pytest.approx(-cohen_d(b, a))
    assert abs(hedges_g(a, b)) <= abs(cohen_d(a, b))


@pytest.mark.parametrize("measure", [cohen_d, cohen_dz, cliff_delta])
def test_what_is_no_sample(measure):
    with pytest.raises(InvalidArgument, match="a of shape"):
        measure([], [1.0, 2.0])
    with pytest.raises(InvalidArgument, match="b of shape"):
        measure([1.0, 2.0], [1.0, math.nan])


def test_pairs_need_as_many():
    with pytest.raises(InvalidArgument, match="pairs"):
        cohen_dz([1.0, 2.0], [1.0, 2.0, 3.0])
