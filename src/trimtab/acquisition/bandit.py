"""Which arm to pull: pure functions of the counts and mean rewards of k arms; rewards lie in [0, 1].

UCB1: Auer, Cesa-Bianchi & Fischer (2002), Finite-time Analysis of the Multiarmed Bandit Problem, Machine
Learning 47; EXP3: Auer, Cesa-Bianchi, Freund & Schapire (2002), The Nonstochastic Multiarmed Bandit
Problem, SIAM J. Computing 32; Thompson (1933) sampling; successive elimination: Even-Dar, Mannor &
Mansour (2006), Action Elimination and Stopping Conditions, JMLR 7.
"""

import numpy as np

from trimtab.typing import Array, Mask, Rng


def ucb1(mean: Array, n: Array, exploration: float = 2.0) -> Array:
    """mean + sqrt(exploration ln N / n) for each arm (k,); infinite for an arm without a pull."""
    total = max(float(n.sum()), 1.0)
    with np.errstate(divide="ignore"):
        width = np.sqrt(exploration * np.log(total) / n) if total > 1 else np.zeros(len(n))
    return np.where(n > 0, mean + width, np.inf)


def exp3_chances(log_weights: Array, gamma: float) -> Array:
    """(1 - gamma) w / sum(w) + gamma / k for each arm (k,)."""
    w = np.exp(log_weights - log_weights.max())
    return (1.0 - gamma) * w / w.sum() + gamma / len(w)


def exp3_weights(log_weights: Array, arm: int, reward: float, chance: float, gamma: float) -> Array:
    """The logarithms of the weights (k,) after a pull: w_arm exp(gamma reward / (chance k))."""
    after = log_weights.copy()
    after[arm] += gamma * reward / (chance * len(after))
    return after - after.max()


def beta_draws(successes: Array, failures: Array, rng: Rng) -> Array:
    """One draw (k,) of each arm's mean reward from Beta(1 + successes, 1 + failures)."""
    return rng.beta(1.0 + successes, 1.0 + failures)


def normal_draws(mean: Array, n: Array, variance: float, rng: Rng) -> Array:
    """One draw (k,) of each arm's mean reward from Normal(mean, variance / n); +inf without a pull."""
    z = rng.standard_normal(len(n))
    return np.where(n > 0, mean + z * np.sqrt(variance / np.maximum(n, 1.0)), np.inf)


def surviving(mean: Array, n: Array, active: Mask, delta: float) -> Mask:
    """The arms (k,) that are not, with confidence 1 - delta, worse than the best one.

    An arm leaves when its mean is 2 alpha or more below the best, alpha = sqrt(ln(4 k t^2 / delta) / 2t)
    after t pulls of each: Hoeffding's bound, summed over arms and rounds. Nothing before a first round.
    """
    t = float(n[active].min()) if active.any() else 0.0
    if t < 1:
        return active
    alpha = np.sqrt(np.log(4.0 * len(n) * t * t / delta) / (2.0 * t))
    return active & (mean[active].max() - mean < 2.0 * alpha)
