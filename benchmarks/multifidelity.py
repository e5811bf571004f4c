"""Multi-fidelity search in virtual time: regret over time on learning-curve tasks, for 1, 4 and 16 workers.

    .venv/bin/python benchmarks/multifidelity.py [--seeds 20] [--workers 1,4,16] [--methods a,b] [--tasks a,b]
    .venv/bin/python benchmarks/multifidelity.py --report  # the summary alone

Tasks: YAHPO lcbench (surrogates of 9 data sets; needs onnxruntime and the folder named by YAHPO), MFHartmann
with good, moderate and bad low fidelities, and curves that cross. Optuna's pruners run on the same curves,
in the same virtual time, where it is installed. The budget is the time of 20 full evaluations, divided by
the workers. Regret is the best value seen at any step (of lcbench; elsewhere at the full budget), less the
best of 100,000 random configurations, in units of the median one's. A run is a line of
benchmarks/.multifidelity.jsonl, so that a run that was broken off goes on where it stopped; the summary is
benchmarks/multifidelity.json: means over tasks and seeds at fractions of the budget, and CPU seconds.
"""

import argparse
import heapq
import importlib.util
import json
import os
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import trimtab as tt
from trimtab.bench.curve import TASKS as SYNTHETIC
from trimtab.errors import NothingYet

