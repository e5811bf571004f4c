"""A test set that is opened once.

Every look at a test set that steers what comes next turns it into a validation set (Dwork et al. 2015,
The Reusable Holdout). This one is scored a single time; each later look is refused, and logged.
"""

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.evaluation.evaluator import n_rows, take
from trimtab.evaluation.interval import Interval

LOOKS = "test_looks"  # the study's attribute


class Keeper(Protocol):
    """Keeps attributes; a `Study` is one, and then the lock outlives the process."""

    @property
    def user_attrs(self) -> Mapping[str, Any]:
        """All of them."""

    def set_user_attr(self, key: str, value: Any) -> None:
        """Set one to a JSON value."""


class TestSetReused(UserWarning):
    """A test set was opened again; its score no longer says how new data will be."""

    __test__ = False


@dataclass
class Notes:
    """A keeper for this process only."""

    user_attrs: dict[str, Any] = field(default_factory=dict)

    def set_user_attr(self, key: str, value: Any) -> None:
        """See `Keeper`."""
        self.user_attrs[key] = value


@dataclass(frozen=True, eq=False)
class LockedTest:
    """Test rows, and the log of all looks at them.

    x, y: the test rows. scorer: scorer(model, x, y); None: the model's own `score`. keeper: where the
    log is kept, best the study whose result is tested.
    """

    x: Any
    y: Any
    scorer: Callable[[Any, Any, Any], float] | None = None
    keeper: Keeper = field(default_factory=Notes)

    @property
    def looks(self) -> list[dict[str, Any]]:
        """One entry a look: `at` (Unix time, seconds), `value`, and `is_refused`."""
        return list(self.keeper.user_attrs.get(LOOKS, []))

    def test_once(
        self, model: Any, *, again: bool = False, n_resamples: int = 400, seed: int = 0
    ) -> Interval:
        """The score of a fitted model on the test rows, with a percentile bootstrap interval (95 %).

        The interval is that of this one model over test rows; it knows nothing of other training sets.
        again: open a set that was opened before, knowing what that means; it is logged, and warned of.

        Raises:
            InvalidArgument: the set was opened before, and `again` is not set.
        """
        n_before = sum(not look["is_refused"] for look in self.looks)
        if n_before and not again:
            self._log(None)
            raise InvalidArgument(
                f"the test set was opened {n_before} time(s) before, and is locked: a choice made after "
                "seeing its score makes the next score too good. Hold out new rows; or say again=True, "
                "and report how many looks there were"
            )
        n = n_rows(self.y)
        value = self._score(model, np.arange(n))
        self._log(value)
        if n_before:
            warnings.warn(f"look {n_before + 1} at a test set", TestSetReused, stacklevel=2)
        rng = np.random.default_rng(seed)
        drawn = [self._score(model, rng.integers(0, n, n)) for _ in range(n_resamples)]
        low, high = np.quantile(drawn, [0.025, 0.975]).tolist()
        return Interval(value, low, high, 0.95, "percentile bootstrap of the test rows")

    def _score(self, model: Any, rows: Any) -> float:
        x, y = take(self.x, rows), take(self.y, rows)
        return float(model.score(x, y) if self.scorer is None else self.scorer(model, x, y))

    def _log(self, value: float | None) -> None:
        look = {"at": time.time(), "value": value, "is_refused": value is None}
        self.keeper.set_user_attr(LOOKS, [*self.looks, look])
