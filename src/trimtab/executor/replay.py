"""What a simulated objective returns, and what a simulation has seen: learning curves and virtual time.

A recorded or modelled learning curve stands for a training (tabular benchmarks: Klein & Hutter 2019;
replay in virtual time: Salinas, Seeger, Klein, Perrone, Wistuba & Archambeau 2022, Syne Tune).
"""

from array import array
from typing import Any, NamedTuple

import numpy as np

from trimtab.core.history import History
from trimtab.errors import ResultError
from trimtab.typing import Array, Ints


class Replay:
    """A learning curve: what each of the steps 1, 2, ..., n measures, and how long it takes.

    values: (n,) numbers, or (n, m) for m objectives; NaN and infinities stand for divergence.
    seconds: of each step, one number or (n,).

    Raises:
        ResultError: no steps, not real numbers, or seconds that are negative or not finite.
    """

    def __init__(self, values: Any, seconds: Any = 1.0) -> None:
        try:
            self.values = np.asarray(values, np.float64)
            each = np.asarray(seconds, np.float64)
        except (TypeError, ValueError) as error:
            raise ResultError(
                f"Replay: values and seconds must be real numbers ({error})"
            ) from None
        if self.values.ndim not in (1, 2) or not len(self.values):
            raise ResultError(
                f"Replay: values has shape {self.values.shape}; give one row for each step, (n,) or (n, m)"
            )
        is_one = not each.ndim  # NOTE: NumPy takes long to look at one number
        is_fine = 0 <= float(each) < np.inf if is_one else ((each >= 0) & (each < np.inf)).all()
        if not is_fine or each.shape not in ((), (len(self.values),)):
            raise ResultError(
                f"Replay: seconds={seconds!r} must be finite and at least 0, one number or one for each of "
                f"the {len(self.values)} steps"
            )
        self.seconds = np.full(len(self.values), each) if is_one else each
        self._rows: list[Any] = self.values.tolist()

    def __len__(self) -> int:
        return len(self.values)

    def at(self, step: int) -> tuple[float, ...]:
        """The values measured at a step, counted from 1."""
        row = self._rows[step - 1]
        return tuple(row) if isinstance(row, list) else (row,)


class Reports(NamedTuple):
    """Every report of a simulation, in order of virtual time."""

    time: Array  # (n,) seconds
    number: Ints  # (n,) of the trial
    step: Ints  # (n,)
    values: Array  # (n, m) raw, in the user's own direction


class Log:
    """Reports as they come, in flat arrays."""

    def __init__(self) -> None:
        self._time = array("d")
        self._number = array("q")
        self._step = array("q")
        self._values = array("d")

    def add(self, time: float, number: int, step: int, values: tuple[float, ...]) -> None:
        """One report."""
        self._time.append(time)
        self._number.append(number)
        self._step.append(step)
        self._values.extend(values)

    def reports(self) -> Reports:
        """All so far, as copies."""
        n = len(self._time)
        return Reports(
            np.array(self._time, np.float64),
            np.array(self._number, np.int64),
            np.array(self._step, np.int64),
            np.array(self._values, np.float64).reshape(n, -1 if n else 0),
        )


def incumbent(reports: Reports, history: History, full_only: bool = False) -> tuple[Array, Array]:
    """The best minimized value of the first objective so far (n,), at each time (n,) that it improved.

    `full_only`: count only what was measured at the study's largest budget.
    """
    keep = np.isfinite(reports.values).all(axis=1) if len(reports.time) else np.zeros(0, bool)
    if full_only and history.fidelity is not None:
        keep &= reports.step >= history.fidelity.high
    time = reports.time[keep]
    if not len(time):
        return np.empty(0), np.empty(0)
    best = np.minimum.accumulate(reports.values[keep, 0] * history.sign[0])
    last = np.append(time[1:] > time[:-1], True)  # of those at the same moment
    time, best = time[last], best[last]
    first = np.append(True, best[1:] < best[:-1])
    return time[first], best[first]
