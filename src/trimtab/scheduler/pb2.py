"""Population based bandits: PBT whose successors are chosen by a model of what pays when.

Parker-Holder, Nguyen & Roberts (2020). Provably Efficient Online Hyperparameter Optimization with
Population-Based Bandits. NeurIPS. The gain of each interval is a function of the configuration, of where the
trial stood before and of time, and it drifts: k = k_SE(x, x') (1 - e)^(|t - t'| / 2), equation 5. A
successor's configuration maximizes the upper confidence bound, equation 6, with sqrt(beta_t), beta_t = c1 +
log(c2 n); members in training count as measured, so that two successors differ (GP-BUCB, Desautels et al.
2014).

NOTE: (1 - e)^(|t - t'| / 2) is an exponential kernel of lengthscale -2 / log(1 - e) intervals, and e is
learned as such. Choices are features of the process like numbers; the paper's second version has a bandit
for them.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.core.curve import DROPPED
from trimtab.core.fidelity import Resume, Start, range_of
from trimtab.core.history import RUNNING, WAITING, History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.design.setting import check_number, check_word
from trimtab.evaluation.population import measured_at, position
from trimtab.evaluation.succession import SELECTIONS, Codes, Plan, budget, judged, next_turn
from trimtab.surrogate.embedding import Embedding, embedding_of
from trimtab.surrogate.gp import GaussianProcess
from trimtab.surrogate.kernel import On, Product, Scaled
from trimtab.surrogate.posterior import Posterior
from trimtab.surrogate.prior import Joint, LogNormal
from trimtab.surrogate.profile import rbf_profile
from trimtab.surrogate.stationary import Stationary, matern
from trimtab.surrogate.threads import one_thread
from trimtab.surrogate.transform import standardized
from trimtab.typing import Array, Rng
from trimtab.variation.bound import reflected
from trimtab.variation.exploration import explored

_C1, _C2 = 0.2, 0.4  # of beta
_NEAR, _SPREAD = 0.3, 0.1  # share of candidates that are near the parent, and how near
_STEPS, _TOLERANCE = 30, 1e-5


@dataclass(frozen=True)
class PB2:
    """PBT with a Gaussian process in the place of chance; for small populations. First objective."""

    usual_sampler: ClassVar[str] = "random"  # where a study names none

    population: int = 4
    interval: int = 5  # steps between two looks at the others
    quantile: float = 0.25
    selection: str = "truncation"
    n_raw: int = 500  # configurations that are compared for a successor
    n_rows: int = 150  # of the latest gains that the model looks at
    max_budget: int | None = None  # steps in all; None: the most of the study's fidelity

    def __post_init__(self) -> None:
        check_count("population", self.population, 2)
        for name in ("interval", "n_raw", "n_rows"):
            check_count(name, getattr(self, name))
        if self.max_budget is not None:
            check_count("max_budget", self.max_budget)
        check_number("quantile", self.quantile, 0, 0.500001)
        check_word("selection", self.selection, SELECTIONS)

    @one_thread()
    def next(self, history: History, rng: Rng) -> Start | Resume | None:
        """See `Promoter`: as `PBT.next`, with the model's choice for a successor.

        Raises:
            SpaceExhausted: every member has come to the end.
        """
        return next_turn(
            self._plan(history), history, rng, lambda parent: self._chosen(history, parent, rng)
        )

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        return budget(self._plan(history), history, number)

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: every `interval` steps, stop who loses; the others take turns."""
        return judged(self._plan(history), history, number)

    def _plan(self, history: History) -> Plan:
        high = range_of(history.fidelity, None, self.max_budget, "PB2")[1]
        return Plan(self.population, self.interval, self.quantile, self.selection, high)

    # -- the model ----------------------------------------------------------------------------------

    def _chosen(self, history: History, parent: int, rng: Rng) -> Codes:
        """The configuration with the highest bound where the parent stands."""
        gains = history.memo((self, "gains"), lambda: Gains(self.interval))
        gains.read(history)
        space, codes = history.space, history.codes()[parent]
        x = _candidates(space.to_unit(codes[None])[0], self.n_raw, rng)
        found = space.from_unit(x)
        found = found[space.is_valid(found)]
        if len(gains.rows) < 2 or not len(found):
            return explored(space, codes, rng)
        embedding = embedding_of(space)
        rows = gains.rows[-self.n_rows :]
        scale = _Scale.of(np.array([row[2] for row in rows]))
        x = embedding(space.to_unit(history.codes(np.array([row[0] for row in rows]))))
        at = np.array([row[1] for row in rows]) / self.interval
        data = np.column_stack([x, scale(np.array([row[2] for row in rows])), at])
        y = standardized(np.array([row[3] for row in rows]))
        process = process_of(embedding)
        theta = process.maximum(data, y, [process.theta], _STEPS, _TOLERANCE)
        posterior = self._pending(process.condition(data, y, theta), history, embedding, scale)
        loss = measured_at(history, parent, position(history, parent))
        before, now = float(scale(_finite(loss))), position(history, parent) / self.interval
        asked = embedding(space.to_unit(found))
        mean, variance = posterior.predict(
            np.column_stack([asked, np.tile([before, now], (len(asked), 1))])
        )
        best = int(np.argmax(mean + np.sqrt(beta(len(rows)) * variance)))
        return tuple(None if v != v else v for v in found[best].tolist())

    def _pending(
        self, posterior: Posterior, history: History, embedding: Embedding, scale: "_Scale"
    ) -> Posterior:
        """With members in training as if they gained what the model believes."""
        running = history.numbers(RUNNING, WAITING)
        if not len(running):
            return posterior
        x = embedding(history.space.to_unit(history.codes(running)))
        places = [position(history, i) for i in running.tolist()]
        losses = [_finite(measured_at(history, i, s)) for i, s in zip(running, places, strict=True)]
        before = np.array([scale(loss) for loss in losses])
        extra = np.column_stack([x, before, np.array(places) / self.interval])
        return posterior.append(extra, np.append(posterior.y, posterior.predict(extra)[0]))


