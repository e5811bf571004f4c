import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

import trimtab as tt
from trimtab.errors import InvalidArgument, NothingYet
from trimtab.evaluation.optimism import (
    fold_corrected,
    fold_scores,
    row_corrected,
    selected_of,
)


def by_quadrature(means, sd):
    """E[V_j] for j selected by U, of independent means with noise `sd`: U = M + Z, V = M - Z."""
    total = 0.0
    for j, mean in enumerate(means):
        others = [m for i, m in enumerate(means) if i != j]

        def part(z, mean=mean, others=others):
            is_first = np.prod([stats.norm.cdf((mean + z - m) / sd) for m in others])
            return (mean - z) * stats.norm.pdf(z / sd) / sd * is_first

        total += quad(part, -9 * sd, 9 * sd, limit=200)[0]
    return total


def independent(means, sd, n):
    """A table (k, n) with these means, whose rests are orthogonal, and whose means vary by `sd`."""
    rests = np.linalg.qr(np.column_stack([np.ones(n), np.eye(n, len(means))]))[0][:, 1:].T
    return np.array(means)[:, None] + rests * sd * np.sqrt(n * (n - 1))


def test_fission_by_quadrature():
    means, n = [0.0, 0.1, 0.12, -0.3], 40
    found = row_corrected(independent(means, 0.1, n))
    assert (found.index, found.naive) == (2, pytest.approx(0.12))
    assert found.honest.value == pytest.approx(by_quadrature(means, 0.1), abs=0.006)


def test_the_standard_error_is_that_of_the_gradient():
    # The gradient of E[V] along each mean, by differences of the quadrature.
    means, sd, step = [0.0, 0.1, 0.12, -0.3], 0.1, 1e-3
    slopes = [
        (
            by_quadrature([m + step * (i == j) for i, m in enumerate(means)], sd)
            - by_quadrature([m - step * (i == j) for i, m in enumerate(means)], sd)
        )
        / (2 * step)
        for j in range(len(means))
    ]
    honest = row_corrected(independent(means, sd, 40)).honest
    reach = stats.t.ppf(0.975, 39) * sd * np.linalg.norm(slopes)
    assert (honest.high - honest.low) / 2 == pytest.approx(reach, rel=0.08)


def test_a_clear_winner_keeps_its_score_and_its_plain_interval():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(3, 25)) + np.array([[0.0], [50.0], [0.0]])
    found = fold_corrected(table, 4, 1)
    assert found.index == 1 and found.optimism == pytest.approx(0.0, abs=1e-12)
    reach = stats.t.ppf(0.975, 24) * np.sqrt(0.2 * table[1].var(ddof=1))
    assert found.honest.high - found.honest.value == pytest.approx(reach)


def test_one_configuration_was_not_selected():
    row = np.random.default_rng(0).random((1, 10))
    for found in (fold_corrected(row, 9, 1), row_corrected(row)):
        assert found.optimism == pytest.approx(0.0, abs=1e-12)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.floats(0.1, 10), st.floats(-5, 5))
def test_scale_shift_sign_and_order(seed, scale, shift):
    table = np.random.default_rng(seed).normal(size=(6, 10))
    found = fold_corrected(table, 4, 1)
    moved = fold_corrected(scale * table + shift, 4, 1)
    for name in ("value", "low", "high"):
        value = scale * getattr(found.honest, name) + shift
        assert getattr(moved.honest, name) == pytest.approx(value, rel=1e-6, abs=1e-6)
    turned = fold_corrected(-table, 4, 1, is_greater_better=False)
    assert turned.index == found.index
    assert turned.honest.low == pytest.approx(-found.honest.high)
    assert fold_corrected(table[::-1], 4, 1).honest.value == pytest.approx(found.honest.value)


def test_on_noise_the_naive_score_is_too_good_and_the_corrected_ones_are_not():
    rng = np.random.default_rng(0)
    naive, folds, rows = [], [], []
    for _ in range(60):
        right = rng.random((40, 100)) < 0.5
        found = fold_corrected(right.reshape(40, 5, 20).mean(2), 4, 1)
        naive.append(found.naive)
        folds.append(found.honest.value)
        rows.append(row_corrected(right).honest.value)
    assert np.mean(naive) > 0.58
    assert np.mean(rows) == pytest.approx(0.5, abs=0.015)
    assert np.mean(folds) == pytest.approx(0.5, abs=0.025)  # five folds know less of the noise


def test_many_configurations_fit_into_memory():
    table = np.random.default_rng(0).normal(size=(20_000, 5))
    assert fold_corrected(table, 4, 1).honest.value < table.mean(axis=1).max()


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
    with pytest.raises(InvalidArgument, match="n_test=0"):
        fold_corrected([[0.5, 0.6]], 2, 0)
    with pytest.raises(InvalidArgument, match="10 or more columns"):
        row_corrected([[0.5] * 9])
