"""What one more row adds to the joint expected improvement of rows that are pending (qEI), as a logarithm.

Ginsbourger, Le Riche & Carraro (2010), Kriging Is Well-Suited to Parallelize Optimization: qEI; one row after
the other, which maximizes it to within 1 - 1/e (Wilson, Hutter & Deisenroth 2018, Maximizing Acquisition
Functions for Bayesian Optimization, section 3). Over draws of f at the pending rows,

    qEI(pending, z) - qEI(pending) = E max(min(best, f(pending)) - f(z), 0),

and given a draw what is left is the expected improvement, in closed form.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab.acquisition.analytic import log_expected_improvement
from trimtab.acquisition.augmentation import augmented
from trimtab.acquisition.batch import rooted
from trimtab.acquisition.mixture import log_mean
from trimtab.errors import InvalidArgument
from trimtab.surrogate.factor import solve
from trimtab.surrogate.kernel import Tape
from trimtab.surrogate.posterior import Posterior
from trimtab.typing import Array


@dataclass(frozen=True, eq=False)
class JointImprovement:
    """log E max(least_s - f, 0), the mean over draws s of what is pending; a part of a surface."""

    posterior: Posterior  # given the pending rows at their mean
    shift: Array  # (n, s) what a draw adds to the weights of all n rows
    least: Array  # (s,) what is to be improved on
    noise: float = 0.0  # variance of a measurement, for which improvement is augmented

    def value(self, z: Array) -> Array:
        """Values (n,) at features z (n, D)."""
        mean, variance = self.posterior.predict(z)
        return self._judged(mean, variance, self._tape(z))[0]

    def slopes(self, z: Array) -> tuple[Array, Array]:
        """Values (n,) and gradients (n, D)."""
        mean, variance, carried = self.posterior.carrying(z)
        tape = self._tape(z)
        value, of_mean, of_sd = self._judged(mean, variance, tape)
        of_variance = of_sd.sum(axis=1) / (2.0 * np.sqrt(variance))
        slope = carried(of_mean.sum(axis=1), of_variance) + tape.to_x(of_mean @ self.shift.T)
        return value, slope

    def _judged(self, mean: Array, variance: Array, tape: Tape) -> tuple[Array, Array, Array]:
        """Values (n,), and their derivatives (n, s) by the mean and the deviation of each draw."""
        means, sd = mean[:, None] + tape.value @ self.shift, np.sqrt(variance)[:, None]
        criterion = augmented(log_expected_improvement(self.least), self.noise)
        each, of_mean, of_sd = criterion(means, np.broadcast_to(sd, means.shape))
        value, share = log_mean(each.T)
        return value, of_mean * share.T, of_sd * share.T

    @cached_property
    def _tape(self) -> Callable[[Array], Tape]:
        return self.posterior.kernel.against(self.posterior.x)


def improvement_beyond(
    posterior: Posterior, z: Array, best: float, normals: Array, noise: float = 0.0
) -> JointImprovement:
    """What a row adds to the joint improvement on `best` of pending rows z (k, D), over normals (s, k).

    With `noise`, the variance of a measurement, it is augmented, see `augmentation`.

    Raises:
        InvalidArgument: the posterior has a trend whose coefficients are estimated.
    """
    if posterior.mean.basis is not None:
        raise InvalidArgument("the joint improvement needs a process without a basis of its mean")
    mean = posterior.predict(z)[0]
    change = normals @ rooted(posterior.covariance(z)).T
    given = posterior.append(z, np.append(posterior.y, mean), np.zeros(len(z)))
    change_of_all = np.vstack([np.zeros((len(posterior.y), len(normals))), change.T])
    least = np.minimum(best, (mean + change).min(axis=1))
    return JointImprovement(given, solve(given.lower, change_of_all), least, noise)
