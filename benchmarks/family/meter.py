"""What all parts share: counted functions, one loop of ask and tell for our samplers, and medians."""

import contextlib
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Request
from trimtab.rng import ASK, INIT, TELL, stream
from trimtab.space.domain import Float
from trimtab.space.space import Space


class Spent(Exception):
    """The target is reached, or the budget is used."""


class Counted:
    """A function that notes its best value, and stops a run at its target or limit."""

    def __init__(self, f: Callable[[Any], Any], limit: int, target: float = -math.inf) -> None:
        self.f, self.limit, self.target, self.n, self.best = f, limit, target, 0, math.inf

    def __call__(self, x: Any) -> float:
        if self.n >= self.limit or self.best <= self.target:
            raise Spent
        value = float(self.f(x))
        self.n += 1
        self.best = min(self.best, value)
        if self.best <= self.target:
            raise Spent
        return value

    def run(self, go: Callable[["Counted"], Any]) -> "Counted":
        """Let a method loose on this function; returns it with its count and best value."""
        with contextlib.suppress(Spent):
            go(self)
        return self


def box(low: float, high: float, d: int) -> Space:
    return Space({f"x{i}": Float(low, high) for i in range(d)})


def batch(x: Any, y: Any, c: Any, tag: Any) -> Batch:
    n = len(x)
    values = np.array(y, float).reshape(n, 1)
    constraints = np.array(c, float).reshape(n, -1) if n else np.empty((0, 0))
    none, zero = np.full(n, np.nan), np.zeros(n, np.int64)
    tags = np.array(tag, np.int64).reshape(n)
    return Batch(x, values, constraints, none, none, zero, tags, np.arange(n, dtype=np.int64))


def ours(sampler: Any, space: Space, f: Callable[[Any], Any], seed: int) -> None:
    """One result at a time, as a study with one worker does it, until f raises or nothing is left.

    f takes codes (d,), which are the values themselves for plain floats, and gives a loss, or a loss
    with a list of constraints.
    """
    state = sampler.init(Problem(space), stream(seed, INIT))
    nothing, k = batch(np.empty((0, len(space.names))), [], [], []), 0
    while True:
        found = sampler.ask(state, Request(1, nothing, stream(seed, ASK, k), start=k))
        if not len(found.x):
            return
        codes = space.from_unit(found.x)
        value = f(codes[0])
        y, c = value if isinstance(value, tuple) else (value, [])
        told = batch(space.to_unit(codes), [y], [c], found.tag)
        state = sampler.tell(state, told, stream(seed, TELL, k))
        k += 1


Method = Callable[[Counted, int], Any]  # a function to minimize, and a seed


def to_target(
    methods: dict[str, Method], f: Any, seeds: int, limit: int, to: float
) -> dict[str, Any]:
    """Evaluations to a target: medians over seeds, and ratios; a run that fails counts with its limit."""
    row: dict[str, Any] = {}
    for name, method in methods.items():
        start = time.process_time()
        runs = [
            Counted(f, limit, to).run(lambda m, method=method, s=s: method(m, s))
            for s in range(seeds)
        ]
        row[name] = {
            "median": float(np.median([r.n if r.best <= to else limit for r in runs])),
            "solved": sum(r.best <= to for r in runs),
            "of": seeds,
            "median_best": float(np.median([r.best for r in runs])),
            "cpu_seconds": round(time.process_time() - start, 2),
        }
    first, *others = row
    for name in others:
        row[f"ratio_{name}"] = round(row[first]["median"] / row[name]["median"], 3)
    return row


def best_of(methods: dict[str, Method], f: Any, least: float, seeds: int, limit: int) -> dict:
    """Best value minus the least there is, at a budget: medians over seeds, all values, paired wins."""
    row: dict[str, Any] = {}
    for name, method in methods.items():
        start = time.process_time()
        runs = [
            Counted(f, limit).run(lambda m, method=method, s=s: method(m, s)) for s in range(seeds)
        ]
        regrets = [r.best - least for r in runs]
        row[name] = {
            "median": float(np.median(regrets)),
            "all": [float(f"{r:.3g}") for r in regrets],
            "cpu_seconds": round(time.process_time() - start, 2),
        }
    return row
