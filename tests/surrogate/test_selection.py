import numpy as np
import pytest

from trimtab.errors import InvalidArgument
from trimtab.space.domain import Float
from trimtab.space.space import Space
from trimtab.surrogate import model
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.selection import KERNELS, compared, process_of
from trimtab.surrogate.stationary import matern

LINE = embedding_of(Space({"x": Float(0, 1)}))


def path(kernel, n, seed):
    rng = np.random.default_rng(seed)
    x = np.sort(rng.random((n, 1)), axis=0)
    root = np.linalg.cholesky(kernel(x) + 1e-8 * np.eye(n))
    return x, root @ rng.standard_normal(n)


def test_rough_paths_are_told_from_smooth_ones():
    """GPM-09: 80 points of a Matern-3/2 path: more evidence than an RBF in 70 % of 30 seeds."""
    wins = 0
    for seed in range(30):
        x, y = path(matern(1.5, 0.2), 80, seed)
        wins += compared(LINE, x, y, ("matern32", "rbf"))[0].name == "matern32"
    assert wins >= 21


def test_derivatives_are_what_the_names_say():
    """GPM-09: steps of h move a path by h^min(nu, 1) on average: Matern-1/2 is rougher than the others."""
    slopes = {}
    for name in ("matern12", "matern32", "rbf"):
        kernel = process_of(LINE, name).kernel
        gap = np.array([1e-3, 1e-2])
        moved = 2 * (1 - kernel(np.zeros((1, 1)), gap[:, None])[0])
        slopes[name] = np.log(moved[1] / moved[0]) / np.log(10) / 2  # moved ~ h^(2 slope)
    assert slopes["matern12"] == pytest.approx(0.5, abs=0.02)
    assert slopes["matern32"] == pytest.approx(1.0, abs=0.05)
    assert slopes["rbf"] == pytest.approx(1.0, abs=1e-3)


def test_the_sampler_has_the_same_process():
    """Ranks are those of the models that are used: the same density of results and parameters."""
    x, y = path(matern(2.5, 0.3), 25, 3)
    ours, its = process_of(LINE, "matern52"), model.process_of(LINE, model.Recipe(), 0)
    for theta in np.random.default_rng(0).normal(-1, 1, (4, 3)):
        assert ours.log_posterior(theta, x, y)[0] == pytest.approx(
            its.log_posterior(theta, x, y)[0], abs=1e-9
        )
    assert ours._bounds() == its._bounds()


def test_figures_are_those_of_the_posterior():
    x, y = path(matern(2.5, 0.3), 25, 7)
    found = compared(LINE, x, y)
    assert {suited.name for suited in found} == set(KERNELS)
    evidence = [suited.log_evidence for suited in found]
    assert evidence == sorted(evidence, reverse=True)
    for suited in found:
        mean, variance = suited.posterior.left_out()
        density = 0.5 * ((y - mean) ** 2 / variance + np.log(2 * np.pi * variance))
        assert suited.left_out == pytest.approx(density.mean(), abs=1e-9)
        assert suited.smoothness == KERNELS[suited.name].smoothness


def test_refuses_unknown_kernels():
    with pytest.raises(InvalidArgument, match="matern52"):
        compared(LINE, np.zeros((3, 1)), np.zeros(3), ("mattern52",))
