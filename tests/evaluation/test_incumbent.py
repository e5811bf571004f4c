import numpy as np
import pytest

import trimtab as tt
from trimtab.errors import InvalidArgument, NothingYet
from trimtab.evaluation.incumbent import (
    incumbent,
    next_repeats,
    one_standard_error,
    rank_one_probability,
    shrunk,
)
from trimtab.evaluation.paired import wilcoxon


def test_shrinkage_by_hand():
    # variance of the means 4, mean noise 1: between = 3; equal errors, so all move a quarter inwards
    found = shrunk([0.0, 2.0, 4.0], [1.0, 1.0, 1.0])
    assert found.mean == pytest.approx([0.5, 2.0, 3.5])
    assert found.std == pytest.approx([np.sqrt(0.75)] * 3)
    assert shrunk([1.0, 1.2], [5.0, 5.0]).mean == pytest.approx([1.1, 1.1])  # noise explains it all
    exact = shrunk([1.0, 2.0, 9.0], [0.0, 0.0, 0.0])
    assert exact.mean.tolist() == [1.0, 2.0, 9.0] and exact.std.tolist() == [0, 0, 0]


def test_shrunk_means_err_less_than_raw_ones():
    rng = np.random.default_rng(0)
    raw, better = [], []
    for _ in range(200):
        truth, errors = rng.normal(size=30), rng.uniform(0.2, 2, 30)
        means = truth + errors * rng.normal(size=30)
        raw.append(np.mean((means - truth) ** 2))
        better.append(np.mean((shrunk(means, errors).mean - truth) ** 2))
    assert np.mean(better) < 0.6 * np.mean(raw)


def noisy_study(seed):
    """Thirty configurations, half of them run sixteen times and half once; noise N(0, 0.5^2)."""
    rng = np.random.default_rng(seed)
    study = tt.create_study({"x": tt.Float(0, 1)}, sampler="random", seed=seed)
    for trial in study.ask(30):
        runs = trial.config["x"] + rng.normal(0, 0.5, 16 if rng.random() < 0.5 else 1)
        if len(runs) > 1:
            trial.set_user_attr("scores", runs.tolist())
            trial.set_user_attr("standard_error", float(runs.std(ddof=1) / 4))
        study.tell(trial, float(runs.mean()))
    return study


def test_the_noise_aware_incumbent_is_truly_better_than_the_raw_best():
    raw, aware = [], []
    for seed in range(50):
        study = noisy_study(seed)
        raw.append(study.best.config["x"])
        aware.append(study.trials[incumbent(study.history)].config["x"])
    assert np.mean(aware) < np.mean(raw)
    assert wilcoxon(aware, raw).p < 0.01


def test_a_single_run_counts_as_one_and_maximizing_is_the_same():
    study = tt.create_study({"x": tt.Float(0, 1)}, direction="maximize", sampler="random", seed=0)
    values = [(1.0, [0.5, 1.5, 0.9, 1.1]), (1.05, None), (0.0, [0.0, 0.3, -0.3, 0.0])]
    for trial, (value, scores) in zip(study.ask(3), values, strict=True):
        if scores:
            trial.set_user_attr("scores", scores)
            trial.set_user_attr("standard_error", float(np.std(scores, ddof=1) / 2))
        study.tell(trial, value)
    assert study.best.number == 1 and incumbent(study.history) == 0


def test_without_errors_there_is_no_noise_aware_incumbent():
    study = tt.create_study({"x": tt.Float(0, 1)})
    with pytest.raises(NothingYet):
        incumbent(study.history)
    study.tell(study.ask(), 1.0)
    with pytest.raises(InvalidArgument, match="Repeated"):
        incumbent(study.history)


def test_the_chance_to_be_first():
    """STA-05: certain for scores far apart, .5 for equal ones, and the sum is 1."""
    rng = np.random.default_rng(0)
    apart = np.array([0.0, 1.0, 2.0])[:, None] + rng.normal(0, 0.1, (3, 10))
    assert rank_one_probability(apart, rng).tolist() == [0, 0, 1]
    assert rank_one_probability(apart, rng, is_greater_better=False).tolist() == [1, 0, 0]
    row = rng.normal(size=12)
    assert rank_one_probability([row, row], rng) == pytest.approx([0.5, 0.5])
    found = [rank_one_probability(rng.normal(size=(2, 30)), rng, n_draws=500) for _ in range(200)]
    assert np.mean(found, axis=0) == pytest.approx([0.5, 0.5], abs=0.09)
    assert np.sum(found, axis=1) == pytest.approx(np.ones(200))


def test_one_standard_error_prefers_the_simpler():
    """EVL-10: the third is the best, the second the pick of the one-standard-error rule."""
    means, errors = [0.80, 0.81, 0.815], [0.01] * 3
    assert int(np.argmax(means)) == 2
    assert one_standard_error(means, errors, [1, 2, 3]) == 1
    assert one_standard_error(means, [0.015] * 3, [1, 2, 3]) == 0
    losses = [-m for m in means]
    assert one_standard_error(losses, errors, [1, 2, 3], is_greater_better=False) == 1
    assert one_standard_error(means, errors, [1, 1, 1]) == 2


def test_further_runs_go_where_the_best_is_in_doubt():
    # by hand: gaps 1 and 2, equal spreads: ratios 1 : 1/4, and the best sqrt(1 + 1/16)
    found = next_repeats([0.0, 1.0, 2.0], [1.0, 1.0, 1.0], [0, 0, 0], 2281)
    best = np.sqrt(1 + 1 / 16)
    assert found == pytest.approx(2281 * np.array([best, 1, 0.25]) / (best + 1.25), abs=1)
    assert next_repeats([0, 0.1, 5], [1, 1, 1], [5, 5, 5], 10)[2] == 0
    assert next_repeats([0, 0, 1], [0.5, 0.5, 0.5], [3, 3, 3], 7).sum() == 7


def test_bad_lengths():
    for call in (
        lambda: shrunk([1.0], [1.0, 2.0]),
        lambda: shrunk([1.0], [-1.0]),
        lambda: one_standard_error([1.0], [1.0], []),
        lambda: next_repeats([1.0], [1.0], [1], 1),
        lambda: rank_one_probability([[1.0]], np.random.default_rng(0)),
    ):
        with pytest.raises(InvalidArgument):
            call()
