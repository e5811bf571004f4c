import numpy as np
import pytest

import trimtab as tt
from trimtab.errors import InvalidArgument, NothingYet
from trimtab.evaluation.interval import cv_interval
from trimtab.evaluation.optimism import (
    bootstrap_corrected,
    fold_corrected,
    fold_scores,
    selected_of,
)


def test_tibshirani_by_hand():
    # means .8, .75; each fold's winner: .9, .9, .8; it beats the selected one by 0, .1, .1
    table = [[0.9, 0.8, 0.7], [0.55, 0.9, 0.8]]
    found = fold_corrected(table, 2, 1)
    assert (found.index, found.naive) == (0, pytest.approx(0.8))
    assert found.optimism == pytest.approx(0.2 / 3)
    plain = cv_interval([0.9, 0.7, 0.6], 2, 1)
    assert found.honest.value == pytest.approx(0.8 - 0.2 / 3)
    assert (found.honest.low, found.honest.high) == pytest.approx((plain.low, plain.high))
    turned = fold_corrected(-np.array(table), 2, 1, is_greater_better=False)
    assert turned.honest.value == pytest.approx(-found.honest.value)


def test_one_configuration_was_not_selected():
    row = np.random.default_rng(0).random((1, 10))
    assert fold_corrected(row, 9, 1).optimism == 0.0
    found = bootstrap_corrected(row, np.random.default_rng(0), n_resamples=4000)
    assert found.honest.value == pytest.approx(row.mean(), abs=0.01)


def test_on_noise_the_naive_score_is_too_good_and_the_corrected_ones_are_not():
    rng = np.random.default_rng(0)
    naive, folds, rows = [], [], []
    for _ in range(60):
        right = rng.random((40, 100)) < 0.5
        found = fold_corrected(right.reshape(40, 5, 20).mean(2), 4, 1)
        naive.append(found.naive)
        folds.append(found.honest.value)
        rows.append(bootstrap_corrected(right, rng, n_resamples=100).honest.value)
    assert np.mean(naive) > 0.58
    assert np.mean(rows) == pytest.approx(0.5, abs=0.015)
    assert np.mean(folds) == pytest.approx(0.48, abs=0.02)  # it takes off a little too much


def study_of(table, splits="abc"):
    study = tt.create_study({"x": tt.Float(0, 1)}, direction="maximize")
    for trial, row in zip(study.ask(len(table)), table, strict=True):
        trial.set_user_attr("scores", list(row))
        trial.set_user_attr("splits", splits)
        study.tell(trial, float(np.mean(row)))
    return study


def test_the_selected_trial_of_a_study():
    table = [[0.5, 0.5, 0.5], [0.9, 0.8, 0.7], [0.55, 0.9, 0.8]]
    study = study_of(table)
    study.tell(study.ask(), 0.3)  # a trial without folds does not count
    numbers, found = fold_scores(study.history)
    assert numbers.tolist() == [0, 1, 2] and found.tolist() == table
    selected = selected_of(study.history, 2, 1)
    assert (selected.index, selected.honest) == (1, fold_corrected(table, 2, 1).honest)


def test_what_cannot_be_corrected():
    with pytest.raises(NothingYet, match="CrossValidated"):
        selected_of(tt.create_study({"x": tt.Float(0, 1)}).history, 2, 1)
    study = study_of([[0.5, 0.5], [0.6, 0.6, 0.6]])
    with pytest.raises(InvalidArgument, match="2 different sets"):
        selected_of(study.history, 2, 1)
    with pytest.raises(InvalidArgument, match="2 or more columns"):
        fold_corrected([[0.5]], 2, 1)
    with pytest.raises(InvalidArgument, match="10 or more columns"):
        bootstrap_corrected([[0.5] * 9], np.random.default_rng(0))
