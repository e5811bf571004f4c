"""What the framework itself costs, side by side with Optuna in one run: CPU time, medians over seeds.

    make bench        (or: .venv/bin/python benchmarks/overhead.py [--quick])

Writes benchmarks/overhead.json. One step is ask + tell of a random trial with ten float parameters.
Every measurement runs in a process of its own, so that neither framework warms or slows the other.
Ours on SQLite is durable against power loss (journal_mode=TRUNCATE, synchronous=FULL); Optuna's default
is SQLAlchemy on SQLite with SQLite's own defaults.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
D = 10


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="fewer trials and seeds")
    parser.add_argument("--only", help="run one measurement in this process: NAME,N,SEED")
    args = parser.parse_args()
    if args.only:
        name, n, seed = args.only.split(",")
        print(json.dumps(MEASUREMENTS[name](int(n), int(seed))))
        return
    result = compare(quick=args.quick)
    print(json.dumps(result, indent=2))
    if not args.quick:
        (HERE / "overhead.json").write_text(json.dumps(result, indent=2) + "\n")


def compare(quick: bool) -> dict:
    seeds = range(3 if quick else 5)
    n_memory, n_sqlite, n_open, n_large = (
        (300, 60, 500, 5000) if quick else (1000, 200, 10_000, 100_000)
    )

    one = range(1)
    first, last = median("ours_memory", 100, seeds), median("ours_tail", n_large, range(2))
    return {
        "versions": versions(),
        "memory_ms_per_step": pair("memory", n_memory, seeds, goal=4),
        "define_by_run_memory_ms_per_step": pair("define_by_run", n_memory, seeds, goal=None),
        "sqlite_ms_per_step": pair("sqlite", n_sqlite, seeds, goal=10),
        "reopen_s": pair("reopen", n_open, one, goal=10),
        "flat": {
            "ms_per_step_at_100": first,
            f"ms_per_step_at_{n_large}": last,
            "ratio": last / first,
        },
        "bytes_per_trial_in_memory": {
            "n": n_large,
            "ours": median("ours_bytes", n_large, one),
            "goal": 600,
        },
        "import_ms": import_ms(5 if quick else 15),
    }


def median(name: str, n: int, seeds: range) -> float:
    return statistics.median(measure(name, n, seed) for seed in seeds)


def pair(name: str, n: int, seeds: range, *, goal: float | None) -> dict:
    """Ours and theirs in turns, so that whatever else the machine does meets both."""
    rows = [(measure(f"ours_{name}", n, s), measure(f"optuna_{name}", n, s)) for s in seeds]
    return {
        "n": n,
        "trimtab": statistics.median(ours for ours, _ in rows),
        "optuna": statistics.median(theirs for _, theirs in rows),
        "times_faster": statistics.median(theirs / ours for ours, theirs in rows),
        "goal": goal,
    }


def measure(name: str, n: int, seed: int) -> float:
    command = [sys.executable, __file__, "--only", f"{name},{n},{seed}"]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    return float(json.loads(done.stdout.splitlines()[-1]))


def per_step(step, n: int) -> float:
    """Milliseconds of CPU a step; the first steps, which import and warm up, are left out."""
    for _ in range(5):
        step()
    begin = time.process_time()
    for _ in range(n):
        step()
    return 1000 * (time.process_time() - begin) / n


def our_space() -> dict:
    import trimtab as tt

    return {f"x{i}": tt.Float(0.0, 1.0) for i in range(D)}


def our_step(study):
    def step() -> None:
        trial = study.ask()
        config = trial.config
        study.tell(trial, sum(config.values()))

    return step


def ours_memory(n: int, seed: int) -> float:
    import trimtab as tt

    return per_step(our_step(tt.create_study(our_space(), sampler="random", seed=seed)), n)


def ours_define_by_run(n: int, seed: int) -> float:
    import trimtab as tt

    study = tt.create_study(sampler="random", seed=seed)

    def step() -> None:
        trial = study.ask()
        study.tell(trial, sum(trial.suggest_float(f"x{i}", 0.0, 1.0) for i in range(D)))

    return per_step(step, n)


def ours_sqlite(n: int, seed: int) -> float:
    import trimtab as tt

    with tempfile.TemporaryDirectory() as folder:
        return per_step(
            our_step(
                tt.create_study(our_space(), sampler="random", seed=seed, storage=f"{folder}/s.db")
            ),
            n,
        )


def ours_tail(n: int, seed: int) -> float:
    """A step after n - 2000 others."""
    import trimtab as tt

    step = our_step(tt.create_study(our_space(), sampler="random", seed=seed))
    for _ in range(n - 2000):
        step()
    return per_step(step, 2000)


def ours_bytes(n: int, seed: int) -> float:
    import psutil

    import trimtab as tt

    process = psutil.Process()
    step = our_step(tt.create_study(our_space(), sampler="random", seed=seed))
    for _ in range(1000):
        step()
    before = process.memory_info().rss
    for _ in range(n):
        step()
    return (process.memory_info().rss - before) / n


def ours_reopen(n: int, seed: int) -> float:
    """CPU seconds to open a stored study and list all its trials, imports left out."""
    import trimtab as tt

    with tempfile.TemporaryDirectory(dir=fast_folder()) as folder:
        study = tt.create_study(
            our_space(), sampler="random", seed=seed, storage=f"{folder}/s.db", study_name="s"
        )
        step = our_step(study)
        for _ in range(n):
            step()
        begin = time.process_time()
        again = tt.load_study(storage=f"{folder}/s.db", study_name="s")
        found = len(again.trials)
        seconds = time.process_time() - begin
        assert found == n
        return seconds


def fast_folder() -> str | None:
    """Filling a study with 10,000 trials is not what is measured: do it in memory where we can."""
    return "/dev/shm" if os.path.isdir("/dev/shm") else None


def quiet_optuna():
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def optuna_step(study, distributions):
    def step() -> None:
        trial = study.ask(distributions)
        study.tell(trial, sum(trial.params.values()))

    return step


def optuna_study(storage: str | None, seed: int):
    optuna = quiet_optuna()
    sampler = optuna.samplers.RandomSampler(seed=seed)
    distributions = {f"x{i}": optuna.distributions.FloatDistribution(0.0, 1.0) for i in range(D)}
    return optuna.create_study(sampler=sampler, storage=storage, study_name="s"), distributions


def optuna_memory(n: int, seed: int) -> float:
    return per_step(optuna_step(*optuna_study(None, seed)), n)


def optuna_define_by_run(n: int, seed: int) -> float:
    study, _ = optuna_study(None, seed)

    def step() -> None:
        trial = study.ask()
        study.tell(trial, sum(trial.suggest_float(f"x{i}", 0.0, 1.0) for i in range(D)))

    return per_step(step, n)


def optuna_sqlite(n: int, seed: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return per_step(optuna_step(*optuna_study(f"sqlite:///{folder}/s.db", seed)), n)


def optuna_reopen(n: int, seed: int) -> float:
    optuna = quiet_optuna()
    with tempfile.TemporaryDirectory(dir=fast_folder()) as folder:
        url = f"sqlite:///{folder}/s.db"
        study, distributions = optuna_study(url, seed)
        source = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
        step = optuna_step(source, distributions)
        for _ in range(n):
            step()
        study.add_trials(source.trials)
        del study
        begin = time.process_time()
        again = optuna.load_study(storage=url, study_name="s")
        found = len(again.trials)
        seconds = time.process_time() - begin
        assert found == n
        return seconds


MEASUREMENTS = {
    f.__name__: f
    for f in (
        ours_memory, ours_define_by_run, ours_sqlite, ours_tail, ours_bytes, ours_reopen,
        optuna_memory, optuna_define_by_run, optuna_sqlite, optuna_reopen,
    )
}  # fmt: skip


def import_ms(repeats: int) -> dict:
    """Wall and CPU milliseconds that `import trimtab` adds to a bare interpreter; and what it loads."""

    def once(code: str) -> tuple[float, float]:
        wall = time.perf_counter()
        before = os.times()
        subprocess.run([sys.executable, "-c", code], check=True)
        after = os.times()
        cpu = (
            after.children_user
            + after.children_system
            - before.children_user
            - before.children_system
        )
        return 1000 * (time.perf_counter() - wall), 1000 * cpu

    pairs = [(once("pass"), once("import trimtab")) for _ in range(repeats)]
    loads = "import sys, trimtab; print('numpy' in sys.modules)"
    has_numpy = subprocess.run(
        [sys.executable, "-c", loads], capture_output=True, text=True, check=True
    ).stdout
    return {
        "wall": statistics.median(b[0] - a[0] for a, b in pairs),
        "cpu": statistics.median(b[1] - a[1] for a, b in pairs),
        "goal": 50,
        "loads_numpy": has_numpy.strip() == "True",
    }


def versions() -> dict:
    import importlib.metadata as metadata
    import platform
    import sqlite3

    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: metadata.version(name) for name in ("trimtab", "optuna", "numpy")},
    }


if __name__ == "__main__":
    main()
