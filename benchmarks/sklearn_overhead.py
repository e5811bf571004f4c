"""What our GridSearchCV costs over scikit-learn's: 500 cheap fits, CPU time, side by side in one run.

Writes benchmarks/sklearn_overhead.json. Runs alternate, so that a busy machine is busy for both; what is
compared is the median of the paired ratios, and the least time of either.
"""

import json
import os
import platform
import statistics
import time
from pathlib import Path

import numpy as np
import sklearn
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV as Theirs

from trimtab.sklearn import GridSearchCV as Ours
from trimtab.sklearn import SearchCV

N_CANDIDATES, N_FOLDS, N_ROUNDS = 100, 5, 7
GRID = {"random_state": list(range(N_CANDIDATES))}


def cpu_seconds(search):
    x, y = load_iris(return_X_y=True)
    begun = time.process_time()
    search.fit(x, y)
    return time.process_time() - begun


def main():
    makers = {
        "theirs": lambda: Theirs(DummyClassifier(strategy="stratified"), GRID, cv=N_FOLDS),
        "ours": lambda: Ours(DummyClassifier(strategy="stratified"), GRID, cv=N_FOLDS),
        "SearchCV, grid, in memory": lambda: SearchCV(
            DummyClassifier(strategy="stratified"), GRID, sampler="grid", cv=N_FOLDS
        ),
    }
    for make in makers.values():
        cpu_seconds(make())  # imports, caches
    seconds = {name: [] for name in makers}
    for _ in range(N_ROUNDS):
        for name, make in makers.items():
            seconds[name].append(cpu_seconds(make()))
    theirs = np.array(seconds["theirs"])
    found = {
        "what": f"{N_CANDIDATES * N_FOLDS} fits of DummyClassifier on iris, CPU seconds",
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs",
        "python": platform.python_version(),
        "scikit-learn": sklearn.__version__,
        "rounds": N_ROUNDS,
        "least_seconds": {name: round(min(times), 4) for name, times in seconds.items()},
        "median_ratio_to_theirs": {
            name: round(statistics.median(np.array(times) / theirs), 4)
            for name, times in seconds.items()
        },
    }
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
