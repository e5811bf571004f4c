"""Test functions with known optima, for comparisons and for tests; all are minimized.

Surjanovic & Bingham (2013), Virtual Library of Simulation Experiments, collects most of them; each
function cites its own source. A `Task` is the function, its space and its least value; call the task
with a configuration. Several objectives return a tuple.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.core.trial import Result
from trimtab.errors import InvalidArgument
from trimtab.plugin import did_you_mean
from trimtab.space.domain import Float
from trimtab.space.space import Space
from trimtab.typing import Array

Point = Sequence[float]


@dataclass(frozen=True)
class Task:
    """A function over a space, with what is known of its optimum."""

    name: str
    function: Callable[[Point], Any]
    space: Space
    least: float | None = None  # the least (feasible) value; None with several objectives
    minimizers: tuple[tuple[float, ...], ...] = ()
    n_objectives: int = 1

    def __call__(self, config: Mapping[str, float]) -> Any:
        """The value at a configuration."""
        return self.function([config[name] for name in self.space.names])


def branin(x: Point) -> float:
    """Branin (1972); three global minima of 0.397887."""
    a, b = x
    arch = b - 5.1 / (4 * math.pi**2) * a**2 + 5 / math.pi * a - 6
    return arch**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(a) + 10


_H6_A = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
_H6_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)
HARTMANN_HEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])  # of the four bumps


def hartmann_bumps(x: Array) -> Array:
    """The four bumps (n, 4) of Hartmann's function at rows (n, 6), without their heights."""
    return np.exp(-np.sum(_H6_A * (x[:, None, :] - _H6_P) ** 2, axis=2))


def hartmann6(x: Point) -> float:
    """Hartmann (1973), six dimensions; least value -3.32237."""
    return -float(hartmann_bumps(np.asarray(x, float)[None])[0] @ HARTMANN_HEIGHTS)


def sphere(x: Point) -> float:
    """The sum of squares; De Jong (1975), function 1."""
    return float(np.sum(np.square(x)))


def rosenbrock(x: Point) -> float:
    """Rosenbrock (1960): a curved valley; least value 0 at (1, ..., 1)."""
    v = np.asarray(x, float)
    return float(np.sum(100 * (v[1:] - v[:-1] ** 2) ** 2 + (1 - v[:-1]) ** 2))


def rastrigin(x: Point) -> float:
    """Rastrigin (1974): a bowl of many pits; least value 0 at the origin."""
    v = np.asarray(x, float)
    return float(10 * len(v) + np.sum(v**2 - 10 * np.cos(2 * math.pi * v)))


def ackley(x: Point) -> float:
    """Ackley (1987): a funnel in a field of pits; least value 0 at the origin."""
    v = np.asarray(x, float)
    funnel = -20 * math.exp(-0.2 * math.sqrt(float(np.mean(v**2))))
    return float(funnel - np.exp(np.mean(np.cos(2 * math.pi * v))) + 20 + math.e)


def forrester(x: Point) -> float:
    """Forrester, Sobester & Keane (2008), one dimension; least value -6.020740 at 0.757249."""
    return (6 * x[0] - 2) ** 2 * math.sin(12 * x[0] - 4)


def ishigami(x: Point) -> float:
    """Ishigami & Homma (1990), a = 7, b = 0.1; variance 13.844588 over [-pi, pi]^3."""
    return math.sin(x[0]) + 7 * math.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * math.sin(x[0])


def gramacy(x: Point) -> Result:
    """Gramacy et al. (2016), linear objective, two constraints; least feasible value 0.5997879."""
    a, b = x
    first = 1.5 - a - 2 * b - 0.5 * math.sin(2 * math.pi * (a**2 - 2 * b))
    return Result(a + b, constraints=(first, a**2 + b**2 - 1.5))


def mckinnon(x: Point) -> float:
    """McKinnon (1998), tau = 2, theta = 6, phi = 60: Nelder-Mead stalls at 0; least -0.25 at (0, -0.5)."""
    a, b = x
    return (360 if a <= 0 else 6) * a**2 + b + b**2


def zdt1(x: Point) -> tuple[float, float]:
    """Zitzler, Deb & Thiele (2000), convex front f2 = 1 - sqrt(f1)."""
    g = 1 + 9 * float(np.mean(x[1:]))
    return x[0], g * (1 - math.sqrt(x[0] / g))


