"""Storages under load: eight processes at once beside Optuna's, a million reports, a study of 100,000 trials.

    .venv/bin/python benchmarks/storage.py [--trials 250] [--optuna-trials 250] [--repeats 3]

Every worker is a process of its own that has imported and connected before the clock starts, and the clock
stops when the last one says that it is done; the objective costs nothing, both sides draw at random. Rates
are trials a second of all eight together, medians over the repeats, the storages in turn; CPU is that of the
workers and of the server, in milliseconds a trial. Shorter runs flatter Optuna, whose cost grows with the
study. PostgreSQL is a server on the same machine with its defaults (fsync on). Figures go to
benchmarks/storage.json.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

N_WORKERS = 8
OURS = """
import sys, time, os
import trimtab as tt
url, n, go = sys.argv[1], int(sys.argv[2]), sys.argv[3]
study = tt.load_study(storage=url)
print("ready", flush=True)
while not os.path.exists(go):
    time.sleep(0.002)
begun = time.process_time()
study.optimize(lambda x, y: x * x + y, n_trials=n, progress=False)
print("done", time.process_time() - begun, flush=True)
"""
THEIRS = """
import sys, time, os
import optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
url, n, go = sys.argv[1], int(sys.argv[2]), sys.argv[3]
study = optuna.load_study(study_name="s", storage=url, sampler=optuna.samplers.RandomSampler())
def loss(trial):
    return trial.suggest_float("x", 0, 1) ** 2 + trial.suggest_float("y", 0, 1)
print("ready", flush=True)
while not os.path.exists(go):
    time.sleep(0.002)
begun = time.process_time()
done, errors = 0, 0
while done < n and errors < 100:
    try:
        study.optimize(loss, n_trials=1)
        done += 1
    except Exception as error:
        errors += 1
        print("error", type(error).__name__, flush=True)
