"""Freeze-thaw: at each step, thaw the paused trial or start the new one that is likeliest to win.

Swersky, Snoek & Adams (2014). Freeze-Thaw Bayesian Optimization. arXiv:1406.3896, for the model of curves.
Rakotoarison, Adriaensen, Mallik, Garibov, Bergman & Hutter (2024). In-Context Freeze-Thaw Bayesian
Optimization for Hyperparameter Optimization. ICML, section 4, for MFPI-random: a horizon h and an
improvement are drawn at random for each decision, and paused trials and new configurations are compared by
the probability to have gained that much within h more steps. So what is only promising in the long run is
taken up as well, and no ladder of budgets has to be chosen.

NOTE: the paper's scores have a known best possible value, ours have not: the improvement is a share 10^u, u
uniform in [-4, -1], of the distance between the best and the median of all measurements.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.core.curve import DROPPED
from trimtab.core.fidelity import Resume, Start, range_of
from trimtab.core.history import PAUSED, RUNNING, WAITING, History
from trimtab.core.protocols import Decision
from trimtab.design.check import check_count
from trimtab.errors import SpaceExhausted
from trimtab.evaluation.due import last_due
from trimtab.surrogate.embedding import Embedding, embedding_of
from trimtab.surrogate.freeze_thaw import process_of, rows_of, thinned
from trimtab.surrogate.joint import robust
from trimtab.surrogate.posterior import Posterior
from trimtab.surrogate.threads import one_thread
from trimtab.typing import Array, Ints, Rng
from trimtab.variation.bound import reflected
from trimtab.variation.draw import is_finite, row_keys

_STEPS, _TOLERANCE = 40, 1e-5  # of a fit
_FIRST_FIT = 6  # measurements; up to so many, each is a reason to fit again
_NEAR, _SPREAD = 0.25, 0.1  # share of new rows that are near the best ones, and how near
_N_LEADERS = 5
_U = (-4.0, -1.0)  # of the improvement, log10


@dataclass(frozen=True)
class FreezeThaw:
    """A model of all learning curves decides what goes on for `step` more; the first objective counts.

    The first `n_initial` trials are the sampler's; later ones are the model's choice among `n_raw` rows.
    """

    usual_sampler: ClassVar[str] = "random"  # where a study names none

    step: int = 1  # units of budget between two decisions about a trial
    n_initial: int = 6  # trials before the model has a say
    n_raw: int = 200  # new configurations that are compared
    n_rows: int = 160  # measurements that a prediction rests on, at most
    trials: int | None = None  # most that are started; None: any number
    max_budget: int | None = None  # R; None: the most of the study's fidelity

    def __post_init__(self) -> None:
        for name, low in (("step", 1), ("n_initial", 2), ("n_raw", 1), ("n_rows", 2)):
            check_count(name, getattr(self, name), low)
        for name in ("trials", "max_budget"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))

    @one_thread()
    def next(self, history: History, rng: Rng) -> Start | Resume | None:
        """See `Promoter`: the paused trial or the new configuration with the highest chance to improve.

        Raises:
            SpaceExhausted: `trials` are reached, and none of them is paused.
        """
        high, seen = self._high(history), self._seen(history)
        paused = history.numbers(PAUSED)
        may_start = self.trials is None or len(history) < self.trials
        if may_start and (len(history) < self.n_initial or seen.n_good < 2):
            return Start(min(self.step, high))
        if not may_start and not len(paused):
            if history.counts[RUNNING] + history.counts[WAITING]:
                return None
            raise SpaceExhausted(f"all {len(history)} trials have come to an end")
        if seen.n_good < 2:
            return Resume(int(paused[0]), self._after(seen, int(paused[0]), high))
        embedding = embedding_of(history.space)
        posterior = self._pending(
            self._posterior(history, seen, embedding), history, seen, embedding
        )
        new = (
            self._new(history, seen, rng) if may_start else np.empty((0, len(history.space.names)))
        )
        x = np.vstack([history.space.to_unit(history.codes(paused)), new])
        place = np.array([seen.position(i) for i in paused.tolist()] + [0] * len(new))
        curve = np.append(paused, np.arange(-1, -1 - len(new), -1))
        if not len(x):
            return Start(min(self.step, high)) if may_start else None
        rows, threshold = self._question(embedding(x), place, curve, seen, high, rng)
        chance = improvement(posterior, rows, threshold)
        best = int(np.argmax(chance))
        if best < len(paused):
            return Resume(int(paused[best]), self._after(seen, int(paused[best]), high))
        codes = history.space.from_unit(new[best - len(paused)][None])[0].tolist()
        return Start(min(self.step, high), tuple(None if v != v else v for v in codes))

    def budget(self, history: History, number: int) -> int:
        """See `Promoter`."""
        return history.budgets.get(number) or min(self.step, self._high(history))

    def judge(self, history: History, number: int) -> Decision:
        """See `Scheduler`: pause at the budget; what is not finite there is stopped."""
        seen, budget = self._seen(history), self.budget(history, number)
        if seen.position(number) < budget or budget >= self._high(history):
            return Decision.CONTINUE
        return Decision.PAUSE if seen.is_finite(number) else Decision.STOP

    # -- the model ----------------------------------------------------------------------------------

    def _question(
        self, features: Array, place: Ints, curve: Ints, seen: "_Seen", high: int, rng: Rng
    ) -> tuple[Array, float]:
        """Rows (n, D + 2) at the horizon, and the loss that is to be beaten there; equations 5 and 6."""
        horizon = int(rng.integers(1, high + 1))
        at = np.minimum(place + horizon, high) / high
        y = robust(seen.losses())
        threshold = float(y.min() - 10.0 ** rng.uniform(*_U) * (np.median(y) - y.min()))
        return rows_of(features, at, curve), threshold

    def _posterior(self, history: History, seen: "_Seen", embedding: Embedding) -> Posterior:
        """The process given what was measured; learned whenever there is a quarter more."""
        process, due = process_of(embedding), last_due(_FIRST_FIT, len(seen.number))
        key = (due, len(history.space.names))
        if key not in seen.learned:
            x, y = self._rows(history, seen, embedding, due)
            seen.learned.clear()
            seen.learned[key] = process.maximum(x, y, [process.theta], _STEPS, _TOLERANCE)
        x, y = self._rows(history, seen, embedding, len(seen.number))
        return process.condition(x, y, seen.learned[key])

    def _rows(
        self, history: History, seen: "_Seen", embedding: Embedding, n: int
    ) -> tuple[Array, Array]:
        """Rows and standardized losses of the first n measurements, thinned."""
        number = np.array(seen.number[:n], np.int64)
        keep = thinned(number, self.n_rows)
        x = embedding(history.space.to_unit(history.codes(number[keep])))
        at = np.array(seen.step[:n])[keep] / self._high(history)
        return rows_of(x, at, number[keep]), robust(seen.losses()[:n])[keep]

    def _pending(
        self, posterior: Posterior, history: History, seen: "_Seen", embedding: Embedding
    ) -> Posterior:
        """With trials that run now, as if they came to their budget with what the model believes."""
        running = history.numbers(RUNNING, WAITING)
        if not len(running):
            return posterior
        x = embedding(history.space.to_unit(history.codes(running)))
        budgets = np.array([self.budget(history, i) for i in running.tolist()], np.float64)
        extra = rows_of(x, budgets / self._high(history), running)
        return posterior.append(extra, np.append(posterior.y, posterior.predict(extra)[0]))

    def _new(self, history: History, seen: "_Seen", rng: Rng) -> Array:
        """Unit rows that could be started: most of them anywhere, some near the best ones."""
        space = history.space
        x = rng.random((self.n_raw, len(space.names)))
        n = int(self.n_raw * _NEAR)
        near = space.to_unit(history.codes(seen.leaders(_N_LEADERS)))
        base = near[rng.integers(len(near), size=n)]
        moved = reflected(base + _SPREAD * rng.standard_normal(base.shape))
        x[:n] = np.where(np.isnan(moved) | (rng.random(base.shape) < _SPREAD), x[:n], moved)
        codes = space.from_unit(x)
        good = space.is_valid(codes)
        if is_finite(space):
            known = row_keys(space, space.to_unit(history.codes()))
            keys = row_keys(space, space.to_unit(codes))
            first = np.unique(keys, return_index=True)[1]
            good &= np.isin(np.arange(len(keys)), first) & ~np.isin(keys, known)
        return space.to_unit(codes[good])

    def _after(self, seen: "_Seen", number: int, high: int) -> int:
        return min(high, seen.position(number) + self.step)

    def _high(self, history: History) -> int:
        return range_of(history.fidelity, None, self.max_budget, "FreezeThaw")[1]

    def _seen(self, history: History) -> "_Seen":
        seen = history.memo(self, lambda: _Seen(self.step, self._high(history)))
        seen.read(history)
        return seen


def improvement(posterior: Posterior, rows: Array, threshold: float) -> Array:
    """How many standard deviations each row's prediction (n,) is below the threshold: PI's order."""
    mean, variance = posterior.predict(rows)
    return np.asarray((threshold - mean) / np.sqrt(variance), np.float64)


class _Seen:
    """What was measured at each decision's step, in order, kept up with a history."""

    def __init__(self, step: int, high: int) -> None:
        self.number: list[int] = []
        self.step: list[int] = []
        self.n_good = 0
        self.learned: dict[tuple[int, int], Array] = {}
        self._loss: list[float] = []
        self._every, self._high = step, high
        self._last: dict[int, tuple[int, float]] = {}
        self._position = 0

    def read(self, history: History) -> None:
        """Go on from the last report read."""
        sign = float(history.sign[0])
        for number, step, values in history.curves.since(self._position):
            last = self._last.get(number, (0, 0.0))[0]
            if step < 0:
                if number in self._last:
                    self._last[number] = (min(last, DROPPED - step - 1), self._last[number][1])
                continue
            loss = sign * values[0] if np.isfinite(values[0]) else np.inf
            if step >= last:
                self._last[number] = (step, loss)
            if (
                step // self._every > last // self._every
                or step == self._high
                or not np.isfinite(loss)
            ):
                self.number.append(number)
                self.step.append(min(step, self._high))
                self._loss.append(loss)
                self.n_good += bool(np.isfinite(loss))
        self._position = len(history.curves)

    def position(self, number: int) -> int:
        """The step that a trial has come to."""
        return self._last.get(number, (0, 0.0))[0]

    def is_finite(self, number: int) -> bool:
        """Whether a trial's last loss is a number."""
        return bool(np.isfinite(self._last.get(number, (0, 0.0))[1]))

    def losses(self) -> Array:
        """Of all measurements (n,), infinite where bad."""
        return np.array(self._loss)

    def leaders(self, n: int) -> Ints:
        """The trials of the least losses, each once."""
        order = np.argsort(self._loss, kind="stable")
        numbers = np.array(self.number)[order]
        _, first = np.unique(numbers, return_index=True)
        return numbers[np.sort(first)[:n]]
