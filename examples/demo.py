"""Tune a real model on real data, and check honestly whether it helped.

    make demo        (or: .venv/bin/python examples/demo.py)

Gradient boosting predicts the progression of diabetes of 442 patients (Efron et al. 2004; the data come
with scikit-learn). Its default settings fit the noise of so few rows. We try 60 configurations on two
processes, and then score the default and the tuned model on cross-validation splits that the search has
never seen. Stop it at any moment, however roughly, and start it again: it goes on where it was.
"""

import os

os.environ.setdefault(
    "OMP_NUM_THREADS", "1"
)  # two processes share the cores; so must their threads

import sys
from pathlib import Path

import joblib
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.ensemble import HistGradientBoostingRegressor

import trimtab as tt
from trimtab.evaluation.split import repeated_kfold
from trimtab.evaluation.statistic import corrected_resampled_t
from trimtab.viz.interval import draw_interval
from trimtab.viz.report import Section, write_report

FOLDER = Path("demo")
N_TRIALS = int(os.environ.get("TRIMTAB_DEMO_TRIALS", "60"))

X, y = load_diabetes(return_X_y=True)
SEARCH_SPLITS = repeated_kfold(len(y), 5, 1, np.random.default_rng(1))
NEW_SPLITS = repeated_kfold(len(y), 5, 6, np.random.default_rng(2))

SPACE = tt.Space(
    {
        "learning_rate": tt.Float(0.01, 0.3, log=True, default=0.1),
        "max_iter": tt.Int(20, 250, log=True, default=100),
        "max_leaf_nodes": tt.Int(3, 31, log=True, default=31),
        "min_samples_leaf": tt.Int(2, 60, log=True, default=20),
        "l2_regularization": tt.ZeroOr(tt.Float(1e-3, 100, log=True), default=0.0),
        "max_features": tt.Float(0.2, 1.0, default=1.0),
    }
)


def error(config, split):
    """Root mean squared error on the test part of one split, after training on the other part."""
    train, test = split
    model = HistGradientBoostingRegressor(random_state=0, **config).fit(X[train], y[train])
    return float(np.sqrt(np.mean((model.predict(X[test]) - y[test]) ** 2)))


def loss(config, trial):
    """The mean error over five folds; the mean so far is reported after each."""
    errors = []
    for fold, split in enumerate(SEARCH_SPLITS):
        errors.append(error(config, split))
        trial.report(float(np.mean(errors)), step=fold)
    return float(np.mean(errors))


def search():
    """Complete the study to N_TRIALS trials; returns it."""
    FOLDER.mkdir(exist_ok=True)
    storage = FOLDER / "study.db"
    print(
        f"Gradient boosting on {len(y)} patients: {N_TRIALS} configurations of {len(SPACE)} parameters."
    )
    n_before = n_finished(storage)
    if 0 < n_before < N_TRIALS:
        print(f"going on: {n_before} of {N_TRIALS} trials were done before")
    study = tt.minimize(
        loss,
        SPACE,
        n_trials=N_TRIALS,
        n_jobs=2,
        seed=0,
        storage=storage,
        study_name="demo",
        progress=True,
    )
    if n_before >= N_TRIALS:
        print(f"study complete: {n_before} of {N_TRIALS} trials; nothing to do")
    return study


def n_finished(storage):
    if not storage.exists():
        return 0
    try:
        study = tt.load_study(storage=storage, study_name="demo")
    except tt.StudyNotFound:  # stopped before it had begun
        return 0
    return sum(trial.state.is_finished for trial in study.trials)


def compare(study):
    """Errors of the default and the best configuration on the new splits; kept with the study."""
    best = study.best
    kept = study.user_attrs.get("comparison")
    if kept is None or kept["trial"] != best.number:
        print(f"\nScoring the default and trial {best.number} on {len(NEW_SPLITS)} new splits ...")
        kept = {
            "trial": best.number,
            "old": [error(SPACE.defaults(), split) for split in SEARCH_SPLITS],
            "default": [error(SPACE.defaults(), split) for split in NEW_SPLITS],
            "tuned": [error(best.config, split) for split in NEW_SPLITS],
        }
        study.set_user_attr("comparison", kept)
    return {name: np.array(kept[name]) for name in ("old", "default", "tuned")}


def verdict(found):
    if not found.is_clear:
        return "not distinguishable: the interval contains zero"
    return "the tuned model is " + ("better" if found.mean > 0 else "worse")


def optimism(study, fresh):
    selected, n = study.best_value, len(study.trials)
    if fresh <= selected:
        return f"On new splits the tuned model is as good as on those it was chosen by ({selected:.2f})."
    return (
        f"{selected:.2f} is the best of {n} scores and so flatters itself; on new splits the same "
        f"settings reach {fresh:.2f}. The difference, {fresh - selected:.2f}, is the optimism of the search."
    )


def section(study, errors, found, gain):
    """What the report says about the comparison."""
    fresh = float(errors["tuned"].mean())
    return Section(
        "Did tuning help?",
        [
            f"Decided on {len(NEW_SPLITS)} splits that the search has not used: {verdict(found)}.",
            optimism(study, fresh),
            "The interval is that of the corrected resampled t-test (Nadeau & Bengio 2003). Old and new "
            "splits are of the same patients; patients never seen at all would be the last word.",
        ],
        [
            ("error of the default, new splits", f"{errors['default'].mean():.2f}"),
            ("error of the tuned model, new splits", f"{fresh:.2f}"),
            ("difference", gain),
        ],
        draw_interval(found.mean, found.low, found.high, title="less error than the default"),
    )


def main():
    study = search()
    errors = compare(study)
    n_test = len(NEW_SPLITS[0][1])
    differences = errors["default"] - errors["tuned"]
    found = corrected_resampled_t(differences, len(y) - n_test, n_test)
    gain = f"{found.mean:.2f}, 95 % interval {found.low:.2f} to {found.high:.2f}"
    model = HistGradientBoostingRegressor(random_state=0, **study.best_config).fit(X, y)
    joblib.dump(model, FOLDER / "model.joblib")
    extra = section(study, errors, found, gain)
    page = write_report(study, FOLDER / "report.html", sections=[extra])

    fresh = float(errors["tuned"].mean())
    print(f"\nbest configuration (trial {study.best.number}):")
    for name, value in study.best_config.items():
        print(f"  {name:<18} {value:.6g}")
    print("\nroot mean squared error         default     tuned")
    print(
        f"  on the splits of the search {errors['old'].mean():9.2f} {study.best_value:9.2f}   selected by it"
    )
    print(f"  on new splits               {errors['default'].mean():9.2f} {fresh:9.2f}")
    print(f"\n{optimism(study, fresh)}")
    print(f"Less error than the default on new splits: {gain}\n  -> {verdict(found)}\n")
    for what, where in (("report", page.name), ("model", "model.joblib"), ("study", "study.db")):
        print(f"{what:<7} {(FOLDER / where).resolve()}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("\ninterrupted; start it again to go on where it was", file=sys.stderr)
        sys.exit(130)
