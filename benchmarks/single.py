r"""Single-objective comparison with the peers on public problems; resumable; writes JSON and a page.

    make bench-peers     (builds the environments, then runs this; or call it with fewer methods)
    python benchmarks/single.py --methods random,optuna_tpe,gp,auto --seeds 3 --trials 100
    python benchmarks/single.py --suite wide --trials 300 --methods random,tpe,cmaes,trust_region,gp --seeds 1
    python benchmarks/single.py --suite hidden --methods random,gp,trust_region,subspace,rembo,alebo --seeds 5
    python benchmarks/single.py --suite fresh --trials 50 --seeds 3 \
        --methods random,optuna_tpe,optuna_gp,gp,auto
    python benchmarks/single.py --suite fresh --trials 50 --seeds 1 \
        --methods gp,auto,botorch_lognei,hebo_gp,optuna_gp,smac_hpo,optuna_tpe,random \
        --runs benchmarks/results/fresh_peers.jsonl --out benchmarks/results/fresh_peers.json
    python benchmarks/single.py --suite conditional_fresh --trials 50 --seeds 5 \
        --methods random,optuna_tpe,tpe,forest,gp

Every run is a line of benchmarks/results/single.jsonl; calling again adds what is missing. A new file begins
with benchmarks/peer_runs.jsonl: the runs of 100 trials of the peers that take long. Peers answer from
environments of their own under benchmarks/.peers (TRIMTAB_PEERS), through the wrappers in
../shared/tools/peers (TRIMTAB_SHARED). What is not installed is listed in the result as missing.
"""

import argparse
import json
import os
import shutil
import statistics
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from single_tasks import SHARED, SUITES, missing

from trimtab.bench.method import Ours, Peer
from trimtab.bench.regret import Level, Standing, shared, standing
from trimtab.bench.runner import Run, compare, read
from trimtab.viz.comparison import comparison_page

HERE = Path(__file__).resolve().parent
PEERS = Path(os.environ.get("TRIMTAB_PEERS", HERE / ".peers"))
RESULTS = HERE / "results"
KEPT = HERE / "peer_runs.jsonl"
CHECKPOINTS = (10, 25, 50, 100, 200, 300)
HOMES = {  # which environment a peer lives in
    "random_search": "main", "optuna_tpe": "main", "optuna_gp": "main", "smac_hpo": "main",
    "smac_bb": "main", "botorch_lognei": "main", "hebo_gp": "hebo",
}  # fmt: skip
OURS = (
    "gp", "auto", "tpe", "random", "trust_region", "forest", "cmaes",
    "saas", "subspace", "rembo", "alebo",
)  # fmt: skip


def method(name: str) -> Ours | Peer | str:
    """A method by name, or why it is missing."""
    if name in OURS:
        return Ours(name, name)
    python = PEERS / HOMES.get(name, "main") / "bin" / "python"
    wrapper = SHARED / "tools" / "peers" / f"{name}.py"
    for needed in (python, wrapper):
        if not needed.exists():
            return f"{needed} is not there; `make bench-peers` builds the environments"
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    server = str(HERE / "peer_server.py")
    return Peer(name, (str(python), server, name, str(wrapper.parent)), env)


def levels(problems: list[Any], runs: list[Run]) -> dict[str, Level]:
    """The level of each problem; the least value is the best that anything has seen, if lower."""
    path = RESULTS / "single_levels.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    for p in problems:
        if p.name not in known:
            known[p.name] = asdict(p.level())
            path.write_text(json.dumps(known, indent=1) + "\n")
    found = {}
    for p in problems:
        seen = [min(r.truths) for r in runs if r.problem == p.name and r.truths]
        least = min([known[p.name]["least"], *seen])
        found[p.name] = Level(least, known[p.name]["typical"])
    return found


def summary(table: Standing) -> list[dict[str, Any]]:
    """One row a method: mean and median regret and mean rank at the checkpoints, CPU seconds."""
    rows = []
    at = [n for n in CHECKPOINTS if n <= table.n_trials] or [table.n_trials]
    for i, name in enumerate(table.methods):
        row: dict[str, Any] = {"method": name, "seeds": min(table.n_seeds[i])}
        row["mean"] = {n: float(np.nanmean(table.curves[i, :, n - 1])) for n in at}
        row["median"] = {n: float(np.nanmedian(table.medians[i, :, n - 1])) for n in at}
        row["rank"] = {n: float(np.nanmean(table.ranks(n)[i])) for n in at}
        row["cpu_seconds"] = statistics.mean(table.seconds[i].tolist())
        row["by_problem"] = {
            p: {n: float(table.curves[i, j, n - 1]) for n in at}
            for j, p in enumerate(table.problems)
        }
        rows.append(row)
    return sorted(rows, key=lambda row: row["rank"][at[-1]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--methods", default="random,optuna_tpe,gp,auto")
    parser.add_argument("--suite", choices=tuple(SUITES), default="single")
    parser.add_argument("--problems", help="names of the suite; all by default")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, help="start no run after so long")
    parser.add_argument("--runs", type=Path, help="results/SUITE.jsonl by default")
    parser.add_argument("--out", type=Path, help="results/SUITE.json by default")
    given = parser.parse_args()
    given.runs = given.runs or RESULTS / f"{given.suite}.jsonl"
    given.out = given.out or RESULTS / f"{given.suite}.json"
    names = given.methods.split(",")
    made = {name: method(name) for name in names}
    lacking = {name: m for name, m in made.items() if isinstance(m, str)}
    chosen = None if given.problems is None else given.problems.split(",")
    wanted = [p for p in SUITES[given.suite] if chosen is None or p.name in chosen]
    lacking |= {p.name: missing(p) for p in wanted if missing(p)}
    problems = [p for p in wanted if not missing(p)]
    methods = [m for m in made.values() if not isinstance(m, str)]
    for name, why in lacking.items():
        print(f"missing: {name}: {why}", flush=True)
    if (
        given.suite == "single"
        and given.trials == 100
        and not given.runs.exists()
        and KEPT.exists()
    ):
        shutil.copy(KEPT, given.runs)
    compare(
        methods, problems, range(given.seeds), given.trials, given.runs,
        n_workers=given.workers, seconds=given.seconds,
    )  # fmt: skip
    write(read(given.runs), problems, names, lacking, given)


def write(
    runs: list[Run], problems: list[Any], names: list[str], lacking: dict[str, str], given: Any
) -> None:
    """The JSON, the page and the lines on the screen, of what all these methods have in common."""
    here = {p.name for p in problems}
    runs = [r for r in runs if r.problem in here and r.method in names]
    failed = {f"{r.method} on {r.problem}, seed {r.seed}": r.error for r in runs if r.error}
    present = [n for n in names if any(r.method == n and not r.error for r in runs)]
    table = standing(shared(runs, present), levels(problems, runs), given.trials)
    rows = summary(table)
    spec = {"trials": given.trials, "missing": lacking, "failed": failed, "methods": rows}
    given.out.write_text(json.dumps(spec, indent=1) + "\n")
    given.out.with_suffix(".html").write_text(comparison_page(table, "Single objective", lacking))
    for row in rows:
        at = "  ".join(
            f"{n}: {row['mean'][n]:.4f} (rank {row['rank'][n]:.2f})" for n in row["mean"]
        )
        print(f"{row['method']:16} {row['seeds']:2} seeds  {at}  cpu {row['cpu_seconds']:.1f} s")


if __name__ == "__main__":
    main()
