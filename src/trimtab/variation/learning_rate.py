"""Learning-rate adaptation: CMA-ES on noisy and multimodal functions without a larger population.

Nomura, Akimoto & Ono (2023). CMA-ES with Learning Rate Adaptation: Can CMA-ES with Default Population
Size Solve Multimodal and Noisy Problems? GECCO. The rates of the mean and of the covariance are held
where the signal-to-noise ratio of their updates is alpha times the rate.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from trimtab.typing import Array
from trimtab.variation.covariance import Gaussian

_ALPHA, _GAMMA = 1.4, 0.1
_BETA = (0.1, 0.03)  # of the mean, of the covariance


@dataclass(frozen=True, eq=False)
class Signal:
    """A learning rate, and moving averages of the updates it scales."""

    average: Array  # E
    square: float = 0.0  # V
    rate: float = 1.0  # eta


def start_signals(d: int) -> tuple[Signal, Signal]:
    """For the mean (d,) and for the covariance (d, d)."""
    return Signal(np.zeros(d)), Signal(np.zeros((d, d)))


def heard(signal: Signal, update: Array, beta: float) -> Signal:
    """The signal after one more update, in local coordinates."""
    average = (1 - beta) * signal.average + beta * update
    square = (1 - beta) * signal.square + beta * float((update**2).sum())
    power = float((average**2).sum())
    noise = square - power
    if noise > 0:
        ratio = (power - beta / (2 - beta) * square) / noise
        push = min(max(ratio / (_ALPHA * signal.rate) - 1, -1.0), 1.0)
    else:
        push = 1.0
    rate = signal.rate * math.exp(min(_GAMMA * signal.rate, beta) * push)
    return Signal(average, square, min(rate, 1.0))


def slowed(
    old: Gaussian, new: Gaussian, signals: tuple[Signal, Signal]
) -> tuple[Gaussian, tuple[Signal, Signal]]:
    """The step from `old` to `new`, full covariances both, shortened by the adapted rates."""
    d = len(old.mean)
    if d == 0:
        return new, signals
    before, after = old.sigma**2 * old.cov, new.sigma**2 * new.cov
    shift, change = new.mean - old.mean, after - before
    white = old.whitened(shift[None])[0] / old.sigma
    turned = old.whitened(old.whitened(change).T) / (old.sigma**2 * math.sqrt(2))
    mean_signal = heard(signals[0], white, _BETA[0])
    cov_signal = heard(signals[1], turned, _BETA[1])
    total = before + cov_signal.rate * change
    values = np.maximum(np.linalg.eigvalsh(total), 1e-300)
    size = math.exp(float(np.log(values).mean()) / 2)
    found = replace(
        new,
        mean=old.mean + mean_signal.rate * shift,
        sigma=size * signals[0].rate / mean_signal.rate,
        cov=total / size**2,
    )
    return found, (mean_signal, cov_signal)
