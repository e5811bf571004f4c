"""What a person sees while a study runs: one live panel on a terminal, rare plain lines elsewhere.

Everything for eyes goes to standard error. `progress="json"` writes one object a line to standard
output: {"event": "start" | "trial" | "end", "n": finished trials, ...}, for programs.
"""

import json
import math
import sys
import time
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np

from trimtab.core.history import FAILED, PRUNED, History
from trimtab.core.trial import Record
from trimtab.errors import InvalidArgument

_PLAIN_EVERY = 10.0  # seconds between plain lines
_BARS = " ▁▂▃▄▅▆▇█"


class Progress(Protocol):
    """Something that shows how a run is going."""

    interval: float  # how often `tick` wants to be called, seconds

    def __enter__(self) -> Self: ...  # noqa: D105

    def __exit__(  # noqa: D105
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def start(self, history: History, goal: int | None, timeout: float | None) -> None:
        """The run begins; `goal` finished trials are wanted, if that is known."""

    def tick(self, history: History, n_running: int) -> None:
        """Time has passed."""

    def ended(self, history: History, record: Record) -> None:
        """A trial was settled."""

    def stop(self, history: History, why: str) -> None:
        """The run is over."""


def progress_of(spec: Any, name: str) -> Progress:
    """The display that `progress=` asks for.

    Raises:
        InvalidArgument: an unknown word.
    """
    if spec is False or spec is None:
        return Quiet()
    if spec in (True, "auto"):
        return Panel(name) if sys.stderr.isatty() else Plain(name)
    displays: dict[str, Any] = {"panel": Panel, "plain": Plain, "json": Json}
    if isinstance(spec, str) and spec in displays:
        return displays[spec](name)
    if hasattr(spec, "tick") and hasattr(spec, "ended"):
        return spec
    raise InvalidArgument(
        f"progress={spec!r} is not known; use True, False, 'auto', 'panel', 'plain' or 'json'"
    )


class Forecast:
    """How far a run is, and how long it will still take."""

    def __init__(self) -> None:
        self.goal: int | None = None
        self.timeout: float | None = None
        self._begun = time.monotonic()
        self._n_before = 0

    def start(self, history: History, goal: int | None, timeout: float | None) -> None:
        """Remember where the run begins."""
        self.goal, self.timeout = goal, timeout
        self._begun, self._n_before = time.monotonic(), history.n_finished

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self._begun

    def left(self, history: History) -> float | None:
        """Seconds still to go, by the mean pace of this run; None while nothing is known."""
        n_done = history.n_finished - self._n_before
        ends = []
        if self.timeout is not None:
            ends.append(self.timeout - self.seconds)
        if self.goal is not None and n_done > 0:
            ends.append((self.goal - history.n_finished) * self.seconds / n_done)
        return max(0.0, min(ends)) if ends else None


class Quiet:
    """Shows nothing."""

    interval = 1.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def start(self, history: History, goal: int | None, timeout: float | None) -> None:
        """See `Progress`."""

    def tick(self, history: History, n_running: int) -> None:
        """See `Progress`."""

    def ended(self, history: History, record: Record) -> None:
        """See `Progress`."""

    def stop(self, history: History, why: str) -> None:
        """See `Progress`."""


class Plain(Quiet):
    """A line to standard error every ten seconds at most, and one at the end of a long run."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._forecast = Forecast()
        self._last = time.monotonic()

    def start(self, history: History, goal: int | None, timeout: float | None) -> None:
        """See `Progress`."""
        self._forecast.start(history, goal, timeout)
        self._last = time.monotonic()

    def tick(self, history: History, n_running: int) -> None:
        """See `Progress`."""
        if time.monotonic() - self._last >= _PLAIN_EVERY:
            self._last = time.monotonic()
            self._print(history, n_running)

    def stop(self, history: History, why: str) -> None:
        """See `Progress`."""
        if self._forecast.seconds >= _PLAIN_EVERY:
            self._print(history, 0)

    def _print(self, history: History, n_running: int) -> None:
        print(
            f"{self._name}: {summary(history, self._forecast, n_running)}",
            file=sys.stderr,
            flush=True,
        )


class Json(Quiet):
    """One JSON object a line, on standard output."""

    def __init__(self, name: str) -> None:
        self._name = name

    def start(self, history: History, goal: int | None, timeout: float | None) -> None:
        """See `Progress`."""
        self._write("start", history, goal=goal, timeout=timeout)

    def ended(self, history: History, record: Record) -> None:
        """See `Progress`."""
        self._write(
            "trial", history, number=record.number, state=record.state.value, values=record.values,
            config=dict(record.config), seconds=record.seconds,
        )  # fmt: skip

    def stop(self, history: History, why: str) -> None:
        """See `Progress`."""
        self._write("end", history, why=why)

    def _write(self, event: str, history: History, **more: Any) -> None:
        best = best_so_far(history)
        line = {"event": event, "study": self._name, "n": history.n_finished, "best": best, **more}
        print(json.dumps(line, default=repr), flush=True)


class Panel(Quiet):
    """One live panel on standard error: bar, best value and its trend, time left."""

    interval = 0.25

    def __init__(self, name: str) -> None:
        from rich.console import Console
        from rich.live import Live

        self._name = name
        self._forecast = Forecast()
        self._live = Live(console=Console(stderr=True), refresh_per_second=4, transient=False)
        self._text: Any = None

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def start(self, history: History, goal: int | None, timeout: float | None) -> None:
        """See `Progress`."""
        self._forecast.start(history, goal, timeout)
        self.tick(history, 0)

    def tick(self, history: History, n_running: int) -> None:
        """See `Progress`."""
        self._live.update(self._render(history, n_running, ""))

    def stop(self, history: History, why: str) -> None:
        """See `Progress`."""
        self._live.update(self._render(history, 0, why), refresh=True)

    def _render(self, history: History, n_running: int, why: str) -> Any:
        from rich.console import Group
        from rich.panel import Panel as Box
        from rich.progress_bar import ProgressBar
        from rich.text import Text

        goal = self._forecast.goal
        bar = ProgressBar(
            total=goal or 1, completed=history.n_finished if goal else 0, pulse=goal is None
        )
        lines: list[Any] = [bar, Text(summary(history, self._forecast, n_running))]
        trend = sparkline(history)
        if trend:
            lines.append(Text(f"best so far  {trend}", style="cyan"))
        if why:
            lines.append(Text(why, style="dim"))
        return Box(
            Group(*lines), title=f"[bold]{self._name}[/]", title_align="left", border_style="blue"
        )


def summary(history: History, forecast: Forecast, n_running: int) -> str:
    """One line: how many, how good, how long."""
    goal = f"/{forecast.goal}" if forecast.goal else ""
    parts = [f"{history.n_finished}{goal} trials"]
    if n_running:
        parts.append(f"{n_running} running")
    parts += [
        f"{n} {word}"
        for word, n in (("pruned", history.counts[PRUNED]), ("failed", history.counts[FAILED]))
        if n
    ]
    best = best_so_far(history)
    if best is not None:
        parts.append(f"best {best:.6g}")
    parts.append(f"{clock(forecast.seconds)} elapsed")
    left = forecast.left(history)
    if left is not None:
        parts.append(f"{clock(left)} left")
    return " · ".join(parts)


def clock(seconds: float) -> str:
    """Seconds for people: 7.2 s, 3:05, 2:03:00."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def best_so_far(history: History) -> float | None:
    """The best feasible value of a single-objective study, in the user's direction."""
    if len(history.directions) != 1 or not len(history):
        return None
    losses = np.where(history.is_feasible(), history.losses()[:, 0], np.nan)
    losses = losses[np.isfinite(losses)]
    return float(losses.min() * history.directions[0].sign) if len(losses) else None


def sparkline(history: History, width: int = 40) -> str:
    """The best value so far after each settled trial, as a row of bars; empty for several objectives."""
    if len(history.directions) != 1 or len(history.order) < 2:
        return ""
    losses = history.losses()[np.array(history.order), 0]
    best = np.fmin.accumulate(losses)
    best = best[np.isfinite(best)]
    if not len(best):
        return ""
    best = (
        best[np.linspace(0, len(best) - 1, min(width, len(best))).astype(int)]
        * history.directions[0].sign
    )
    low, high = float(best.min()), float(best.max())
    if math.isclose(low, high):
        return _BARS[4] * len(best)
    return "".join(_BARS[1 + round(7 * (v - low) / (high - low))] for v in best)
