"""Discrepancies against an independent library, and the order of the designs."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import qmc

from trimtab.design import discrepancy
from trimtab.design.discrepancy import centered, l2_star, mixture, wraparound
from trimtab.design.filling import latin_hypercube
from trimtab.design.halton import halton
from trimtab.design.sobol import sobol
from trimtab.errors import InvalidArgument

PAIRS = [(centered, "CD"), (wraparound, "WD"), (mixture, "MD"), (l2_star, "L2-star")]


@pytest.mark.parametrize(("ours", "method"), PAIRS)
@pytest.mark.parametrize(("n", "d"), [(1, 1), (7, 2), (64, 5), (200, 12)])
def test_equals_the_oracle(ours: Callable[..., float], method: str, n: int, d: int) -> None:
    """QMC-05: four discrepancies equal SciPy's to 1e-12."""
    x = np.random.default_rng(n).random((n, d))
    assert ours(x) == pytest.approx(qmc.discrepancy(x, method=method), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("ours", "method"), PAIRS)
def test_blocks_do_not_change_the_sum(
    ours: Callable[..., float], method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = np.random.default_rng(1).random((50, 3))
    monkeypatch.setattr(discrepancy, "_BLOCK", 120)  # two rows at a time
    assert ours(x) == pytest.approx(qmc.discrepancy(x, method=method), rel=1e-12, abs=1e-12)


def test_order_of_designs() -> None:
    """QMC-05: Sobol < Halton < Latin hypercube < random."""
    rng = np.random.default_rng(0)
    value = {
        "sobol": centered(sobol(0, 256, 5)),
        "halton": centered(halton(0, 256, 5)),
        "lhs": np.mean([centered(latin_hypercube(256, 5, rng)) for _ in range(10)]),
        "random": np.mean([centered(rng.random((256, 5))) for _ in range(30)]),
    }
    assert value["sobol"] == pytest.approx(0.000260, abs=1e-6)
    assert value["halton"] == pytest.approx(0.000754, abs=1e-6)
    assert value["lhs"] == pytest.approx(0.00165, rel=0.15)
    expected = ((5 / 4) ** 5 - (13 / 12) ** 5) / 256  # Hickernell (1998): independent rows
    assert value["random"] == pytest.approx(expected, rel=0.15)
    assert value["sobol"] < value["halton"] < value["lhs"] < value["random"]


def test_rows_outside_the_cube_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="x must lie in the unit cube"):
        centered([[0.5, 1.5]])
