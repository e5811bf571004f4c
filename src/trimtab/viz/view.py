"""A study's results as the plots read them: arrays, in the user's own direction."""

from dataclasses import dataclass

import numpy as np

from trimtab.core.history import COMPLETE, FAILED, PRUNED, History
from trimtab.core.problem import metric_names
from trimtab.pareto.dominance import is_non_dominated
from trimtab.study.forecast import clock
from trimtab.typing import Array, Ints, Mask
from trimtab.viz.axis import Axis, value_axis
from trimtab.viz.svg import number, shortened


@dataclass(frozen=True)
class View:
    """n trials by number, m objectives. Values are NaN where a trial has none that is finite."""

    history: History
    values: Array  # (n, m) of trials in any state, as told
    losses: Array  # (n, m) minimized; NaN unless complete, feasible and finite
    complete: Mask  # (n,)
    pruned: Mask  # (n,)
    failed: Mask  # (n,)
    infeasible: Mask  # (n,) complete, but a constraint is broken
    front: Ints  # numbers of the trials that no other beats; with one objective the best one

    @property
    def n(self) -> int:
        """How many trials there are."""
        return len(self.values)

    @property
    def n_objectives(self) -> int:
        """How many numbers a trial returns."""
        return self.values.shape[1]

    @property
    def best(self) -> int | None:
        """The best trial of a single-objective study."""
        return int(self.front[0]) if self.n_objectives == 1 and len(self.front) else None

    def label(self, objective: int) -> str:
        """What an objective is called."""
        named = metric_names(self.history.attrs, self.n_objectives)
        if named:
            return shortened(named[objective], _LONGEST)
        return "value" if self.n_objectives == 1 else f"objective {objective}"

    def sign(self, objective: int) -> float:
        """1.0 where less is better, -1.0 where more is."""
        return self.history.directions[objective].sign

    def axis(self, objective: int, most: int = 5) -> Axis:
        """The value axis of an objective, over complete trials, else over whatever there is."""
        values = self.values[:, objective]
        chosen = values[self.complete] if self.complete.any() else values
        return value_axis(self.label(objective), chosen, self.sign(objective), most)

    def tip(self, trial: int) -> str:
        """What a point says when it is pointed at."""
        values = ", ".join(number(v) for v in self.values[trial].tolist() if v == v)
        state = "pruned" if self.pruned[trial] else "failed" if self.failed[trial] else ""
        state = "breaks a constraint" if self.infeasible[trial] else state
        head = f"trial {trial}: {values or 'no value'}" + (f" ({state})" if state else "")
        config = self.history.config(trial)
        return "\n".join([head, *(f"{k} = {shown(v)}" for k, v in list(config.items())[:12])])


def view_of(history: History) -> View:
    """The arrays of a history, at this moment."""
    table, n = history.table, len(history)
    state = table.state[:n]
    values = np.where(np.isfinite(table.values[:n]), table.values[:n], np.nan)
    feasible = history.is_feasible()
    losses = history.losses()
    losses = np.where(feasible[:, None] & np.isfinite(losses), losses, np.nan)
    front = np.flatnonzero(is_non_dominated(losses)).astype(np.int64)
    return View(
        history=history,
        values=values,
        losses=losses,
        complete=state == COMPLETE,
        pruned=state == PRUNED,
        failed=state == FAILED,
        infeasible=(state == COMPLETE) & ~feasible,
        front=front,
    )


def shown(value: object, most: int = 60) -> str:
    """A parameter's value for people: numbers with six digits, all else cut to one line."""
    if isinstance(value, float):
        return number(value)
    return shortened(value, most)


def duration(seconds: float) -> str:
    """Seconds for people: 0.4 ms, 7.2 s, 3:05, 2:03:00."""
    return f"{number(seconds * 1000, 2)} ms" if seconds < 0.1 else clock(seconds)


_LONGEST = 30  # letters of an objective's name
