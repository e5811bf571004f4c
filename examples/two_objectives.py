"""Two goals at once: the trials that no other one beats, and a report that draws them."""

import sys
import tempfile
from pathlib import Path

import trimtab as tt
from trimtab.viz.report import write_report


def network(size, depth):
    return {"error": 1.0 / (size * depth) ** 0.5, "cost": size * depth**1.5}


SPACE = {"size": tt.Int(1, 256, log=True), "depth": tt.Int(1, 12)}

if __name__ == "__main__":
    goals = {"error": "minimize", "cost": "minimize"}
    study = tt.minimize(network, SPACE, n_trials=80, direction=goals, seed=0)
    for trial in study.best_trials[:5]:
        print(trial.values, dict(trial.config))
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    print(write_report(study, folder / "two_objectives.html"))
