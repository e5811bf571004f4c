from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

import trimtab as tt
from trimtab.errors import InvalidArgument, TrialPruned
from trimtab.evaluation.evaluator import CrossValidated, take
from trimtab.evaluation.split import repeated_kfold
from trimtab.evaluation.statistic import corrected_error


class Ridge:
    """Least squares with a penalty; scores by the negative mean squared error."""

    seeds: ClassVar[list] = []

    def __init__(self, alpha, seed=None):
        self.alpha = alpha
        self.seeds.append(seed)

    def fit(self, x, y):
        x, y = np.asarray(x), np.asarray(y)
        self.w = np.linalg.solve(x.T @ x + self.alpha * np.eye(x.shape[1]), x.T @ y)

    def score(self, x, y):
        return -float(np.mean((np.asarray(x) @ self.w - np.asarray(y)) ** 2))


RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = X @ [1.0, 0.0, -1.0] + RNG.normal(size=40)
SPLITS = repeated_kfold(40, 4, 2, np.random.default_rng(1))


def ridge(config):
    return Ridge(**config)


def evaluator(**changes):
    return CrossValidated(**{"model_factory": ridge, "x": X, "y": Y, "splits": SPLITS} | changes)


def by_hand(alpha, splits=SPLITS):
    scores = []
    for train, test in splits:
        model = Ridge(alpha)
        model.fit(X[train], Y[train])
        scores.append(model.score(X[test], Y[test]))
    return np.array(scores)


def test_scores_are_those_of_each_fold():
    assert evaluator().scores({"alpha": 2.0}) == pytest.approx(by_hand(2.0))
    found = evaluator().score({"alpha": 2.0})
    assert found.value == pytest.approx(by_hand(2.0).mean())
    reach = found.high - found.value
    assert reach == pytest.approx(2.3646243 * corrected_error(by_hand(2.0), 30, 10))


def test_it_equals_cross_val_score_of_scikit_learn():
    """EVL-02: the same folds give the same scores as cross_val_score."""
    from sklearn.model_selection import cross_val_score
    from sklearn.svm import SVC

    labels = (Y > 0).astype(int)
    ours = evaluator(y=labels, model_factory=lambda c: SVC(**c)).scores({"C": 2.0})
    assert ours == pytest.approx(cross_val_score(SVC(C=2.0), X, labels, cv=SPLITS), abs=1e-12)


def test_as_an_objective_each_trial_keeps_its_folds():
    """EVL-07, EVL-09, EVL-11: the objective is np.mean of the folds, whose key is the same for all."""
    objective = evaluator()
    study = tt.maximize(objective, {"alpha": [0.1, 1.0, 10.0]}, 3, sampler="grid", progress=False)
    for trial in study.trials:
        scores = trial.user_attrs["scores"]
        assert scores == pytest.approx(by_hand(trial.config["alpha"]))
        assert trial.value == pytest.approx(np.mean(scores))
        assert trial.user_attrs["splits"] == objective.key
        assert trial.user_attrs["standard_error"] == pytest.approx(
            corrected_error(np.array(scores), 3, 1)
        )
        assert trial.cost >= trial.user_attrs["fit_seconds"] > 0
        means = [v[0] for _, v in sorted(trial.reports.items())]
        assert means == pytest.approx(np.cumsum(scores) / np.arange(1, 9))


class Stopping:
    """A trial that is told to end after its second report."""

    def __init__(self):
        self.reports, self.attrs = [], {}

    def report(self, value, step=None):
        self.reports.append((step, value))

    def should_prune(self):
        return len(self.reports) >= 2

    def set_user_attr(self, key, value):
        self.attrs[key] = value


def test_a_trial_may_be_stopped_between_folds():
    """EVL-09: stopped after the second fold, with what it has."""
    trial = Stopping()
    with pytest.raises(TrialPruned, match="fold 1 of 8"):
        evaluator()({"alpha": 1.0}, trial)
    assert [step for step, _ in trial.reports] == [0, 1]
    assert trial.attrs["scores"] == pytest.approx(by_hand(1.0)[:2])


