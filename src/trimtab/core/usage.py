"""What the evaluation of a trial used: which worker, for how long, how much of the CPU and of the memory.

It is kept as an attribute of the trial, under a name of our own, so that every storage holds it as it is.
"""

from dataclasses import dataclass, replace
from typing import Any

KEY = "trimtab.usage"  # of the attribute


@dataclass(frozen=True, slots=True)
class Usage:
    """What one trial used, over all of its segments; None stands for what could not be measured.

    `worker`: host/process, and a thread's number. `seconds`: that the worker was busy with it.
    `cpu_seconds`: of user and system time, children that have ended included. `peak_rss`: bytes of
    resident memory at the highest, of the worker's process and its children, the interpreter included.
    """

    worker: str
    seconds: float
    cpu_seconds: float | None = None
    peak_rss: int | None = None

    @property
    def cores(self) -> float | None:
        """How many CPUs were busy with it on average."""
        if self.cpu_seconds is None or not self.seconds > 0:
            return None
        return self.cpu_seconds / self.seconds

    def with_start(self, other: "Usage | None") -> "Usage":
        """This one after an earlier segment of the same trial."""
        if other is None:
            return self
        cpu = [u.cpu_seconds for u in (self, other) if u.cpu_seconds is not None]
        peaks = [u.peak_rss for u in (self, other) if u.peak_rss is not None]
        return replace(
            self,
            seconds=self.seconds + other.seconds,
            cpu_seconds=sum(cpu) if cpu else None,
            peak_rss=max(peaks, default=None),
        )

    def to_list(self) -> list[Any]:
        """As an attribute has it."""
        cpu = None if self.cpu_seconds is None else round(self.cpu_seconds, 6)
        return [self.worker, round(self.seconds, 6), cpu, self.peak_rss]

    @classmethod
    def of(cls, value: Any) -> "Usage | None":
        """What `to_list` gave; None for anything else, as a hand may have written it."""
        if not isinstance(value, list) or len(value) != 4:
            return None
        worker, seconds, cpu, peak = value
        is_fine = type(worker) is str and _is_number(seconds)
        if is_fine and (cpu is None or _is_number(cpu)) and (peak is None or _is_number(peak)):
            return cls(worker, seconds, cpu, peak)
        return None


def _is_number(value: Any) -> bool:
    return (type(value) is float or type(value) is int) and 0 <= value < 2.0**63
