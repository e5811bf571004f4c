"""What left-out residuals say of a process: outliers, and intervals that promise too much or too little."""

import math

import numpy as np
import pytest
from scipy.stats import binom, binomtest, norm

from trimtab.space.domain import Float
from trimtab.space.space import Space
from trimtab.surrogate.diagnosis import coverage_p, diagnosed
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import Scaled
from trimtab.surrogate.selection import compared
from trimtab.surrogate.stationary import matern
from trimtab.surrogate.threads import one_thread
from trimtab.surrogate.transform import standardized

LINE = embedding_of(Space({"x": Float(0, 1)}))
SEEDS = range(20)
N = 60


def path(seed, n=N, noise=0.01):
    """A draw of a Matern-5/2 process at n places, with noise."""
    rng = np.random.default_rng(seed)
    x = rng.random((n, 1))
    root = np.linalg.cholesky(matern(2.5, 0.2)(x) + noise * np.eye(n))
    return x, root @ rng.standard_normal(n)


@one_thread()
def fitted(x, y):
    return compared(LINE, x, y, ("matern52",))[0].posterior


@one_thread()
def judged(posterior):
    return diagnosed(posterior.y, *posterior.left_out())


def test_figures_by_hand():
    found = diagnosed(np.array([0.0, 4.1, -7.0, 1.0]), np.zeros(4), np.array([1.0, 1.0, 4.0, 0.25]))
    assert found.z.tolist() == [0.0, 4.1, -3.5, 2.0]
    assert found.outliers.tolist() == [1, 2]  # the farthest first
    assert (found.n_inside, found.coverage) == (1, 0.25)
    assert found.verdict == "over-confident"
    assert str(found).startswith("over-confident: 1 of 4 results lie in their 95 % interval (p=")


@pytest.mark.parametrize("n", [1, 20, 103, 104, 300])
def test_p_is_twice_the_smaller_tail(n):
    for k in {0, n // 2, round(0.9 * n), round(0.95 * n), n}:
        tails = [binomtest(k, n, 0.95, alternative=side).pvalue for side in ("less", "greater")]
        assert coverage_p(k, n) == pytest.approx(min(1.0, 2 * min(tails)), rel=1e-9)


def test_outliers_are_judged_by_their_number():
    found = diagnosed(np.append(np.zeros(97), [3.5, -4.0, 5.0]), np.zeros(100), np.ones(100))
    assert found.outliers_p == pytest.approx(binom.sf(2, 100, 2 * norm.sf(3.0)), rel=1e-9)
    assert found.is_misfit and found.verdict == "well calibrated"
    assert "a misfit: 3 lie beyond 3 standard deviations, where 0.3 are to be expected" in str(
        found
    )


def test_how_many_it_takes_to_be_under_confident():
    sure = [diagnosed(np.zeros(n), np.zeros(n), np.ones(n)).verdict for n in (103, 104)]
    assert sure == ["well calibrated", "under-confident"]


def test_a_process_that_is_right_is_not_flagged():
    """GPM-21: 20 draws of the process itself; coverage in [.88, .99], and hardly an outlier."""
    found = [judged(fitted(*path(seed))) for seed in SEEDS]
    assert {diagnosis.verdict for diagnosis in found} == {"well calibrated"}
    assert not any(diagnosis.is_misfit for diagnosis in found)
    assert 0.88 <= np.mean([diagnosis.coverage for diagnosis in found]) <= 0.99
    n_far = sum(len(diagnosis.outliers) for diagnosis in found)
    assert n_far <= 3 * 2 * norm.sf(3.0) * N * len(SEEDS)  # thrice what chance gives


def test_a_planted_outlier_is_named():
    """GPM-21: one result in 60 that is 8 standard deviations of the noise and more away."""
    for seed in SEEDS:
        x, y = path(seed)
        at = seed % N
        y[at] += 3.0
        found = judged(fitted(x, y))
        assert found.outliers[0] == at and found.z[at] > 3, seed


def test_an_over_confident_process_is_flagged():
    """GPM-21: a process that believes in a tenth of the noise that there is, and in longer paths."""
    for seed in SEEDS:
        x, y = path(seed, noise=0.1)
        process = GaussianProcess(Scaled(matern(2.5, 0.4)), 0.01)
        found = judged(process.condition(x, y, process.theta))
        assert found.verdict == "over-confident", seed
        assert found.coverage < 0.88


@pytest.mark.parametrize(
    "function",
    [
        lambda x, rng: (x > 0.5) + 0.01 * rng.standard_normal(len(x)),  # a step
        lambda x, rng: x + 0.1 * rng.standard_cauchy(len(x)),
        lambda x, rng: np.where(x < 0.04, 50.0, x),  # a cliff
    ],
)
def test_what_no_such_process_is_is_flagged(function):
    """GPM-21: fitted to it, noise and all; coverage alone finds none of these."""
    n_flagged = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        x = rng.random((150, 1))
        n_flagged += judged(fitted(x, standardized(function(x[:, 0], rng)))).is_misfit
    assert n_flagged >= 6


def test_an_under_confident_process_is_flagged():
    for seed in range(5):
        x, y = path(seed, n=120)
        process = GaussianProcess(Scaled(matern(2.5, 0.05), 9.0), 1.0)
        assert judged(process.condition(x, y, process.theta)).verdict == "under-confident", seed


def test_tails_of_many_results_do_not_overflow():
    assert 0 < coverage_p(9400, 10_000) < 1e-4 and math.isfinite(coverage_p(10_000, 10_000))