print("done", time.process_time() - begun, flush=True)
"""
REPORTS = """
import sys, time
import trimtab as tt
study = tt.create_study({"x": tt.Float(0, 1)}, storage=sys.argv[1], study_name="reports")
trial = study.ask()
begin = time.perf_counter()
rates, n = [], int(sys.argv[2])
for part in range(4):
    start = time.perf_counter()
    for step in range(part * n // 4, (part + 1) * n // 4):
        trial.report(0.5, step)
    rates.append(n / 4 / (time.perf_counter() - start))
study.tell(trial, 1.0)
print(time.perf_counter() - begin, *rates)
"""
OPEN = """
import json, statistics, sys, time
import resource
import trimtab as tt
import numpy
def rss():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20
tt.create_study({"x": tt.Float(0, 1)}).ask()
before, begin, spent = rss(), time.perf_counter(), time.process_time()
study = tt.load_study(storage=sys.argv[1], study_name="large")
opened, grown, spent = time.perf_counter() - begin, rss() - before, time.process_time() - spent
times = []
for _ in range(40):
    start = time.process_time()
    trial = study.ask()
    study.tell(trial, 1.0)
    times.append(time.process_time() - start)
other = tt.load_study(storage=sys.argv[1], study_name="large")
journal, read = other.ledger.journal, []
real = journal.rows_since
journal.rows_since = lambda *a: read.append(real(*a)) or read[-1]
study.tell(study.ask(), 1.0)
start = time.perf_counter()
other.ledger.sync()
print(json.dumps({"opens_s": opened, "opens_cpu_s": spent, "memory_mb": grown, "rss_mb": rss(),
                  "n": len(study.history),
                  "ask_tell_cpu_ms": 1e3 * statistics.median(times),
                  "catches_up_events": sum(map(len, read)),
                  "catches_up_ms": 1e3 * (time.perf_counter() - start)}))
"""


class Run(NamedTuple):
    """Trials a second of eight workers, the errors that they met, and CPU in ms a trial."""

    rate: float
    errors: int
    workers_ms: float
    server_ms: float


def rate(program: str, url: str, n: int, server=None) -> Run:
    """Eight workers at once; `server`: whose CPU time counts beside theirs."""
    with tempfile.TemporaryDirectory() as folder:
        go = Path(folder) / "go"
        command = [sys.executable, "-c", program, url, str(n), str(go)]
        workers = [
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(N_WORKERS)
        ]
        for worker in workers:
            assert worker.stdout.readline() == "ready\n"
        before, begin = cpu(server), time.perf_counter()
        go.touch()
        told = [until_done(worker) for worker in workers]
        seconds, served = time.perf_counter() - begin, cpu(server) - before
        for worker in workers:
            worker.communicate()
        spent = sum(float(lines[-1].split()[1]) for lines in told)
        n_all = N_WORKERS * n
        errors = sum(line.startswith("error") for lines in told for line in lines)
        return Run(n_all / seconds, errors, 1e3 * spent / n_all, 1e3 * served / n_all)


def until_done(worker) -> list[str]:
    """What a worker says, up to its last line; the ends of the processes are not timed."""
    lines = [worker.stdout.readline()]
    while not lines[-1].startswith("done"):
        assert lines[-1], "a worker ended too early"
        lines.append(worker.stdout.readline())
    return lines


def cpu(server) -> float:
    """Seconds of CPU that a server has used, its present and former processes included."""
    if server is None:
        return 0.0
    import psutil

    times = [psutil.Process(server._process.pid).cpu_times()]
    total = sum(times[0][:4])
    for child in psutil.Process(server._process.pid).children():
        try:
            total += sum(child.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    return total


def ours(url: str, n: int, server=None) -> Run:
    """A run of ours, checked: settled exactly once, numbers dense."""
    import trimtab as tt
    from trimtab.core.event import Settled

    tt.create_study(
        {"x": tt.Float(0, 1), "y": tt.Float(0, 1)}, storage=url, seed=1, sampler="random"
    )
    found = rate(OURS, url, n, server)
    study = tt.load_study(storage=url)
    events = study.ledger.journal.read_since(study.ledger.id, 0)
    settled = Counter(e.number for e in events if isinstance(e, Settled))
    assert sorted(settled) == list(range(N_WORKERS * n)) and set(settled.values()) == {1}
    assert all(str(t.state) == "complete" for t in study.trials)
    study.ledger.journal.close()
    return found


def theirs(url: str, n: int, server=None) -> Run:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    optuna.create_study(study_name="s", storage=url)
    return rate(THEIRS, url, n, server)


def populate(url: str, n: int, careless: bool) -> None:
    """A study of n complete trials, written through the journal in large transactions."""
    import trimtab as tt
    from trimtab.core.event import Asked
    from trimtab.core.journal import Told
    from trimtab.core.trial import Outcome, TrialState
    from trimtab.storage import connection

    if careless:  # only the filling; what is measured runs with full durability
        connection._PRAGMAS["synchronous"] = 0
    study = tt.create_study(
        {"x": tt.Float(0, 1)}, storage=url, study_name="large", seed=1, sampler="random"
    )
    journal, id, size = study.ledger.journal, study.ledger.id, 1000
    claims = journal.ask(id, [Asked(0, (0.0,), 0)] * min(n, size), request="first", n=size)
    for start in range(size, n + size, size):
        told = [Told(c, Outcome(TrialState.COMPLETE, (c.number / n,))) for c in claims]
        more = [Asked(0, (i / n,), i) for i in range(start, min(start + size, n))]
        claims = journal.turn(told, more, request=f"r{start}", n=len(more))
    journal.close()
    connection._PRAGMAS["synchronous"] = 2


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=250)
    parser.add_argument("--optuna-trials", type=int, default=250)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--reports", type=int, default=10**6)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--parts", default="throughput,reports,large")
    args = parser.parse_args()
    from postgres import Server

    path = Path(__file__).with_suffix(".json")
    found = json.loads(path.read_text()) if path.exists() else {}
    server = Server()
    try:
        with tempfile.TemporaryDirectory() as folder:
            for part in args.parts.split(","):
                found[part] = {"throughput": throughput, "reports": reports, "large": large}[part](
                    args, server, folder
                )
                print(part, json.dumps(found[part], indent=1), flush=True)
                path.write_text(json.dumps(found, indent=1) + "\n")
    finally:
        server.remove()


def throughput(args, server, folder: str) -> dict:
    rates: dict[str, list[float]] = {}
    spent: dict[str, list[tuple[float, float]]] = {}
    errors: Counter[str] = Counter()
    for k in range(args.repeats):
        server.sql(f"CREATE DATABASE optuna{k}")
        optuna_url = f"postgresql+psycopg://trimtab@/optuna{k}?host={server.folder}"
        runs = {
            "trimtab sqlite": lambda k=k: ours(f"{folder}/ours{k}.db", args.trials),
            "optuna sqlite": lambda k=k: theirs(
                f"sqlite:///{folder}/theirs{k}.db", args.optuna_trials
            ),
            "trimtab postgresql": lambda k=k: ours(server.url(f"ours{k}"), args.trials, server),
            "optuna postgresql": lambda url=optuna_url: theirs(url, args.optuna_trials, server),
        }
        for name, run in runs.items():
            found = run()
            rates.setdefault(name, []).append(found.rate)
            spent.setdefault(name, []).append((found.workers_ms, found.server_ms))
            errors[name] += found.errors
            print(
                f"{name:20} {found.rate:8.1f} trials/s, CPU {found.workers_ms:.2f} + "
                f"{found.server_ms:.2f} ms, load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
    medians = {name: statistics.median(values) for name, values in rates.items()}
    return {
        "workers": N_WORKERS,
        "repeats": args.repeats,
        "load_average": round(os.getloadavg()[0], 1),
        "trials_each": {"trimtab": args.trials, "optuna": args.optuna_trials},
        "trials_per_s": {name: [round(v, 1) for v in values] for name, values in rates.items()},
        "cpu_ms_workers_server": {
            name: [round(statistics.median(part), 2) for part in zip(*values, strict=True)]
            for name, values in spent.items()
        },
        "errors": dict(errors),
        "times_sqlite": round(medians["trimtab sqlite"] / medians["optuna sqlite"], 1),
        "times_postgresql": round(medians["trimtab postgresql"] / medians["optuna postgresql"], 1),
    }


def reports(args, server, folder: str) -> dict:
    found = {}
    for name, url in (("sqlite", f"{folder}/r.db"), ("postgresql", server.url("reports"))):
        command = [sys.executable, "-c", REPORTS, url, str(args.reports)]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        seconds, *rates = map(float, told)
        rates = [round(rate) for rate in rates]
        found[name] = {"seconds": round(seconds, 1), "per_s_by_quarter": rates}
    return {"n": args.reports, **found}


def large(args, server, folder: str) -> dict:
    found = {}
    url = server.url("large")
    for name, loose, tight in (
        ("sqlite", f"{folder}/large.db", f"{folder}/large.db"),
        ("postgresql", f"{url}&options=-csynchronous_commit%3Doff", url),
    ):
        begin = time.perf_counter()
        populate(loose, args.large, careless=name == "sqlite")
        filled = time.perf_counter() - begin
        command = [sys.executable, "-c", OPEN, tight]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        rows = {"filled_in_s": filled, **json.loads(told)}
        found[name] = {k: round(v, 2) for k, v in rows.items()}
    return found


if __name__ == "__main__":
    main()
