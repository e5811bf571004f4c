"""Effects equal their closed forms."""

import numpy as np
import pytest
from scipy.stats import halfnorm

from trimtab.design.effect import (
    half_normal,
    lenth,
    level_means,
    main_effects,
    one_way_effects,
    pair_interaction,
    two_level_effects,
)
from trimtab.design.factorial import fractional_factorial, full_factorial, two_level
from trimtab.design.hadamard import plackett_burman
from trimtab.errors import InvalidArgument


def test_linear_and_interaction_are_exact() -> None:
    x = two_level(3)
    y = 5 + 2 * x[:, 0] - 3 * x[:, 1] + 0.5 * x[:, 2] + 1.5 * x[:, 0] * x[:, 2]
    found = two_level_effects(x, y)
    assert found.names() == ("A", "B", "C", "AB", "AC", "BC")
    np.testing.assert_allclose(found.values, [4, -6, 1, 0, 3, 0], atol=1e-12)
    assert found.mean == pytest.approx(5, abs=1e-12)
    contrast = [y[x[:, j] == 1].mean() - y[x[:, j] == -1].mean() for j in range(3)]
    np.testing.assert_allclose(found.values[:3], contrast, atol=1e-12)


def test_aliased_terms_are_merged_into_the_first() -> None:
    x = fractional_factorial("a b c ab ac")
    y = 1 + 2.0 * x[:, 3]  # D, which is also AB
    found = two_level_effects(x, y)
    assert len(found.values) == 7
    assert dict(zip(found.names(), found.values.round(12), strict=True))["D"] == 4
    assert "AB" not in found.names()


def test_main_effects_of_a_screening_design() -> None:
    x = plackett_burman(11)
    beta = np.arange(11.0)
    found = two_level_effects(x, x @ beta, order=1)
    np.testing.assert_allclose(found.values, 2 * beta, atol=1e-12)
    with pytest.raises(InvalidArgument, match="rank"):
        two_level_effects(x, x @ beta, order=2)
    with pytest.raises(InvalidArgument, match="-1 and"):
        two_level_effects(x + 1, x @ beta)


def test_level_effects_of_a_mixed_factorial() -> None:
    """GRD-06: 3a + b² on a full factorial, effects by hand."""
    table = full_factorial([3, 4])
    y = 3.0 * table[:, 0] + table[:, 1] ** 2
    first, second = main_effects(table, y)
    np.testing.assert_allclose(first, [-3, 0, 3], atol=1e-12)
    np.testing.assert_allclose(second, np.arange(4) ** 2 - 3.5, atol=1e-12)
    np.testing.assert_allclose(pair_interaction(table, y, 0, 1), 0, atol=1e-12)
    z = table[:, 0] * table[:, 1] * 1.0
    expected = np.outer(np.arange(3) - 1.0, np.arange(4) - 1.5)
    np.testing.assert_allclose(pair_interaction(table, z, 0, 1), expected, atol=1e-12)


def test_one_way_effects_of_a_sweep() -> None:
    """GRD-17: the change from the baseline where one column alone is moved."""
    base = [1, 0]
    table = np.array([[1, 0], [0, 0], [2, 0], [1, 2], [2, 2]])
    y = 3.0 * table[:, 0] + table[:, 1] ** 2
    first, second = one_way_effects(table, y, base)
    np.testing.assert_allclose(first, [-3, 0, 3])
    np.testing.assert_allclose(second, [0, np.nan, 4])
    with pytest.raises(InvalidArgument, match="run it as well"):
        one_way_effects(table[1:], y[1:], base)
    with pytest.raises(InvalidArgument, match="match them"):
        one_way_effects(table, y, [1])


def test_missing_levels_are_nan() -> None:
    (means,) = level_means([[0], [2]], [1.0, 5.0])
    assert means[[0, 2]].tolist() == [1.0, 5.0]
    assert np.isnan(means[1])


def test_half_normal() -> None:
    effects = [0.1, -8.0, 0.3, 0.2, -0.15]
    plot = half_normal(effects)
    assert plot.order == (0, 4, 3, 2, 1)
    assert plot.sizes.tolist() == [0.1, 0.15, 0.2, 0.3, 8.0]
    np.testing.assert_allclose(plot.quantiles, halfnorm.ppf([0.1, 0.3, 0.5, 0.7, 0.9]), atol=1e-12)
    # median .2 -> s0 .3; keep below .75: .1 .15 .2 .3, median .175
    assert plot.spread == pytest.approx(1.5 * 0.175)
    with pytest.raises(InvalidArgument, match="at least one"):
        half_normal([])


def test_lenth_estimates_the_spread_of_noise() -> None:
    rng = np.random.default_rng(0)
    assert np.mean([lenth(rng.normal(size=31)) for _ in range(300)]) == pytest.approx(1, abs=0.06)
    assert lenth([0.0, 0.0, 0.0]) == 0.0
