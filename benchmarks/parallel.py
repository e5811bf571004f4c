"""What two processes buy on a CPU-bound Python objective: wall time of one over wall time of two.

    .venv/bin/python benchmarks/parallel.py

Both runs use the process executor, so that both pay for the same machinery, and the serial one is shown
beside them; so is what the machine itself gives: two bare processes that share the same work, without
Trimtab. Medians of three; writes benchmarks/parallel.json. Needs two idle cores.
"""

import json
import multiprocessing
import statistics
import time
from pathlib import Path

import trimtab as tt


def burn(x: float) -> float:
    """About a second of pure Python."""
    total = 0.0
    for i in range(9_000_000):
        total += (i % 7) * x
    return total


def seconds(n_jobs: int, executor: str, seed: int) -> float:
    begin = time.perf_counter()
    options = {"n_jobs": n_jobs, "executor": executor, "progress": False}
    tt.minimize(burn, {"x": tt.Float(0, 1)}, n_trials=24, sampler="random", seed=seed, **options)
    return time.perf_counter() - begin


def ceiling() -> float:
    """How much faster two bare processes do the same four calls than one does."""

    def elapsed(processes: int) -> float:
        share = [0.3] * (4 // processes)
        workers = [multiprocessing.Process(target=burns, args=(share,)) for _ in range(processes)]
        begin = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return time.perf_counter() - begin

    return elapsed(1) / elapsed(2)


def burns(xs: list[float]) -> None:
    for x in xs:
        burn(x)


def main() -> None:
    rows = [
        {
            "serial": seconds(1, "serial", s),
            "one": seconds(1, "process", s),
            "two": seconds(2, "process", s),
            "machine": ceiling(),
        }
        for s in range(3)
    ]
    result = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    result["speedup_over_serial"] = statistics.median(r["serial"] / r["two"] for r in rows)
    result["speedup_over_one_process"] = statistics.median(r["one"] / r["two"] for r in rows)
    result["speedup_of_the_machine"] = result.pop("machine")
    result["goal"] = 1.8
    print(json.dumps(result, indent=2))
    Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
