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

from trimtab.core.history import History
from trimtab.core.trial import Record
from trimtab.errors import InvalidArgument
from trimtab.study.forecast import Forecast, best_so_far, sparkline, summary

_PLAIN_EVERY = 10.0  # seconds between plain lines


class Progress(Protocol):
    """Something that shows how a run is going."""

    interval: float  # how often `tick` wants to be called, seconds

    def __enter__(self) -> Self: ...

    def __exit__(
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


def is_looking(progress: Progress) -> bool:
    """Whether the display does anything with a trial that has ended."""
    return getattr(type(progress), "ended", None) is not Quiet.ended


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
        print(json.dumps(_finite(line), default=repr), flush=True)


def _finite(value: Any) -> Any:
    """JSON has no infinities: they become the strings "inf", "-inf" and "nan"."""
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if isinstance(value, dict):
        return {str(k): _finite(v) for k, v in value.items()}
    return [_finite(v) for v in value] if isinstance(value, (list, tuple)) else value


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
        from rich.panel import Panel as Box
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        goal = self._forecast.goal
        bar = ProgressBar(
            total=goal or 1,
            completed=history.n_finished if goal else 0,
            pulse=goal is None and not why,
            finished_style="green",
        )
        lines: list[Any] = [bar, Text(summary(history, self._forecast, n_running))]
        trend = sparkline(history)
        if trend:
            lines.append(Text(f"best so far  {trend}", style="cyan"))
        if why:
            lines.append(Text(why, style="dim"))
        grid = Table.grid(expand=True)  # a bar ends no line by itself; a row of a table does
        for line in lines:
            grid.add_row(line)
        return Box(grid, title=f"[bold]{self._name}[/]", title_align="left", border_style="blue")
