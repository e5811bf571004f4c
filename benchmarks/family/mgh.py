"""Sums of squares of the standard set: More, Garbow & Hillstrom (1981), ACM TOMS 7, "Testing Unconstrained
Optimization Software", with their starts and least values. Those without a bounded scale are left out
(Brown's badly scaled function), as are those of more than six variables.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Residuals = Callable[[Any], Any]


def rosenbrock(x: Any) -> Any:
    return [10 * (x[1] - x[0] ** 2), 1 - x[0]]


def freudenstein_roth(x: Any) -> Any:
    a, b = x
    return [-13 + a + ((5 - b) * b - 2) * b, -29 + a + ((b + 1) * b - 14) * b]


def powell_badly_scaled(x: Any) -> Any:
    return [1e4 * x[0] * x[1] - 1, np.exp(-x[0]) + np.exp(-x[1]) - 1.0001]


def beale(x: Any) -> Any:
    return [y - x[0] * (1 - x[1] ** k) for k, y in ((1, 1.5), (2, 2.25), (3, 2.625))]


def jennrich_sampson(x: Any) -> Any:
    i = np.arange(1, 11)
    return 2 + 2 * i - (np.exp(i * x[0]) + np.exp(i * x[1]))


def helical_valley(x: Any) -> Any:
    turn = np.arctan2(x[1], x[0]) / (2 * np.pi)
    turn = (
        turn if x[0] > 0 or turn >= 0 else turn + 1
    )  # their theta: arctan(x2/x1)/2π, plus 1/2 for x1 < 0
    return [10 * (x[2] - 10 * turn), 10 * (np.hypot(x[0], x[1]) - 1), x[2]]


BARD = [.14, .18, .22, .25, .29, .32, .35, .39, .37, .58, .73, .96, 1.34, 2.10, 4.39]  # fmt: skip


def bard(x: Any) -> Any:
    u = np.arange(1.0, 16)
    v = 16 - u
    return np.array(BARD) - (x[0] + u / (v * x[1] + np.minimum(u, v) * x[2]))


GAUSS = [.0009, .0044, .0175, .0540, .1295, .2420, .3521, .3989]  # fmt: skip


def gaussian(x: Any) -> Any:
    y = np.array([*GAUSS, *GAUSS[-2::-1]])
    t = (8 - np.arange(1, 16)) / 2
    return x[0] * np.exp(-x[1] * (t - x[2]) ** 2 / 2) - y


def box_3d(x: Any) -> Any:
    t = 0.1 * np.arange(1, 11)
    return np.exp(-t * x[0]) - np.exp(-t * x[1]) - x[2] * (np.exp(-t) - np.exp(-10 * t))


def powell_singular(x: Any) -> Any:
    a, b, c, d = x
    return [a + 10 * b, 5**0.5 * (c - d), (b - 2 * c) ** 2, 10**0.5 * (a - d) ** 2]


def wood(x: Any) -> Any:
    a, b, c, d = x
    first = [10 * (b - a * a), 1 - a, 90**0.5 * (d - c * c), 1 - c]
    return [*first, 10**0.5 * (b + d - 2), 10**-0.5 * (b - d)]


KOWALIK = [.1957, .1947, .1735, .1600, .0844, .0627, .0456, .0342, .0323, .0235, .0246]  # fmt: skip


def kowalik_osborne(x: Any) -> Any:
    u = 1 / np.array([0.25, 0.5, 1, 2, 4, 6, 8, 10, 12, 14, 16])
    return np.array(KOWALIK) - x[0] * (u * u + u * x[1]) / (u * u + u * x[2] + x[3])


def brown_dennis(x: Any) -> Any:
    t = np.arange(1, 21) / 5
    return (x[0] + t * x[1] - np.exp(t)) ** 2 + (x[2] + x[3] * np.sin(t) - np.cos(t)) ** 2


def biggs(x: Any) -> Any:
    t = 0.1 * np.arange(1, 14)
    y = np.exp(-t) - 5 * np.exp(-10 * t) + 3 * np.exp(-4 * t)
    return x[2] * np.exp(-t * x[0]) - x[3] * np.exp(-t * x[1]) + x[5] * np.exp(-t * x[4]) - y


def watson(x: Any) -> Any:
    t, j = np.arange(1, 30)[:, None] / 29, np.arange(len(x))
    slope = (j[1:] * np.asarray(x)[1:] * t ** (j[1:] - 1)).sum(axis=1)
    return [*(slope - (x * t**j).sum(axis=1) ** 2 - 1), x[0], x[1] - x[0] ** 2 - 1]


def variably_dimensioned(x: Any) -> Any:
    x = np.asarray(x)
    total = np.arange(1, len(x) + 1) @ (x - 1)
    return [*(x - 1), total, total**2]


# residuals, start, least sum of squares
SET: dict[str, tuple[Residuals, list[float], float]] = {
    "rosenbrock": (rosenbrock, [-1.2, 1], 0),
    "freudenstein-roth": (freudenstein_roth, [0.5, -2], 0),
    "powell badly scaled": (powell_badly_scaled, [0, 1], 0),
    "beale": (beale, [1, 1], 0),
    "jennrich-sampson": (jennrich_sampson, [0.3, 0.4], 124.362),
    "helical valley": (helical_valley, [-1, 0, 0], 0),
    "bard": (bard, [1, 1, 1], 8.21487e-3),
    "gaussian": (gaussian, [0.4, 1, 0], 1.12793e-8),
    "box 3d": (box_3d, [0, 10, 20], 0),
    "powell singular": (powell_singular, [3, -1, 0, 1], 0),
    "wood": (wood, [-3, -1, -3, -1], 0),
    "kowalik-osborne": (kowalik_osborne, [0.25, 0.39, 0.415, 0.39], 3.07505e-4),
    "brown-dennis": (brown_dennis, [25, 5, -5, -1], 85822.2),
    "biggs exp6": (biggs, [1, 2, 1, 1, 1, 1], 0),
    "watson-6": (watson, [0] * 6, 2.28767e-3),
    "variably dimensioned-6": (variably_dimensioned, [1 - j / 6 for j in range(1, 7)], 0),
}


def squares(residuals: Residuals) -> Callable[[Any], float]:
    """The sum of squared residuals, as a function of x (d,)."""

    def f(x: Any) -> float:
        with np.errstate(all="ignore"):
            value = float(np.square(residuals(np.asarray(x, float))).sum())
        return value if np.isfinite(value) else 1e300

    return f
