"""The tasks of `multifidelity.py`, and the measure of regret on them."""

import importlib.util
import json
import os
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import trimtab as tt
from trimtab.bench.curve import TASKS as SYNTHETIC

HERE = Path(__file__).parent
SCALES = HERE / ".multifidelity.scales.json"  # what random configurations are like
YAHPO = Path(os.environ.get("YAHPO", "yahpo.py"))  # the reader; its data lie beside it
INSTANCES = [
    *("126026", "189909", "189865", "167201", "189906", "167104", "189905", "167149", "167181")
]
NAMES = [*(f"lcbench:{i}" for i in INSTANCES), *SYNTHETIC, "digits"]
FRACTIONS = (0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
FULL = 20  # evaluations
TRACKS = {  # settings of the simulator, given the seconds of a mean epoch
    "": lambda epoch: {},
    "stragglers": lambda epoch: {"stragglers": (0.1, 5.0)},
    "restart": lambda epoch: {"restart": 4 * epoch},
}


class LCBench:
    """One data set: epochs 2 to 51 of the surrogate are the steps 1 to 50 here."""

    high, full_only = 50, False

    def __init__(self, instance: str) -> None:
        self.table = copy(_lcbench())
        self.table.instance = instance
        names = {p["name"]: p for p in self.table.space}
        self.space = {
            name: (tt.Int if p["type"] == "int" else tt.Float)(
                p["low"], 4 if name == "num_layers" else p["high"], log=p["log"]
            )
            for name, p in names.items()
        }

    def curve(self, config: Any) -> tt.Replay:
        flat = dict(config)
        rows = [self.table._row(flat, {"epoch": step + 1}) for step in range(1, self.high + 1)]
        out = self._ask(rows)
        ends = np.maximum.accumulate(np.maximum(out[:, 0], 1e-3))
        return tt.Replay(100.0 - out[:, 1], np.diff(ends, prepend=0.0) + 1e-9)

    def _ask(self, rows: list[Any]) -> Any:
        inputs = {
            "x_cat": np.array([r[0] for r in rows], np.int32),
            "x_cont": np.array([r[1] for r in rows], np.float32),
        }
        return self.table.session.run(None, inputs)[0].astype(float)

    def finals(self, configs: list[Any]) -> tuple[Any, Any]:
        """Last losses (n,) and total seconds (n,)."""
        out = self._ask([self.table._row(c, {"epoch": self.high + 1}) for c in configs])
        return 100.0 - out[:, 1], out[:, 0]


@lru_cache
def _lcbench() -> Any:
    """The surrogate, which has all data sets in one: a session of its own for each takes 75 MB."""
    spec = importlib.util.spec_from_file_location("yahpo", YAHPO)
    assert spec is not None and spec.loader is not None, f"no reader at {YAHPO}; set YAHPO"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Yahpo("lcbench")


class Synthetic:
    """A task of `trimtab.bench.curve`; noise at low budgets is no success, so only whole runs count."""

    full_only = True

    def __init__(self, name: str) -> None:
        self.task = SYNTHETIC[name]
        self.space, self.high, self.curve = self.task.space, self.task.high, self.task.curve

    def finals(self, configs: list[Any]) -> tuple[Any, Any]:
        x = np.array([list(c.values()) for c in configs])
        return self.task.final(x), np.full(len(x), float(self.high))


class Digits:
    """A network on handwritten digits, recorded: see `multifidelity_digits.py`."""

    full_only = False

    def __init__(self) -> None:
        table = json.loads((HERE / "multifidelity_digits.json").read_text())
        self.grid = table["grid"]
        self.space = {name: tt.Ordinal(values) for name, values in self.grid.items()}
        self.losses = np.array(table["curves"], float)  # null is NaN
        self.seconds = np.maximum(table["seconds"], 1e-4)
        self.high = self.losses.shape[1]

    def curve(self, config: Any) -> tt.Replay:
        i = self._row(config)
        return tt.Replay(self.losses[i], np.full(self.high, self.seconds[i]))

    def finals(self, configs: list[Any]) -> tuple[Any, Any]:
        rows = [self._row(config) for config in configs]
        final = np.nan_to_num(self.losses[rows, -1], nan=np.nanmax(self.losses))
        return final, self.seconds[rows] * self.high

    def _row(self, config: Any) -> int:
        place = [values.index(config[name]) for name, values in self.grid.items()]
        return int(np.ravel_multi_index(place, [len(v) for v in self.grid.values()]))


def on_track(name: str, track: str) -> str:
    """The name of a task on a track: "lcbench~restart:126026"."""
    kind, colon, which = name.partition(":")
    return f"{kind}~{track}{colon}{which}" if track else name


def off_track(name: str) -> tuple[str, str]:
    """The plain name of a task, and its track."""
    kind, colon, which = name.partition(":")
    kind, _, track = kind.partition("~")
    return kind + colon + which, track


def workers_of(name: str, n_workers: int, seed: int) -> tt.Simulator:
    """The workers that a task is run on."""
    plain, track = off_track(name)
    epoch = scale_of(plain)[2] / task_of(plain).high
    return tt.Simulator(n_workers, seed=seed, **TRACKS[track](epoch))


@lru_cache
def task_of(name: str) -> Any:
    kind, _, which = off_track(name)[0].partition(":")
    if kind == "digits":
        return Digits()
    return LCBench(which) if kind == "lcbench" else Synthetic(kind)


@lru_cache
def scale_of(name: str, n: int = 100_000) -> tuple[float, float, float]:
    """The best and the median final loss of random configurations, and the mean seconds of one."""
    known: dict[str, Any] = json.loads(SCALES.read_text()) if SCALES.exists() else {}
    name = off_track(name)[0]
    if name in known:
        return tuple(known[name])
    task, space = task_of(name), tt.Space(task_of(name).space)
    rng, losses, seconds = np.random.default_rng(0), [], []
    for _ in range(n // 5000):
        rows = space.from_unit(rng.random((5000, len(space.names))))
        loss, second = task.finals(space.configs(rows))
        losses.append(loss)
        seconds.append(second)
    both = np.concatenate(losses)
    found = float(both.min()), float(np.median(both)), float(np.concatenate(seconds).mean())
    SCALES.write_text(json.dumps(known | {name: found}))
    return found


def row_of(
    name: str,
    method: str,
    n_workers: int,
    seed: int,
    seen: tuple[Any, Any],
    final: float | None,
    **more: Any,
) -> dict[str, Any]:
    """A run as a line: regret at fractions of the budget, from the times and values of its incumbents.

    `final`: the loss at the full budget of what it would recommend, None where it has none.
    """
    best, median, seconds = scale_of(name)
    horizon = FULL * seconds / n_workers
    k = np.searchsorted(seen[0], np.array(FRACTIONS) * horizon, side="right") - 1
    values = np.append(seen[1], median)  # before there is any
    found = values[np.where(k >= 0, k, len(values) - 1)]
    final = median if final is None else final
    return {
        "task": name,
        "method": method,
        "workers": n_workers,
        "seed": seed,
        "regret": [round(float(r), 4) for r in (found - best) / (median - best)],
        "final": round((final - best) / (median - best), 4),
        **more,
    }