HERE = Path(__file__).parent
SCALES = HERE / ".multifidelity.scales.json"  # what random configurations are like
RUNS, SUMMARY = HERE / ".multifidelity.jsonl", HERE / "multifidelity.json"
YAHPO = Path(os.environ.get("YAHPO", "yahpo.py"))  # the reader; its data lie beside it
INSTANCES = [
    *("126026", "189909", "189865", "167201", "189906", "167104", "189905", "167149", "167181")
]
FRACTIONS = (0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
FULL = 20  # evaluations
METHODS: dict[str, tuple[Any, Any]] = {
    "random": ("random", None),
    "topk_1": ("random", {"name": "TopK", "min_budget": 1}),
    "topk_2": ("random", {"name": "TopK", "min_budget": 2}),
    "gp": ("gp", None),
    "tpe": ("tpe", None),
    "asha_stop": ("random", "asha"),
    "asha": ("random", "promotingasha"),
    "asha_audits": ("random", {"name": "PromotingASHA", "audits": 6}),
    "joint_gp_audits": ("jointgp", {"name": "PromotingASHA", "audits": 6}),
    "asha_r6": ("random", {"name": "PromotingASHA", "min_budget": 6}),
    "pasha": ("random", "pasha"),
    "hyperband": ("random", "hyperband"),
    "hyperband_async": ("random", "asynchyperband"),
    "bohb": ("bohb", "hyperband"),
    "bohb_async": ("bohb", "promotingasha"),
    "joint_gp": ("jointgp", "promotingasha"),
    "freeze_thaw": ("random", {"name": "FreezeThaw", "step": 2}),
    "dehb": ("dehb", "freshhyperband"),
    "priorband": ("priorband", "hyperband"),
    "joint_gp_r2": ("jointgp", {"name": "PromotingASHA", "min_budget": 2}),
}


class LCBench:
    """One data set: epochs 2 to 51 of the surrogate are the steps 1 to 50 here."""

    high, full_only = 50, False

    def __init__(self, instance: str) -> None:
        self.table = _reader()("lcbench", instance)
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
def _reader() -> Any:
    spec = importlib.util.spec_from_file_location("yahpo", YAHPO)
    assert spec is not None and spec.loader is not None, f"no reader at {YAHPO}; set YAHPO"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Yahpo


class Synthetic:
    """A task of `trimtab.bench.curve`; noise at low budgets is no success, so only whole runs count."""

    full_only = True

    def __init__(self, name: str) -> None:
        self.task = SYNTHETIC[name]
        self.space, self.high, self.curve = self.task.space, self.task.high, self.task.curve

    def finals(self, configs: list[Any]) -> tuple[Any, Any]:
        x = np.array([list(c.values()) for c in configs])
        return self.task.final(x), np.full(len(x), float(self.high))


@lru_cache
def task_of(name: str) -> Any:
    kind, _, which = name.partition(":")
    return LCBench(which) if kind == "lcbench" else Synthetic(name)


@lru_cache
def scale_of(name: str, n: int = 100_000) -> tuple[float, float, float]:
    """The best and the median final loss of random configurations, and the mean seconds of one."""
    known: dict[str, Any] = json.loads(SCALES.read_text()) if SCALES.exists() else {}
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


def run(name: str, method: str, n_workers: int, seed: int) -> dict[str, Any]:
    task, (best, median, seconds) = task_of(name), scale_of(name)
    horizon = FULL * seconds / n_workers
    sampler, scheduler = METHODS[method]
    workers = tt.Simulator(n_workers, seed=seed)
    study = tt.create_study(
        task.space,
        sampler=sampler,
        scheduler=scheduler,
        fidelity=tt.Fidelity("epoch", 1, task.high),
        seed=seed,
    )
    begun = time.process_time()
    study.optimize(task.curve, executor=workers, timeout=horizon, progress=False)
    cpu = time.process_time() - begun
    at, values = workers.incumbent(study.history, task.full_only)
    k = np.searchsorted(at, np.array(FRACTIONS) * horizon, side="right") - 1
    values = np.append(values, median)  # before there is any
    found = values[np.where(k >= 0, k, len(values) - 1)]
    try:
        final = study.best_value
    except NothingYet:
        final = median
    return {
        "task": name,
        "method": method,
        "workers": n_workers,
        "seed": seed,
        "regret": [round(float(r), 4) for r in (found - best) / (median - best)],
        "final": round((final - best) / (median - best), 4),
        "trials": len(study.trials),
        "epochs": len(workers.reports().step),
        "cpu": round(cpu, 3),
    }


OPTUNA: dict[str, tuple[str, str, dict[str, Any]]] = {
    "optuna_halving": ("RandomSampler", "SuccessiveHalvingPruner", {"reduction_factor": 3}),
    "optuna_hyperband": ("TPESampler", "HyperbandPruner", {"reduction_factor": 3}),
    "optuna_median": ("TPESampler", "MedianPruner", {}),
}


def run_optuna(name: str, method: str, n_workers: int, seed: int) -> dict[str, Any]:
    """Optuna's pruners on the same curves: workers ask, report and tell in the order of virtual time."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    task, (best, median, seconds) = task_of(name), scale_of(name)
    horizon = FULL * seconds / n_workers
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
    times, values = np.array(seen).T if seen else np.empty((2, 0))
    low = np.append(np.minimum.accumulate(values), median)
    k = np.searchsorted(times, np.array(FRACTIONS) * horizon, side="right") - 1
    found = low[np.where(k >= 0, k, len(low) - 1)]
    whole = [t.value for t in study.trials if t.state.name == "COMPLETE"]
    final = min(whole, default=median)
    return {
        "task": name,
        "method": method,
        "workers": n_workers,
        "seed": seed,
        "regret": [round(float(r), 4) for r in (found - best) / (median - best)],
        "final": round((final - best) / (median - best), 4),
        "trials": len(study.trials),
        "epochs": n_epochs,
        "cpu": round(time.process_time() - begun, 3),
    }


def _suggested(trial: Any, name: str, domain: Any) -> Any:
    if isinstance(domain, tt.Categorical):
        return trial.suggest_categorical(name, list(domain.choices))
    kind = trial.suggest_int if isinstance(domain, tt.Int) else trial.suggest_float
    return kind(name, domain.low, domain.high, log=domain.log)


def report(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over tasks and seeds, by group of tasks, workers and method."""
    groups: dict[tuple[str, int, str], list[dict[str, Any]]] = {}
    for row in rows:
        key = (row["task"].partition(":")[0], row["workers"], row["method"])
        groups.setdefault(key, []).append(row)
    found: dict[str, Any] = {"fractions": FRACTIONS}
    for (kind, n_workers, method), part in sorted(groups.items()):
        means = np.mean([row["regret"] for row in part], axis=0)
        place = found.setdefault(kind, {}).setdefault(f"W={n_workers}", {})
        place[method] = {
            "regret": [round(float(m), 3) for m in means],
            "complete": round(float(np.mean([row["final"] for row in part])), 3),
            "sem": round(float(np.std([r["regret"][-1] for r in part]) / len(part) ** 0.5), 3),
            "runs": len(part),
            "trials": round(float(np.mean([row["trials"] for row in part]))),
            "cpu": round(float(np.mean([row["cpu"] for row in part])), 2),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--workers", default="1,4,16")
    parser.add_argument("--methods", default=",".join([*METHODS, *OPTUNA]))
    tasks = [f"lcbench:{i}" for i in INSTANCES] + list(SYNTHETIC)
    parser.add_argument("--tasks", default=",".join(tasks))
    parser.add_argument("--minutes", type=float, default=600.0)
    parser.add_argument("--report", action="store_true")
    chosen = parser.parse_args()
    rows = [json.loads(line) for line in RUNS.open()] if RUNS.exists() else []
    done = {(r["task"], r["method"], r["workers"], r["seed"]) for r in rows}
    end = time.monotonic() + 60 * chosen.minutes
    picked = [t for t in tasks if any(t.startswith(p) for p in chosen.tasks.split(","))]
    for seed in range(0 if chosen.report else chosen.seeds):
        for n_workers in map(int, chosen.workers.split(",")):
            for name in picked:
                for method in chosen.methods.split(","):
                    if (name, method, n_workers, seed) in done or time.monotonic() > end:
                        continue
                    row = (run_optuna if method in OPTUNA else run)(name, method, n_workers, seed)
                    rows.append(row)
                    with RUNS.open("a") as file:
                        file.write(json.dumps(row) + "\n")
    summary = report(rows)
    SUMMARY.write_text(json.dumps(summary, indent=1) + "\n")
    for kind, by_workers in summary.items():
        for n_workers, methods in by_workers.items() if isinstance(by_workers, dict) else ():
            print(kind, n_workers, FRACTIONS)
            for method, row in sorted(methods.items(), key=lambda m: m[1]["regret"][-1]):
                print(f"  {method:16}", row["regret"], "+-", row["sem"], row)


if __name__ == "__main__":
    main()