def beta(n: int) -> float:
    """c1 + log(c2 n), not below c1: how much an uncertain gain is worth."""
    return _C1 + max(0.0, math.log(_C2 * n))


def process_of(embedding: Embedding) -> GaussianProcess:
    """The process of gains; rows are features, the loss before, and time in intervals."""
    width = len(embedding.group)
    group = np.append(embedding.group, int(embedding.group.max(initial=-1)) + 1)
    n = int(group[-1]) + 1
    of_x = On(Stationary(rbf_profile, np.full(n, 0.7), group), range(width + 1))
    drift = On(matern(0.5, 10.0), [width + 1])
    parts = (
        (1, LogNormal(0.0, 0.7)),
        (n, LogNormal(-0.3, 1.0)),
        (1, LogNormal(math.log(10.0), 1.0)),
        (1, LogNormal(-3.0, 1.5)),
    )
    return GaussianProcess(Scaled(Product((of_x, drift)), 1.0), None, Joint(parts), bounds=_BOUNDS)


class Gains:
    """What each trial gained in each interval, in the order in which that became known.

    `rows`: number, the step at which the interval began, the loss there, and the gain a step.
    """

    def __init__(self, interval: int) -> None:
        self.rows: list[tuple[int, int, float, float]] = []
        self._interval = interval
        self._before: dict[int, tuple[int, float]] = {}
        self._position = 0

    def read(self, history: History) -> None:
        """Go on from the last report read."""
        sign = float(history.sign[0])
        for number, step, values in history.curves.since(self._position):
            if step < 0:
                before = self._before.get(number)
                if before is not None and before[0] >= DROPPED - step:
                    del self._before[number]
                continue
            self._take(history, number, step, sign * values[0])
        self._position = len(history.curves)

    def _take(self, history: History, number: int, step: int, loss: float) -> None:
        before = self._before.get(number)
        if before is None and number in history.origins:
            parent, begin = history.origins[number]
            start = measured_at(history, parent, begin)
            before = None if start is None else (begin, float(start[0]))
        if before is not None and step // self._interval <= before[0] // self._interval:
            return
        if before is not None and math.isfinite(loss) and math.isfinite(before[1]):
            self.rows.append(
                (number, before[0], before[1], (before[1] - loss) / (step - before[0]))
            )
        if before is None or step // self._interval > before[0] // self._interval:
            self._before[number] = (step, loss)


@dataclass(frozen=True)
class _Scale:
    """Losses onto [0, 1]."""

    low: float
    width: float

    @classmethod
    def of(cls, losses: Array) -> "_Scale":
        return cls(float(losses.min()), float(np.ptp(losses)) or 1.0)

    def __call__(self, loss: Array | float) -> Array:
        return np.clip((np.asarray(loss, np.float64) - self.low) / self.width, -1.0, 2.0)


def _finite(loss: Array | None) -> float:
    return float(loss[0]) if loss is not None and np.isfinite(loss[0]) else 0.0


def _candidates(x: Array, n: int, rng: Rng) -> Array:
    """Unit rows (n, d): most of them anywhere, some near that of the parent (d,)."""
    rows = rng.random((n, len(x)))
    k = int(n * _NEAR)
    moved = reflected(x + _SPREAD * rng.standard_normal((k, len(x))))
    rows[:k] = np.where(np.isnan(moved), rows[:k], moved)
    return rows


_BOUNDS = (float(np.log(0.05)), float(np.log(200.0)))