def test_the_median_rule_prunes_after_two_folds():
    """EVL-09: pruned after fold 2, when below the median of the trials before."""
    found = {"good": [0.5] + [0.9] * 4, "better": [0.6] + [0.9] * 4, "poor": [0.56, 0.2, 1, 1, 1]}

    class Fixed:
        def __init__(self, which):
            self.scores = found[which]

        def fit(self, x, y):
            self.fold = int(np.setdiff1d(np.arange(5), x[:, 0])[0])

        def score(self, x, y):
            return self.scores[self.fold]

    splits = [(np.delete(np.arange(5), i), np.array([i])) for i in range(5)]
    objective = CrossValidated(lambda c: Fixed(c["m"]), np.arange(5)[:, None], np.zeros(5), splits)
    study = tt.create_study(
        {"m": ["good", "better", "poor"]},
        direction="maximize",
        sampler="grid",
        scheduler={"name": "Median", "n_startup": 2},
    )
    study.optimize(objective, progress=False)
    assert [str(t.state) for t in study.trials] == ["complete", "complete", "pruned"]
    assert study.trials[0].value == np.mean(found["good"])
    assert study.trials[2].user_attrs["scores"] == [0.56, 0.2]


def test_all_configurations_of_a_study_have_the_same_folds_and_repeats_have_others():
    """EVL-11: one hash for all configurations, another for each repeat; the mean is numpy's."""
    objective = evaluator()
    study = tt.maximize(objective, {"alpha": tt.Float(0, 9)}, 6, seed=0, progress=False)
    assert {t.user_attrs["splits"] for t in study.trials} == {objective.key}
    halves = [evaluator(splits=SPLITS[i : i + 4]).key for i in (0, 4)]
    assert halves[0] != halves[1]
    for t in study.trials:
        both = [evaluator(splits=SPLITS[i : i + 4]).scores(t.config).mean() for i in (0, 4)]
        assert t.value == pytest.approx(np.mean(both), abs=1e-12)


def test_seeds_belong_to_splits_and_not_to_configurations():
    objective = evaluator(model_factory=lambda config, seed: Ridge(**config, seed=seed), seed=5)
    drawn = []
    for alpha in (1.0, 2.0):
        Ridge.seeds.clear()
        objective.scores({"alpha": alpha})
        drawn.append(list(Ridge.seeds))
    assert drawn[0] == drawn[1] and len(set(drawn[0])) == 8


def test_frames_and_lists_are_rows_too():
    wanted = evaluator().scores({"alpha": 1.0})
    frame, series = pd.DataFrame(X, index=range(100, 140)), pd.Series(Y)
    assert evaluator(x=frame, y=series).scores({"alpha": 1.0}) == pytest.approx(wanted)
    assert evaluator(x=X.tolist(), y=Y.tolist()).scores({"alpha": 1.0}) == pytest.approx(wanted)
    assert take(["a", "b", "c"], np.array([2, 0])) == ["c", "a"]


def test_cheaper_versions():
    objective = evaluator()
    assert objective.first(3).scores({"alpha": 1.0}) == pytest.approx(by_hand(1.0)[:3])
    half, tenth = objective.thinned(0.5), objective.thinned(0.1)
    assert {len(train) for train, _ in half.splits} == {15}
    for (small, test), (large, same) in zip(tenth.splits, half.splits, strict=True):
        assert set(small) < set(large) and np.array_equal(test, same)
    assert objective.key != half.key
    rows = np.arange(0, 40, 2)
    inner = objective.within(rows, repeated_kfold(20, 2, 1, np.random.default_rng(0)))
    assert np.array_equal(inner.x, X[rows]) and len(inner.splits) == 2


def test_a_scorer_of_ones_own():
    objective = evaluator(scorer=lambda model, x, y: float(len(y)))
    assert objective.scores({"alpha": 1.0}).tolist() == [10.0] * 8


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"y": Y[:5]}, "40 rows and y 5"),
        ({"splits": [(np.arange(3), np.arange(2, 5))]}, "both sides"),
        ({"splits": [(np.arange(3), np.array([40]))]}, "from 0 to 39"),
    ],
)
def test_what_cannot_be_scored(changes, words):
    with pytest.raises(InvalidArgument, match=words):
        evaluator(**changes)
    with pytest.raises(InvalidArgument, match="two or more"):
        evaluator().first(1).score({"alpha": 1.0})
