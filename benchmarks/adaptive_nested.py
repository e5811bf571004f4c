"""Adaptive search against random search at equal budgets, under nested cross-validation.

    .venv/bin/python benchmarks/adaptive_nested.py        (about six CPU minutes; writes the JSON beside it)

Four data sets of scikit-learn, three estimators each. For every seed the outer and inner splits, the models'
seeds and the budget are the same for both samplers; what is compared are the scores of the winners on
outer test rows that no search has seen. Per task: the paired difference with the corrected resampled
t-interval over all outer folds. Over tasks: Wilcoxon's test of their mean differences.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import trimtab as tt
from trimtab.evaluation.evaluator import CrossValidated
from trimtab.evaluation.interval import cv_interval
from trimtab.evaluation.nested import nested_cv
from trimtab.evaluation.paired import wilcoxon
from trimtab.evaluation.split import holdout, repeated_kfold
from trimtab.evaluation.statistic import corrected_resampled_t

SEEDS, OUTER, INNER, N_TRIALS = 4, 3, 3, 25
METHODS = ("random", "auto")
DIGITS = 600  # of 1797 rows, to keep it affordable
DATA = {
    "digits": load_digits,
    "breast cancer": load_breast_cancer,
    "wine": load_wine,
    "diabetes": load_diabetes,
}
ESTIMATORS = {
    "support vectors": (
        (SVC, SVR),
        {"C": tt.Float(1e-3, 1e4, log=True), "gamma": tt.Float(1e-6, 10, log=True)},
    ),
    "tree": (
        (DecisionTreeClassifier, DecisionTreeRegressor),
        {
            "max_depth": tt.Int(1, 20),
            "min_samples_leaf": tt.Int(1, 50, log=True),
            "ccp_alpha": tt.Float(1e-5, 0.3, log=True),
        },
    ),
    "neighbours": (
        (KNeighborsClassifier, KNeighborsRegressor),
        {
            "n_neighbors": tt.Int(1, 60, log=True),
            "p": [1, 2],
            "weights": ["uniform", "distance"],
        },
    ),
}


def rows_of(name):
    """x, y, and the labels to stratify by, None for regression."""
    x, y = DATA[name](return_X_y=True)
    if name == "digits":
        keep = holdout(len(y), DIGITS / len(y), np.random.default_rng(0), y.tolist())[1]
        x, y = x[keep], y[keep]
    return x, y, None if name == "diabetes" else y


def one_seed(name, estimator, seed):
    """The nested and the inner scores of both samplers: {method: (outer (OUTER,), inner)}."""
    x, y, labels = rows_of(name)
    kinds, space = ESTIMATORS[estimator]
    kind = kinds[labels is None]

    def model(config, seed):
        extra = {"random_state": seed} if estimator == "tree" else {}
        return make_pipeline(StandardScaler(), kind(**config, **extra))

    def strata(rows):
        return None if labels is None else labels[rows].tolist()

    def inner(rows, rng):
        return repeated_kfold(len(rows), INNER, 1, rng, strata(rows))

    rng = np.random.default_rng([31, seed])
    splits = repeated_kfold(len(y), OUTER, 1, rng, strata(np.arange(len(y))))
    outer = CrossValidated(model, x, y, splits, seed=seed)
    found = {}
    for method in METHODS:

        def tune(objective, seed, method=method):
            return tt.maximize(
                objective, space, sampler=method, n_trials=N_TRIALS, seed=seed, progress=False
            )

        nested = nested_cv(outer, inner, tune, seed=seed)
        found[method] = (nested.outer, nested.inner)
    return found


def task(name, estimator):
    begun = time.process_time()
    runs = [one_seed(name, estimator, seed) for seed in range(SEEDS)]
    scores = {m: np.concatenate([run[m][0] for run in runs]) for m in METHODS}
    difference = corrected_resampled_t(scores["auto"] - scores["random"], OUTER - 1, 1)
    told = {
        m: {
            **interval(cv_interval(scores[m], OUTER - 1, 1)),
            "inner": round(float(np.mean([run[m][1] for run in runs])), 4),
        }
        for m in METHODS
    }
    told["auto - random"] = interval(difference, difference.mean) | {
        "p": round(difference.p, 4),
        "verdict": difference.verdict,
    }
    told["inner, auto - random"] = round(told["auto"]["inner"] - told["random"]["inner"], 4)
    told["cpu_seconds"] = round(time.process_time() - begun, 1)
    print(
        f"{name}, {estimator}: {difference} in {told['cpu_seconds']} s", file=sys.stderr, flush=True
    )
    return told


def interval(found, value=None):
    value = found.value if value is None else value
    return {"value": round(value, 4), "interval": [round(found.low, 4), round(found.high, 4)]}


def main():
    tasks = {f"{name}, {kind}": task(name, kind) for name in DATA for kind in ESTIMATORS}
    a, b = (np.array([one[m]["value"] for one in tasks.values()]) for m in ("auto", "random"))
    over = wilcoxon(a, b)
    result = {
        "what": f"nested score, {N_TRIALS} trials each, {SEEDS} seeds x {OUTER} outer folds, {INNER} inner; "
        "accuracy, for diabetes R^2",
        "tasks": tasks,
        "over tasks": {
            "median auto - random": round(float(np.median(a - b)), 4),
            "auto better, equal, worse": [
                int((a > b).sum()),
                int((a == b).sum()),
                int((a < b).sum()),
            ],
            "wilcoxon_p": round(over.p, 4),
            "inner, median auto - random": round(
                float(np.median([one["inner, auto - random"] for one in tasks.values()])), 4
            ),
        },
        "cpu_seconds": round(sum(one["cpu_seconds"] for one in tasks.values())),
    }
    print(json.dumps(result, indent=2))
    Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
