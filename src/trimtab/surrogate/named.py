"""Kernels by name, as settings have them."""

import math
from dataclasses import dataclass

from trimtab.surrogate.stationary import Stationary, matern, rational_quadratic, rbf


@dataclass(frozen=True)
class Named:
    """A stationary kernel: how smooth its paths are, and the Matern process that it is."""

    kernel: Stationary
    smoothness: str
    nu: float | None  # None: it is no Matern kernel


KERNELS = {
    "matern12": Named(matern(0.5), "continuous, no derivative", 0.5),
    "matern32": Named(matern(1.5), "one derivative", 1.5),
    "matern52": Named(matern(2.5), "two derivatives", 2.5),
    "rbf": Named(rbf(), "all derivatives", math.inf),
    "rational_quadratic": Named(
        rational_quadratic(), "all derivatives, many lengthscales at once (alpha = 1)", None
    ),
}
