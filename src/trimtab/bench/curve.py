"""Learning curves with known ends, for comparing what schedulers and multi-fidelity samplers do.

MFHartmann: Mallik, Bergman, Hvarfner, Stoll, Janowski, Lindauer, Nardi & Hutter (2023), PriorBand,
NeurIPS, appendix D: Hartmann's function, flattened by bias (1 - z)^2 and with noise (1 - z) at the
fraction z of the budget; good, moderate and bad are their strengths. Crossing curves and a blind start
are ours: what looks best early is worst in the end, or says nothing.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.bench.function import HARTMANN_HEIGHTS, hartmann_bumps
from trimtab.executor.replay import Replay
from trimtab.space.domain import Float
from trimtab.space.space import Space
from trimtab.typing import Array, Rng


@dataclass(frozen=True)
class CurveTask:
    """Curves over a space: `curve(config)` is one, `final` (n,) the ends of unit rows (n, d)."""

    name: str
    space: Space
    high: int  # steps of a whole evaluation
    final: Callable[[Array], Array]
    path: Callable[
        [Array, Array, Rng], Array
    ]  # unit row (d,), fractions (k,), noise -> losses (k,)
    least: float | None = None  # of `final`, where it is known

    def curve(self, config: Mapping[str, Any]) -> Replay:
        """The curve of a configuration; its noise is a function of the configuration."""
        x = np.array([config[name] for name in self.space.names], np.float64)
        seed = int.from_bytes(hashlib.blake2b(x.tobytes(), digest_size=8).digest(), "big")
        z = np.linspace(0.0, 1.0, self.high)
        return Replay(self.path(x, z, np.random.default_rng(seed)))


def mf_hartmann(name: str, bias: float, noise: float, high: int = 100) -> CurveTask:
    """Hartmann's function of six variables with a biased, noisy start."""

    def path(x: Array, z: Array, rng: Rng) -> Array:
        heights = HARTMANN_HEIGHTS - bias * (1.0 - z[:, None]) ** 2
        return -heights @ hartmann_bumps(x[None])[0] + noise * (1.0 - z) * rng.standard_normal(
            len(z)
        )

    def final(x: Array) -> Array:
        return -hartmann_bumps(x) @ HARTMANN_HEIGHTS

    return CurveTask(name, _box(6), high, final, path, -3.322368011415515)


def crossing(name: str = "crossing", high: int = 81) -> CurveTask:
    """q + 3 (1 - q) t^-0.4 for quality q in [0, 1]: until t = 15 the worst configurations look best."""

    def path(x: Array, z: Array, rng: Rng) -> Array:
        q, t = quality(x[None])[0], 1.0 + z * (high - 1)
        return q + 3.0 * (1.0 - q) * t**-0.4 + 0.01 * rng.standard_normal(len(t))

    def final(x: Array) -> Array:
        q = quality(x)
        return q + 3.0 * (1.0 - q) * high**-0.4

    return CurveTask(name, _box(4), high, final, path, 3.0 * high**-0.4)


def blind(name: str = "blind", high: int = 81) -> CurveTask:
    """Pure noise at the first step, that gives way to the quality until step 6."""

    def path(x: Array, z: Array, rng: Rng) -> Array:
        q, t = quality(x[None])[0], 1.0 + z * (high - 1)
        known = np.clip((t - 1.0) / 5.0, 0.0, 1.0)
        return known * q + (1.0 - known) * rng.random() + 0.3 * t**-0.5

    return CurveTask(
        name, _box(4), high, lambda x: quality(x) + 0.3 * high**-0.5, path, 0.3 * high**-0.5
    )


def quality(x: Array) -> Array:
    """A bent valley (n,) over rows (n, 4): 0 at the best, at most 1."""
    bent = x[:, 1] - 0.2 - 0.6 * x[:, 0] ** 2
    far = (
        (x[:, 0] - 0.7) ** 2
        + 2.0 * bent**2
        + 0.5 * (x[:, 2] - 0.3) ** 2
        + 0.1 * (x[:, 3] - 0.5) ** 2
    )
    return np.asarray(1.0 - np.exp(-3.0 * far), np.float64)


def _box(d: int) -> Space:
    return Space({f"x{i}": Float(0.0, 1.0) for i in range(d)})


TASKS = {
    task.name: task
    for task in (
        mf_hartmann("mfhartmann_good", 2.5, 2.0),
        mf_hartmann("mfhartmann_moderate", 3.0, 3.0),
        mf_hartmann("mfhartmann_bad", 3.5, 4.0),
        crossing(),
        blind(),
    )
}
