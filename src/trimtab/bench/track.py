"""A sampler with a scheduler on a task of learning curves, in virtual time, as a run of a comparison.

Replayed curves: Salinas et al. (2022), Syne Tune. A run's values are those of whole evaluations, for low
budgets may be noise or lie; its costs are the steps that had been paid when they came, of all trials.
"""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from trimtab.bench.curve import TASKS, CurveTask
from trimtab.bench.runner import Run
from trimtab.core.fidelity import Fidelity
from trimtab.errors import InvalidArgument
from trimtab.executor.simulator import Simulator
from trimtab.plugin import did_you_mean
from trimtab.study.create import create_study


def track(name: str) -> CurveTask:
    """The task of learning curves of that name.

    Raises:
        InvalidArgument: there is none.
    """
    if name not in TASKS:
        raise InvalidArgument(
            f"function={name!r} has no learning curves{did_you_mean(name, list(TASKS))}; those with are "
            f"{', '.join(TASKS)}"
        )
    return TASKS[name]


def run_track(
    method: str,
    task: CurveTask,
    seed: int,
    n_full: int,
    n_workers: int = 1,
    known: Mapping[str, Any] | None = None,
) -> Run:
    """One run of "sampler" or "sampler+scheduler" within the steps of n_full whole evaluations.

    known: samplers with settings, by the names that methods give them.
    """
    sampler, _, scheduler = method.partition("+")
    workers = Simulator(n_workers, seed=seed)
    study = create_study(
        task.space,
        sampler=(known or {}).get(sampler.lower(), sampler),
        scheduler=scheduler or None,
        fidelity=Fidelity("step", 1, task.high),
        seed=seed,
    )
    started, horizon = time.process_time(), n_full * task.high / n_workers
    study.optimize(task.curve, executor=workers, timeout=horizon, progress=False)
    cpu = time.process_time() - started
    reports = workers.reports()
    is_whole = reports.step >= task.high
    costs = np.flatnonzero(is_whole) + 1.0
    values = reports.values[is_whole, 0]
    codes = study.history.codes(reports.number[is_whole])
    truths = task.final(study.space.to_unit(codes)) if len(codes) else np.empty(0)
    return Run(
        method, task.name, seed, tuple(values.tolist()), tuple(truths.tolist()), cpu,
        costs=tuple(costs.tolist()),
    )  # fmt: skip
