"""The tabulated integral against SciPy's."""

import numpy as np
import pytest
from scipy import stats

from trimtab.surrogate.normal import mass_from_zero


def test_the_table_is_accurate():
    z = np.linspace(0, 12, 50001)
    assert mass_from_zero(z) == pytest.approx(stats.norm.cdf(z) - 0.5, abs=3e-8)


def test_infinity_has_half_of_the_mass():
    assert mass_from_zero(np.array([0.0, np.inf])) == pytest.approx([0, 0.5])
