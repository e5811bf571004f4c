"""The test functions against published optima, and against a minimizer started there."""

import numpy as np
import pytest
from scipy import optimize

from trimtab.bench.function import dtlz2, gramacy, ishigami, names, task, zdt1, zdt2, zdt3
from trimtab.errors import InvalidArgument

SINGLE = [n for n in names() if task(n).least is not None and n != "gramacy"]


@pytest.mark.parametrize("name", SINGLE)
def test_the_least_value_is_where_it_is_said_to_be(name):
    t = task(name)
    for x in t.minimizers:
        assert t.function(x) == pytest.approx(t.least, abs=2e-6)
        assert len(x) == len(t.space.names)


@pytest.mark.parametrize("name", [n for n in SINGLE if n != "mckinnon"])
def test_no_descent_from_the_minimizer_goes_lower(name):
    t = task(name)
    bounds = [(d.low, d.high) for d in t.space.domains.values()]
    found = optimize.minimize(t.function, t.minimizers[0], bounds=bounds, method="L-BFGS-B")
    assert found.fun >= t.least - 1e-6


def test_published_figures():
    assert task("branin").least == pytest.approx(0.39788736, abs=1e-8)
    assert task("hartmann6").least == pytest.approx(-3.322368, abs=1e-6)
    assert task("forrester").least == pytest.approx(-6.020740, abs=1e-6)


def test_gramacy_is_feasible_at_its_optimum_and_active_there():
    result = gramacy((0.19512, 0.40467))
    assert result.values == pytest.approx(0.5997879, abs=3e-5)
    assert result.constraints[0] == pytest.approx(0, abs=1e-4)
    assert result.constraints[1] < 0


def test_variance_of_ishigami():
    nodes, weights = np.polynomial.legendre.leggauss(24)
    x = np.pi * nodes
    grid = np.array([[[ishigami((a, b, c)) for c in x] for b in x] for a in x])
    w = np.einsum("i,j,k->ijk", weights, weights, weights) / 8
    mean = (w * grid).sum()
    assert (w * grid**2).sum() - mean**2 == pytest.approx(13.844588, abs=1e-5)


def test_fronts():
    rest = (0.0,) * 4
    assert zdt1((0.25, *rest)) == pytest.approx((0.25, 0.5))
    assert zdt2((0.5, *rest)) == pytest.approx((0.5, 0.75))
    assert zdt3((0.0, *rest)) == pytest.approx((0.0, 1.0))
    assert np.linalg.norm(dtlz2((0.3, 0.8, 0.5, 0.5, 0.5))) == pytest.approx(1.0)


def test_a_task_takes_configurations():
    t = task("sphere", d=3)
    assert t({"x0": 1.0, "x1": 2.0, "x2": 2.0}) == 9.0


def test_unknown_names_are_told():
    with pytest.raises(InvalidArgument, match="did you mean 'branin'"):
        task("brannin")
    with pytest.raises(InvalidArgument, match="d=1"):
        task("sphere", d=1)
