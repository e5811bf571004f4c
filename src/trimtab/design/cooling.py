"""Temperatures of simulated annealing: how they fall, how the first is found, what they accept.

Kirkpatrick, Gelatt & Vecchi (1983), Optimization by Simulated Annealing, Science 220, accept by Metropolis
et al. (1953) and cool geometrically; logarithms: Geman & Geman (1984), Hajek (1988); the first
temperature from a wanted acceptance: Ben-Ameur (2004). Boltzmann's constant is 1.
"""

import math

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.typing import Array


def linear(t: int, first: float, alpha: float, least: float) -> float:
    """max(T_0 - alpha t, T_min): the bare formula would reach zero and pass it."""
    return max(first - alpha * t, least)


def exponential(t: int, first: float, gamma: float, least: float = 0.0) -> float:
    """max(T_0 gamma^t, T_min), also called geometric."""
    return max(first * gamma**t, least)


def logarithmic(t: int, first: float, least: float = 0.0, *, seed_log: bool = False) -> float:
    """max(T_0 / log(e + t), T_min), which is T_0 at t = 0.

    With `seed_log` the textbook's T_0 / log(1 + t), infinite at t = 0 and 1.44 T_0 at t = 1.

    Raises:
        InvalidArgument: seed_log at t = 0.
    """
    if seed_log and t == 0:
        raise InvalidArgument("t=0: T_0 / log(1 + t) is infinite there; leave seed_log out")
    return max(first / math.log((1.0 if seed_log else math.e) + t), least)


def acceptance(rise: float, temperature: float) -> float:
    """min(1, exp(-rise / T)): the chance of a move that raises the loss by `rise` (Metropolis 1953)."""
    if rise <= 0:
        return 1.0
    return math.exp(-rise / temperature) if temperature > 0 and rise < math.inf else 0.0


def calibrated(rises: Array, wanted: float) -> float:
    """The temperature at which rises (k,) > 0 are accepted with chance `wanted` on average.

    Bisection on mean(exp(-rise / T)), which grows with T.
    """
    scale = -1.0 / math.log(wanted)
    low, high = float(rises.min()) * scale, float(rises.max()) * scale
    for _ in range(50):
        middle = math.sqrt(low) * math.sqrt(high)
        if float(np.exp(-rises / middle).mean()) < wanted:
            low = middle
        else:
            high = middle
    return high
