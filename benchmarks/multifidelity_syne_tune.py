"""Syne Tune's methods in Syne Tune's own simulator, on the tasks and the measure of `multifidelity.py`.

    python3 -m venv syne && syne/bin/pip install "syne-tune[gpsearchers,blackbox-repository]==0.13.0" \
        statsmodels "numpy==1.26.4" "onnxruntime==1.16.3" click rich pyyaml cloudpickle
    PYTHONPATH=src YAHPO=.../yahpo.py syne/bin/python benchmarks/multifidelity_syne_tune.py \
        --tasks lcbench,digits --methods syne_asha,syne_mobster --seeds 3

In an environment of its own, for the package wants an older NumPy. Appends to .multifidelity.jsonl;
`multifidelity.py --report` puts them beside the others. Their simulator counts the real time of decisions
and looks for results at intervals: here an epoch is 1,000 virtual seconds on average, so that neither
matters. Rungs are 1, 3, 9, ... as everywhere.
"""

import argparse
import io
import logging
import os
import tempfile
import time
from contextlib import redirect_stdout
from typing import Any

os.environ.setdefault("SYNE_TUNE_FOLDER", tempfile.mkdtemp())
import numpy as np
from multifidelity import RUNS, completed
from multifidelity_peers import incumbents
from multifidelity_tasks import FULL, NAMES, row_of, scale_of, task_of
from syne_tune import StoppingCriterion, Tuner, config_space
from syne_tune.backend.simulator_backend.simulator_backend import SimulatorConfig
from syne_tune.backend.simulator_backend.simulator_callback import SimulatorCallback
from syne_tune.blackbox_repository.blackbox import Blackbox
from syne_tune.blackbox_repository.simulated_tabular_backend import (
    UserBlackboxBackend,
)
from syne_tune.optimizer import baselines

import trimtab as tt

METHODS = {  # of syne_tune.optimizer.baselines
    "syne_random": ("RandomSearch", {}),
    "syne_asha_stop": ("ASHA", {"type": "stopping"}),
    "syne_asha": ("ASHA", {"type": "promotion"}),
    "syne_bohb": ("BOHB", {"type": "promotion"}),
    "syne_mobster": ("MOBSTER", {"type": "promotion"}),
    "syne_hyper_tune": ("HyperTune", {"type": "promotion", "brackets": 4}),
}
_EPOCH = 1000.0  # virtual seconds of a mean epoch
_EXACT = SimulatorConfig(0.0, 0.0, 0.0, 0.0, 0.0)


class Curves(Blackbox):
    """A task as Syne Tune asks for it: loss and time since the start, after each epoch."""

    def __init__(self, task: Any, unit: float) -> None:
        self._task, self._space, self._unit = task, tt.Space(task.space), unit
        domains = {name: _domain(d) for name, d in self._space.domains.items()}
        steps = {"epoch": config_space.randint(1, task.high)}
        super().__init__(domains, steps, ["loss", "elapsed"])

    @property
    def fidelity_values(self) -> Any:
        """The epochs."""
        return np.arange(1, self._task.high + 1)

    def _objective_function(
        self, configuration: dict[str, Any], fidelity: Any = None, seed: int | None = None
    ) -> Any:
        curve = self._task.curve({n: configuration[n] for n in self._space.names})
        losses = np.asarray(curve.values, float).reshape(self._task.high)
        table = np.column_stack([losses, np.cumsum(curve.seconds) * self._unit])
        if fidelity is None:
            return table
        return dict(zip(self.objectives_names, table[int(fidelity["epoch"]) - 1], strict=True))


def _domain(domain: Any) -> Any:
    if isinstance(domain, tt.Ordinal):
        return config_space.ordinal(list(domain.choices), kind="nn")
    kind = "randint" if isinstance(domain, tt.Int) else "uniform"
    return getattr(config_space, "log" * domain.log + kind)(domain.low, domain.high)


def run(name: str, method: str, n_workers: int, seed: int) -> dict[str, Any]:
    task, scale = task_of(name), scale_of(name)
    unit = _EPOCH * task.high / scale[2]
    horizon = FULL * scale[2] / n_workers
    box = Curves(task, unit)
    space = box.configuration_space_with_max_resource_attr("epochs")
    kind, settings = METHODS[method]
    if kind != "RandomSearch":
        settings = {"resource_attr": "epoch", "max_resource_attr": "epochs", **settings}
    scheduler = getattr(baselines, kind)(
        space, metric="loss", mode="min", random_seed=seed,
        search_options={"debug_log": False}, **settings,
    )  # fmt: skip
    backend = UserBlackboxBackend(
        box, "elapsed", "epochs", simulator_config=_EXACT, tuner_sleep_time=_EPOCH / 10
    )
    seen = SimulatorCallback()
    begun = time.process_time()
    tuner = Tuner(
        backend, scheduler, StoppingCriterion(max_wallclock_time=horizon * unit), n_workers,
        sleep_time=0, callbacks=[seen], save_tuner=False, results_update_interval=1e9,
        print_update_interval=1e9,
    )  # fmt: skip
    with redirect_stdout(io.StringIO()):
        tuner.run()
    cpu = round(time.process_time() - begun, 3)
    told = seen.dataframe()
    told = told[told["st_tuner_time"] <= horizon * unit].sort_values("st_tuner_time")
    whole = told[told["epoch"] == task.high]
    counted = whole if task.full_only else told
    points = list(zip(counted["st_tuner_time"] / unit, counted["loss"], strict=True))
    final = float(whole["loss"].min()) if len(whole) else None
    more = {"trials": int(told["trial_id"].nunique()), "epochs": len(told), "cpu": cpu}
    return row_of(name, method, n_workers, seed, incumbents(points), final, **more)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", default="4")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--tasks", default="lcbench,digits")
    parser.add_argument("--minutes", type=float, default=600.0)
    chosen = parser.parse_args()
    logging.disable(logging.CRITICAL)
    picked = [t for t in NAMES if any(t.startswith(p) for p in chosen.tasks.split(","))]
    workers, methods = [int(n) for n in chosen.workers.split(",")], chosen.methods.split(",")
    completed(RUNS, range(chosen.seeds), workers, picked, methods, run, 60 * chosen.minutes)


if __name__ == "__main__":
    main()
