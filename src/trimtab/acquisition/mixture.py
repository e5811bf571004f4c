"""One acquisition of several models of the same thing: its mean, as a logarithm.

Snoek, Larochelle & Adams (2012), Practical Bayesian Optimization of Machine Learning Algorithms, section
3.2: the acquisition integrated over what is not known of the model, log sum_k w_k exp a_k(z).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.acquisition.surface import Part
from trimtab.typing import Array


@dataclass(frozen=True, eq=False)
class Mixture:
    """The logarithm of the weighted mean of parts that are logarithms."""

    parts: Sequence[Part]
    weight: Array | None = None  # (k,) sums to 1; None: all alike

    def value(self, z: Array) -> Array:
        """Values (n,) at features z (n, D)."""
        return log_mean(np.array([part.value(z) for part in self.parts]), self.weight)[0]

    def slopes(self, z: Array) -> tuple[Array, Array]:
        """Values (n,) and gradients (n, D)."""
        both = [part.slopes(z) for part in self.parts]
        value, share = log_mean(np.array([v for v, _ in both]), self.weight)
        return value, np.einsum("kn,knd->nd", share, np.array([s for _, s in both]))


def log_mean(values: Array, weight: Array | None = None) -> tuple[Array, Array]:
    """The logarithm (n,) of the mean of exp(values) (k, n), and the share (k, n) that each has in it.

    `weight` (k,) sums to 1; None: all alike.
    """
    weight = np.full(len(values), 1.0 / len(values)) if weight is None else weight
    with np.errstate(divide="ignore"):
        shifted = values + np.log(weight)[:, None]
    top = shifted.max(axis=0)
    scaled = np.exp(shifted - top)
    total = scaled.sum(axis=0)
    return top + np.log(total), scaled / total
