"""What two processes buy on a CPU-bound Python objective: wall time of one over wall time of two.

    .venv/bin/python benchmarks/parallel.py

Both runs use the process executor, so that both pay for the same machinery, and the serial one is shown
beside them. Medians of three; writes benchmarks/parallel.json. Needs two idle cores.
"""

import json
import statistics
import time
from pathlib import Path

import trimtab as tt


def burn(x: float) -> float:
    """About a third of a second of pure Python."""
    total = 0.0
    for i in range(3_000_000):
        total += (i % 7) * x
    return total


def seconds(n_jobs: int, executor: str, seed: int) -> float:
    begin = time.perf_counter()
    options = {"n_jobs": n_jobs, "executor": executor, "progress": False}
    tt.minimize(burn, {"x": tt.Float(0, 1)}, n_trials=24, seed=seed, **options)
    return time.perf_counter() - begin


def main() -> None:
    rows = [
        {
            "serial": seconds(1, "serial", s),
            "one": seconds(1, "process", s),
            "two": seconds(2, "process", s),
        }
        for s in range(3)
    ]
    result = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    result["speedup_over_serial"] = statistics.median(r["serial"] / r["two"] for r in rows)
    result["speedup_over_one_process"] = statistics.median(r["one"] / r["two"] for r in rows)
    result["goal"] = 1.8
    print(json.dumps(result, indent=2))
    Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
