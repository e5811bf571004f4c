"""Where a learning curve will end: a mixture of parametric curves, averaged by how well they fit.

Domhan, Springenberg & Hutter (2015). Speeding Up Automatic Hyperparameter Optimization of Deep Neural
Networks by Extrapolation of Learning Curves. IJCAI. Four of the paper's families: power law, exponential,
log-power and MMF (Morgan-Mercer-Flodin). The paper draws their parameters by Markov chains; here shape
and noise lie on a grid, and the two values that are left, those at the first and at the last step, are
normal, so that everything else is in closed form and the same each time.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.typing import Array, Ints


@dataclass(frozen=True, eq=False)
class Ending:
    """The value at the last step: a mixture of normals."""

    weight: Array  # (k,)
    mean: Array  # (k,)
    sd: Array  # (k,) with the noise of a measurement

    @property
    def expected(self) -> float:
        """The mean."""
        return float(self.weight @ self.mean)

    def below(self, value: float) -> float:
        """P(it is below a value)."""
        from scipy.special import ndtr

        return float(self.weight @ ndtr((value - self.mean) / self.sd))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The bounds that leave (1 - level) / 2 of the probability on each side, by bisection."""
        ends = []
        for share in ((1.0 - level) / 2.0, (1.0 + level) / 2.0):
            low, high = (
                float((self.mean - 9 * self.sd).min()),
                float((self.mean + 9 * self.sd).max()),
            )
            for _ in range(80):
                middle = (low + high) / 2.0
                low, high = (middle, high) if self.below(middle) < share else (low, middle)
            ends.append((low + high) / 2.0)
        return ends[0], ends[1]


def ending(steps: Ints, values: Array, last: int) -> Ending:
    """The value at step `last` of a curve with values (n,) at steps (n,), n >= 3, that begin at 1 or later.

    Each shape psi falls from 1 at the first step to 0 at the last one; y(t) = y_last + (y_first - y_last)
    psi(t), with y_first ~ N(first value, range^2) and y_last ~ N(latest value, (2 range)^2).
    """
    t = np.maximum(steps.astype(np.float64), 1.0)
    scale = float(values.max() - values.min()) or float(np.abs(values).max()) or 1.0
    psi = shapes(t, float(max(last, t[-1])))  # (k, n)
    design = np.stack([psi, 1.0 - psi], axis=2)  # (k, n, 2)
    centre = np.array([values[0], values[-1]])
    rest = (values - design @ centre) / scale  # (k, n)
    gram = np.einsum("kni,knj->kij", design, design)
    moment = np.einsum("kni,kn->ki", design, rest)
    square = np.einsum("kn,kn->k", rest, rest)
    logs, means, variances = [], [], []
    for noise in _NOISE:
        precision = _PRECISION + gram / noise**2  # (k, 2, 2)
        determinant = precision[:, 0, 0] * precision[:, 1, 1] - precision[:, 0, 1] ** 2
        b = moment / noise**2
        at_last = (precision[:, 0, 0] * b[:, 1] - precision[:, 0, 1] * b[:, 0]) / determinant
        at_first = (precision[:, 1, 1] * b[:, 0] - precision[:, 0, 1] * b[:, 1]) / determinant
        fit = at_first * b[:, 0] + at_last * b[:, 1]
        logs.append(
            -len(t) * np.log(noise) - 0.5 * np.log(determinant) - 0.5 * (square / noise**2 - fit)
        )
        means.append(at_last)
        variances.append(precision[:, 0, 0] / determinant + noise**2)
    log = np.concatenate(logs)
    weight = np.exp(log - log.max())
    keep = weight > 1e-9
    weight = weight[keep] / weight[keep].sum()
    mean = values[-1] + scale * np.concatenate(means)[keep]
    return Ending(weight, mean, scale * np.sqrt(np.concatenate(variances)[keep]))


def shapes(t: Array, last: float) -> Array:
    """All shapes (k, n) at steps t (n,): 1 at t[0], 0 at `last`."""
    at = np.concatenate([t, [last]])
    power = at ** -_RATES[:, None]
    exponential = np.exp(-_RATES[:, None] * 6.0 * (at - t[0]) / last)
    middle = last ** np.array([0.1, 0.3, 0.5, 0.7])
    log_power = 1.0 / (1.0 + (at / middle[:, None, None]) ** _STEEP[:, None])
    mmf = 1.0 / (1.0 + (at / last) ** _STEEP[:, None] * np.array([1.0, 10.0, 100.0])[:, None, None])
    raw = np.concatenate(
        [power, exponential, log_power.reshape(-1, len(at)), mmf.reshape(-1, len(at))]
    )
    first, end = raw[:, :1], raw[:, -1:]
    spread = first - end
    return np.asarray(((raw - end) / np.where(spread > 1e-12, spread, 1.0))[:, :-1])


_RATES = np.geomspace(0.05, 4.0, 16)
_STEEP = np.array([0.5, 1.0, 2.0, 4.0])
_NOISE = np.geomspace(1e-3, 0.5, 10)  # in units of the range
_PRECISION = np.diag([1.0, 0.25])
