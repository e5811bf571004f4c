"""Expected improvement where results are noisy (Huang, Allen, Notz & Zeng 2006)."""

from decimal import Decimal, localcontext

import numpy as np
import pytest

from trimtab.acquisition.analytic import expected_improvement, log_expected_improvement
from trimtab.acquisition.augmentation import augmented, effective_best, to_improve_on
from trimtab.acquisition.batch import believed
from trimtab.acquisition.guarded import least_mean
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import Scaled
from trimtab.surrogate.model import Model, Results
from trimtab.surrogate.named import KERNELS
from trimtab.surrogate.stationary import Stationary

RNG = np.random.default_rng(0)
X = RNG.random((30, 2))
Y = np.sin(5 * X[:, 0]) + X[:, 1] + 0.4 * RNG.standard_normal(30)
KERNEL = Scaled(Stationary(KERNELS["matern52"].kernel.profile, np.full(2, 0.4)))
POSTERIOR = GaussianProcess(KERNEL, 0.2).fit(X, Y, n_steps=5)
MODEL = Model(POSTERIOR, np.arange(30))
KEPT = Results(X, Y, np.full((30, 1), -1.0))

MEAN, SD = np.array([-2.0, 0.0, 0.3, 1.0, 4.0]), np.array([0.1, 0.5, 1.0, 0.3, 0.4])


def test_it_is_the_improvement_times_what_a_measurement_adds():
    """As it is written in the paper, without logarithms."""
    value = augmented(log_expected_improvement(0.3, 0.05), 0.04)(MEAN, SD)[0]
    plain = expected_improvement(0.3, 0.05)(MEAN, SD)[0]
    assert np.exp(value) == pytest.approx(plain * (1 - 0.2 / np.sqrt(SD**2 + 0.04)), rel=1e-11)


def test_no_digit_is_lost_where_next_to_nothing_is_left_to_learn():
    value = augmented(log_expected_improvement(0.0), 1.0)(np.zeros(1), np.array([1e-9]))[0]
    with localcontext() as context:
        context.prec = 40
        sd, two_pi = Decimal("1e-9"), Decimal("6.283185307179586476925286766559005768394")
        exact = (sd / two_pi.sqrt() * (1 - 1 / (sd**2 + 1).sqrt())).ln()
    assert value[0] == pytest.approx(float(exact), rel=1e-14)


def test_without_noise_it_is_the_improvement():
    plain = log_expected_improvement(0.3)(MEAN, SD)
    for found, expected in zip(
        augmented(log_expected_improvement(0.3), 0.0)(MEAN, SD), plain, strict=True
    ):
        assert found == pytest.approx(expected, rel=1e-12)


def test_the_effective_best_is_the_row_that_is_best_for_sure():
    mean, variance = POSTERIOR.predict(X)
    assert effective_best(MODEL, KEPT, POSTERIOR) == mean[np.argmin(mean + np.sqrt(variance))]


def test_rows_that_break_a_constraint_are_not_improved_on():
    sure = int(np.argmin(POSTERIOR.fitted))
    broken = Results(X, Y, np.where(np.arange(30) == sure, 1.0, -1.0)[:, None])
    mean, variance = (np.delete(part, sure) for part in POSTERIOR.predict(X))
    expected = mean[np.argmin(mean + np.sqrt(variance))]
    assert effective_best(MODEL, broken, POSTERIOR) == pytest.approx(expected, rel=1e-12)
    none = Results(X, Y, np.ones((30, 1)))
    assert effective_best(MODEL, none, POSTERIOR) == effective_best(MODEL, KEPT, POSTERIOR)


def test_a_pending_row_counts_as_measured():
    """Where the mean is least over the whole square, and three times, so that it is sure."""
    q = RNG.random((4000, 2))
    lowest = q[np.argmin(POSTERIOR.predict(q)[0])]
    thought = believed(POSTERIOR, np.vstack([lowest] * 3))
    assert effective_best(MODEL, KEPT, thought) == pytest.approx(
        POSTERIOR.predict(lowest[None])[0][0]
    )
    assert effective_best(MODEL, KEPT, thought) < effective_best(MODEL, KEPT, POSTERIOR)


def test_results_with_less_noise_than_that_are_taken_as_they_are():
    expected = least_mean(MODEL, KEPT, POSTERIOR), 0.0
    assert to_improve_on(MODEL, KEPT, POSTERIOR, 0.21) == expected


def test_improvement_on_results_with_as_much_noise_is_augmented():
    expected = effective_best(MODEL, KEPT, POSTERIOR), 0.2
    assert to_improve_on(MODEL, KEPT, POSTERIOR, 0.2) == expected


def test_it_looks_farther_from_what_was_measured_than_improvement_alone():
    """Thirty times the same row: the noise is averaged away, and nothing is left to be learned there."""
    again = POSTERIOR.append(np.repeat(X[:1], 30, axis=0), np.append(Y, np.repeat(Y[0], 30)))
    q = np.vstack([X[:1], [[0.99, 0.01]]])
    mean, variance = again.predict(q)
    best, noise = to_improve_on(MODEL, KEPT, again, 0.0)
    plain = log_expected_improvement(best)(mean, np.sqrt(variance))[0]
    noisy = augmented(log_expected_improvement(best), noise)(mean, np.sqrt(variance))[0]
    assert noisy[1] - noisy[0] > plain[1] - plain[0] + 1.0
