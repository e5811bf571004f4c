"""Peers on the tasks of `multifidelity.py`: Optuna's pruners, and the `dehb` package, where installed.

Workers ask, report and tell in the order of virtual time, over the very curves that our simulator replays.
"""

import heapq
import tempfile
import time
from typing import Any

import numpy as np
from multifidelity_tasks import FULL, row_of, scale_of, task_of

import trimtab as tt

OPTUNA: dict[str, tuple[str, str, dict[str, Any]]] = {
    "optuna_halving": ("RandomSampler", "SuccessiveHalvingPruner", {"reduction_factor": 3}),
    "optuna_hyperband": ("TPESampler", "HyperbandPruner", {"reduction_factor": 3}),
    "optuna_median": ("TPESampler", "MedianPruner", {}),
}


def run_optuna(name: str, method: str, n_workers: int, seed: int) -> dict[str, Any]:
    """Optuna's pruners on the same curves: workers ask, report and tell in the order of virtual time."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    task, horizon = task_of(name), FULL * scale_of(name)[2] / n_workers
    sampler, pruner, settings = OPTUNA[method]
    if pruner != "MedianPruner":
        settings = {"min_resource": 1, **settings}
    if pruner == "HyperbandPruner":
        settings = {"max_resource": task.high, **settings}
    study = optuna.create_study(
        sampler=getattr(optuna.samplers, sampler)(seed=seed),
        pruner=getattr(optuna.pruners, pruner)(**settings),
    )
    space, seen, begun = tt.Space(task.space), [], time.process_time()
    queue = [(0.0, worker, None, None, 0) for worker in range(n_workers)]
    n_epochs = 0
    while queue:
        now, worker, trial, curve, step = heapq.heappop(queue)
        if trial is not None:
            value = float(curve.values[step - 1])
            n_epochs += 1
            if step == task.high or not task.full_only:
                seen.append((now, value))
            trial.report(value, step)
            if step < task.high and not trial.should_prune():
                end = now + float(curve.seconds[step])
                if end <= horizon:
                    heapq.heappush(queue, (end, worker, trial, curve, step + 1))
                continue
            pruned = optuna.trial.TrialState.PRUNED if step < task.high else None
            study.tell(trial, None if pruned else value, state=pruned)
        trial = study.ask()
        curve = task.curve({n: _suggested(trial, n, d) for n, d in space.domains.items()})
        end = now + float(curve.seconds[0])
        if end <= horizon:
            heapq.heappush(queue, (end, worker, trial, curve, 1))
    whole = [t.value for t in study.trials if t.state.name == "COMPLETE"]
    cpu = round(time.process_time() - begun, 3)
    more = {"trials": len(study.trials), "epochs": n_epochs, "cpu": cpu}
    return row_of(name, method, n_workers, seed, incumbents(seen), min(whole, default=None), **more)


def incumbents(seen: list[tuple[float, float]]) -> tuple[Any, Any]:
    """Times and the least value so far, of times and values."""
    times, values = np.array(seen).T if seen else np.empty((2, 0))
    return times, np.minimum.accumulate(values)


def _suggested(trial: Any, name: str, domain: Any) -> Any:
    if isinstance(domain, tt.Categorical):
        return trial.suggest_categorical(name, list(domain.choices))
    if isinstance(domain, tt.Ordinal):
        return domain.choices[trial.suggest_int(name, 0, len(domain.choices) - 1)]
    kind = trial.suggest_int if isinstance(domain, tt.Int) else trial.suggest_float
    return kind(name, domain.low, domain.high, log=domain.log)


DEHB = {"dehb_package": 3}  # eta


def run_dehb(name: str, method: str, n_workers: int, seed: int) -> dict[str, Any]:
    """The `dehb` package, asked and told; like its own runs, each job begins at step 1."""
    from dehb import DEHB as Package

    task, horizon = task_of(name), FULL * scale_of(name)[2] / n_workers
    space, begun = tt.Space(task.space), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        package = Package(
            dimensions=len(space.names),
            min_fidelity=1,
            max_fidelity=task.high,
            eta=DEHB[method],
            n_workers=1,
            seed=seed,
            configspace=False,
            output_path=folder,
            save_freq=None,
        )
        seen, whole, n_jobs, n_epochs = [], [], 0, 0
        queue: list[Any] = [(0.0, worker, None, None) for worker in range(n_workers)]
        while queue:
            now, worker, job, result = heapq.heappop(queue)
            if job is not None:
                package.tell(job, result)
            job, n_jobs = package.ask(), n_jobs + 1
            steps = max(1, round(float(job["fidelity"])))
            x = np.array(job["config"], float)[None]
            curve = task.curve(space.configs(space.from_unit(x))[0])
            ends = now + np.cumsum(curve.seconds[:steps])
            done = int(np.sum(ends <= horizon))
            n_epochs += done
            first = 0 if not task.full_only else task.high - 1
            seen += [(float(ends[k]), float(curve.values[k])) for k in range(first, done)]
            if done == steps:
                loss = float(curve.values[steps - 1])
                whole += [loss] if steps == task.high else []
                heapq.heappush(
                    queue, (float(ends[-1]), worker, job, {"fitness": loss, "cost": steps})
                )
    more = {"trials": n_jobs, "epochs": n_epochs, "cpu": round(time.process_time() - begun, 3)}
    return row_of(
        name, method, n_workers, seed, incumbents(sorted(seen)), min(whole, default=None), **more
    )


PEERS = {**dict.fromkeys(OPTUNA, run_optuna), **dict.fromkeys(DEHB, run_dehb)}
