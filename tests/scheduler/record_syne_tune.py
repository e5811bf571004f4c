"""Records what Syne Tune's rung systems decide on random streams, for `test_syne_tune.py`.

    pip install --no-deps syne-tune==0.13.0 && pip install numpy sortedcontainers
    python tests/scheduler/record_syne_tune.py

In an environment of its own, for the package wants an older NumPy. Only its two rung systems are loaded.
"""

import importlib.util
import json
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np

PACKAGE = "syne_tune.optimizer.schedulers"


def loaded() -> tuple[Any, Any]:
    """The modules of stopping and promotion, without the package around them."""
    for spec in sys.path:
        home = Path(spec) / "syne_tune/optimizer/schedulers"
        if home.exists():
            break
    parts = PACKAGE.split(".")
    for i in range(1, len(parts) + 1):
        sys.modules[".".join(parts[:i])] = types.ModuleType(".".join(parts[:i]))
    found = []
    for name in ("hyperband_stopping", "hyperband_promotion"):
        spec = importlib.util.spec_from_file_location(f"{PACKAGE}.{name}", home / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[f"{PACKAGE}.{name}"] = module
        spec.loader.exec_module(module)
        found.append(module)
    return found[0], found[1]


def settings(levels: list[int], eta: int, most: int) -> dict[str, Any]:
    return {
        "rung_levels": levels,
        "promote_quantiles": [1 / eta] * len(levels),
        "metric": "loss",
        "mode": "min",
        "resource_attr": "epoch",
        "max_t": most,
    }


def stopping(module: Any, levels: list[int], eta: int, most: int, seed: int) -> list[Any]:
    """[trial, level, loss, goes on] for trials that report at every rung, whatever is decided."""
    rng, n = np.random.default_rng(seed), 60
    system = module.StoppingRungSystem(**settings(levels, eta, most))
    losses = rng.permutation(n * len(levels)).reshape(n, -1) / 1000
    reports = [(t, k) for t in range(n) for k in range(len(levels))]
    left, at, events = dict.fromkeys(range(n), 0), 0, []
    while left:
        t = list(left)[int(rng.integers(min(4, len(left))))]
        k = left[t]
        result = {"loss": float(losses[t, k]), "epoch": levels[k]}
        goes_on = system.on_task_report(str(t), result, 0)["task_continues"]
        events.append([t, levels[k], float(losses[t, k]), bool(goes_on)])
        at += 1
        left[t] += 1
        if left[t] == len(levels):
            del left[t]
    assert at == len(reports)
    return events


def promotion(module: Any, levels: list[int], eta: int, most: int, seed: int) -> list[Any]:
    """["next", trial or None, milestone] and ["report", trial, level, loss], with four workers."""
    rng = np.random.default_rng(seed)
    system = module.PromotionRungSystem(**settings(levels, eta, most))
    losses = iter((rng.permutation(2000) / 2000).round(4).tolist())
    running, events, n = {}, [], 0
    while n < 70:
        while len(running) < 4:
            found = system.on_task_schedule(str(n))
            if found:
                trial, milestone = int(found["trial_id"]), found["milestone"]
                system.on_task_add(str(trial), 0, new_config=False, **{
                    name: found[name] for name in ("milestone", "resume_from")
                })  # fmt: skip
                events.append(["next", trial, milestone])
            else:
                trial, milestone, n = n, levels[0], n + 1
                system.on_task_add(str(trial), 0, new_config=True)
                events.append(["next", None, milestone])
            running[trial] = milestone
        trial = list(running)[int(rng.integers(4))]
        level, loss = running.pop(trial), next(losses)
        system.on_task_report(str(trial), {"loss": loss, "epoch": level}, 0)
        system.on_task_remove(str(trial))
        events.append(["report", trial, level, loss])
    return events


def main() -> None:
    stop, promote = loaded()
    streams = []
    for seed, (levels, eta, most) in enumerate(
        [([1, 3, 9], 3, 27), ([1, 2, 4, 8], 2, 16), ([2, 8], 4, 32)]
    ):
        streams.append(
            {
                "levels": levels,
                "eta": eta,
                "most": most,
                "stopping": stopping(stop, levels, eta, most, seed),
                "promotion": promotion(promote, levels, eta, most, seed + 100),
            }
        )
    path = Path(__file__).parent / "syne_tune.json"
    path.write_text(json.dumps(streams, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