def zdt2(x: Point) -> tuple[float, float]:
    """Zitzler, Deb & Thiele (2000), concave front f2 = 1 - f1^2."""
    g = 1 + 9 * float(np.mean(x[1:]))
    return x[0], g * (1 - (x[0] / g) ** 2)


def zdt3(x: Point) -> tuple[float, float]:
    """Zitzler, Deb & Thiele (2000), a front in five pieces."""
    g = 1 + 9 * float(np.mean(x[1:]))
    ratio = x[0] / g
    return x[0], g * (1 - math.sqrt(ratio) - ratio * math.sin(10 * math.pi * x[0]))


def dtlz2(x: Point, n_objectives: int = 3) -> tuple[float, ...]:
    """Deb, Thiele, Laumanns & Zitzler (2002): the front is the unit sphere's positive octant."""
    m = n_objectives
    g = float(np.sum((np.asarray(x[m - 1 :]) - 0.5) ** 2))
    angles = np.asarray(x[: m - 1]) * math.pi / 2
    values = []
    for i in range(m):
        value = (1 + g) * float(np.prod(np.cos(angles[: m - 1 - i])))
        values.append(value * math.sin(angles[m - 1 - i]) if i else value)
    return tuple(values)


def _box(low: float, high: float, d: int) -> Space:
    return Space({f"x{i}": Float(low, high) for i in range(d)})


_MAKERS: dict[str, Callable[[int], Task]] = {
    "branin": lambda d: Task(
        "branin", branin, Space({"x0": Float(-5, 10), "x1": Float(0, 15)}), 0.39788735772973816,
        ((-math.pi, 12.275), (math.pi, 2.275), (3 * math.pi, 2.475)),
    ),
    "hartmann6": lambda d: Task(
        "hartmann6", hartmann6, _box(0, 1, 6), -3.322368011415515,
        ((0.20168951, 0.15001069, 0.47687397, 0.27533243, 0.31165162, 0.65730053),),
    ),
    "sphere": lambda d: Task("sphere", sphere, _box(-5, 5, d), 0.0, ((0.0,) * d,)),
    "rosenbrock": lambda d: Task("rosenbrock", rosenbrock, _box(-2.048, 2.048, d), 0.0, ((1.0,) * d,)),
    "rastrigin": lambda d: Task("rastrigin", rastrigin, _box(-5.12, 5.12, d), 0.0, ((0.0,) * d,)),
    "ackley": lambda d: Task("ackley", ackley, _box(-32.768, 32.768, d), 0.0, ((0.0,) * d,)),
    "forrester": lambda d: Task("forrester", forrester, _box(0, 1, 1), -6.020740055767083, ((0.7572487,),)),
    "ishigami": lambda d: Task("ishigami", ishigami, _box(-math.pi, math.pi, 3)),
    "gramacy": lambda d: Task("gramacy", gramacy, _box(0, 1, 2), 0.5997879, ((0.19512, 0.40467),)),
    "mckinnon": lambda d: Task("mckinnon", mckinnon, _box(-3, 3, 2), -0.25, ((0.0, -0.5),)),
    "zdt1": lambda d: Task("zdt1", zdt1, _box(0, 1, d), n_objectives=2),
    "zdt2": lambda d: Task("zdt2", zdt2, _box(0, 1, d), n_objectives=2),
    "zdt3": lambda d: Task("zdt3", zdt3, _box(0, 1, d), n_objectives=2),
    "dtlz2": lambda d: Task("dtlz2", dtlz2, _box(0, 1, d), n_objectives=3),
}  # fmt: skip


def names() -> list[str]:
    """The tasks there are."""
    return list(_MAKERS)


def task(name: str, d: int = 5) -> Task:
    """A task by name; `d` dimensions, where the function leaves them open.

    Raises:
        InvalidArgument: an unknown name, or fewer than two dimensions.
    """
    if name not in _MAKERS:
        raise InvalidArgument(
            f"task={name!r} is not known{did_you_mean(name, _MAKERS)}; choose one of {', '.join(_MAKERS)}"
        )
    if d < 2:
        raise InvalidArgument(f"d={d!r} must be 2 or more")
    return _MAKERS[name](d)
