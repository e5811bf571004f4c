"""The process over configurations and budgets: its kernel, its data, and what it learns from low budgets."""

from dataclasses import replace

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.fidelity import Fidelity
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.joint import (
    AtBudget,
    Fading,
    JointFit,
    chosen,
    positions,
    process_of,
    robust,
    sliced,
)
from trimtab.surrogate.ladder import Ladder, ladder_of
from trimtab.surrogate.rows import Rows

SPACE = tt.Space({"x": tt.Float(0, 1), "kind": tt.Categorical(["a", "b", "c"])})
EMBEDDING = embedding_of(SPACE)


def ladder_with(x, loss, level, levels=(1, 3, 9)):
    rows = Rows(x.shape[1] + 3).extended(np.column_stack([x, loss, level, np.arange(len(x))]))
    return Ladder(levels, x.shape[1], rows, {}, {})


def test_the_kernel_by_hand():
    """k_x (a + b k_r): equal configurations at two budgets share a + b k_r(distance of the logs)."""
    kernel = process_of(EMBEDDING).kernel
    z = np.zeros((2, 5))
    z[1, -1] = 0.5
    t = np.sqrt(5) * 0.5 / 0.6
    matern = (1 + t + t * t / 3) * np.exp(-t)
    assert kernel(z)[0, 1] == pytest.approx(0.5 + 0.5 * matern)
    assert np.diag(kernel(z)).tolist() == pytest.approx([1.0, 1.0])
    noise = process_of(EMBEDDING).row_noise
    assert noise(z) == pytest.approx([0.02, 0.005])
    z = np.random.default_rng(0).random((30, 5))
    assert np.linalg.eigvalsh(kernel(z)).min() > -1e-9


def test_the_gradient_of_the_evidence_by_differences():
    process, rng = process_of(EMBEDDING), np.random.default_rng(1)
    x, y = rng.random((12, 5)), rng.standard_normal(12)
    theta = process.theta + 0.3 * rng.standard_normal(len(process.theta))
    _, slope = process.log_posterior(theta, x, y)
    for i in range(len(theta)):
        step = np.zeros(len(theta))
        step[i] = 1e-6
        up, down = (process.log_posterior(theta + s, x, y)[0] for s in (step, -step))
        assert slope[i] == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-5)


def test_positions_are_logarithms():
    assert positions((1, 3, 9)) == pytest.approx([0.0, 0.5, 1.0])
    assert positions((1,)).tolist() == [1.0]


def test_robust_losses():
    assert robust(np.array([1.0, 1.0, 1.0])).tolist() == [0.0] * 3
    assert robust(np.array([np.inf, np.inf])).tolist() == [0.0] * 2
    y = robust(np.array([0.0, 1.0, 2.0, 3.0, 1e9, np.inf]))
    assert y.mean() == pytest.approx(0.0) and y.std() == pytest.approx(1.0)
    assert y[5] == y[4] and (np.diff(y[:5]) > 0).all()
    assert y[4] - y[3] < 100 * (y[1] - y[0])  # logarithmic far out


def test_rows_that_are_kept():
    level = np.array([0] * 50 + [1] * 20 + [2] * 5)
    keep = chosen(level, 40)
    assert len(keep) == 40 and (np.diff(keep) > 0).all()
    assert np.bincount(level[keep])[2] == 5
    assert np.bincount(level[keep])[0] > 5
    assert chosen(level, 75).tolist() == list(range(75))


def test_low_budgets_teach_what_the_whole_is_like():
    """MFI-07: four whole runs and 15 short ones of Forrester's pair, against the four alone."""
    space = tt.Space({"x": tt.Float(0, 1)})
    embedding = embedding_of(space)
    high = lambda x: (6 * x - 2) ** 2 * np.sin(12 * x - 4)  # noqa: E731
    low = lambda x: 0.5 * high(x) + 10 * (x - 0.5) - 5  # noqa: E731
    few, many = np.array([0.0, 0.4, 0.6, 1.0]), np.linspace(0, 1, 15)
    query = np.linspace(0, 1, 101)[:, None]

    def agreement(x, y, level):
        ladder = ladder_with(x[:, None], y, level, (1, 9))
        posterior = JointFit(ladder, len(x), embedding, 100).posterior(ladder)
        mean = posterior.predict(AtBudget(embedding, 1.0)(query))[0]
        return np.corrcoef(mean, high(query[:, 0]))[0, 1]

    x, y = np.append(many, few), np.append(low(many), high(few))
    both, alone = agreement(x, y, np.repeat([0, 1], [15, 4])), agreement(few, high(few), np.ones(4))
    assert both > 0.75
    assert both > alone + 0.15


def test_a_fit_depends_on_the_rows_alone():
    rng = np.random.default_rng(2)
    x, loss = np.column_stack([rng.random(60), rng.integers(3, size=60) / 3 + 0.1]), rng.random(60)
    whole = ladder_with(x, loss, rng.integers(3, size=60))
    start = JointFit(ladder_of(Fidelity("epoch", 1, 9), 3, 2), 0, EMBEDDING, 40)
    at_once = start.after(whole)
    step_by_step = start
    for n in range(1, 61):
        part = Ladder(whole.levels, 2, Rows(5).extended(whole.rows.values[:n].copy()), {}, {})
        step_by_step = step_by_step.after(part)
        if n % 7 == 0:
            assert len(step_by_step.theta)
    assert step_by_step.n == at_once.n
    assert np.array_equal(step_by_step.theta, at_once.theta)
    assert start.theta.tolist() == process_of(EMBEDDING).theta.tolist()


def test_noise_that_fades_is_of_measured_rows_alone():
    """The same rows mean the same, whichever array holds them: what is predicted has no noise."""
    z = np.column_stack([np.zeros((3, 4)), [0.0, 0.5, 1.0]])
    assert Fading(0.4)(z) == pytest.approx([0.4, 0.1, 0.0])
    rng = np.random.default_rng(3)
    x, y = np.column_stack([rng.random((20, 4)), rng.integers(3, size=20) / 2]), rng.random(20)
    process = replace(process_of(EMBEDDING), row_noise=Fading(0.5, 1.3))
    posterior = process.condition(x, y)
    assert posterior.lower @ posterior.lower.T == pytest.approx(
        posterior.kernel(x) + np.diag(0.5 * (1 - x[:, -1]) ** 1.3 + posterior.noise)
    )
    for found, expected in zip(
        posterior.predict(posterior.x), posterior.predict(x.copy()), strict=True
    ):
        assert np.array_equal(found, expected)
    mean, variance = posterior.predict(posterior.x)
    assert np.diag(posterior.covariance(posterior.x)) == pytest.approx(variance, abs=1e-10)
    assert posterior.fitted == pytest.approx(mean, abs=1e-9)
    grown = process.condition(x[:15], y[:15]).append(x[15:], y)
    assert grown.alpha == pytest.approx(posterior.alpha, abs=1e-9)
    left, spread = posterior.left_out()
    out = np.arange(20) != 4
    m, v = process.condition(x[out], y[out]).predict(x[4:5])
    own = posterior.noise + Fading(0.5, 1.3)(x[4:5])
    assert (left[4], spread[4]) == pytest.approx((m[0], (v + own)[0]), abs=1e-9)


def test_how_noise_fades_is_learned():
    """MFI-23: slopes by differences; noise that fades in the budget, not its logarithm, has a small power."""
    rng = np.random.default_rng(1)
    z = np.column_stack([np.zeros((4, 2)), [0.0, 0.4, 0.9, 1.0]])
    noise, weight, h = Fading(0.4, 0.7), rng.standard_normal(4), 1e-6
    slopes = noise.tape(z)[1](weight)
    for k, slope in enumerate(slopes):
        step = h * np.eye(2)[k]
        up, down = (noise.at(noise.theta + s)(z) for s in (step, -step))
        assert slope == pytest.approx(np.sum(weight * (up - down)) / (2 * h), rel=1e-6)
    space = tt.Space({"x": tt.Float(0, 1)})
    levels, x = (1, 3, 9, 27), rng.random(120)
    level = np.repeat([0, 1, 2, 3], 30)
    fades = np.sqrt(1.0 - np.array(levels)[level] / 27)
    loss = (x - 0.3) ** 2 + 0.5 * fades * rng.standard_normal(120)
    ladder = ladder_with(x[:, None], loss, level, levels)
    theta = JointFit(ladder, 120, embedding_of(space), 200).theta
    assert np.exp(theta[-2]) < 1.0


def test_a_level_of_pure_noise_is_seen_through():
    """MFI-23: the least budget says nothing; the model must not bend to it."""
    rng = np.random.default_rng(5)
    space = tt.Space({"x": tt.Float(0, 1)})
    embedding = embedding_of(space)
    x = rng.random(60)
    level = np.repeat([0, 1], [45, 15])
    loss = np.where(level == 1, (x - 0.3) ** 2, 0.3 * rng.random(60))
    ladder = ladder_with(x[:, None], loss, level, (1, 9))
    posterior = JointFit(ladder, 60, embedding, 100).posterior(ladder)
    query = np.linspace(0, 1, 51)[:, None]
    mean = posterior.predict(AtBudget(embedding, 1.0)(query))[0]
    assert abs(query[np.argmin(mean), 0] - 0.3) < 0.1
    assert np.exp(posterior.theta[-3]) > 5 * np.exp(posterior.theta[-1])


def test_a_slice_is_the_process_at_one_budget():
    """Means, variances and slopes are those of the whole process with the budget's column."""
    rng = np.random.default_rng(2)
    x = np.column_stack([rng.random((25, 2)), rng.integers(0, 3, 25) / 2])
    space = tt.Space({"x": tt.Float(0, 1), "y": tt.Float(0, 1)})
    process = process_of(embedding_of(space))
    theta = process.theta + 0.3 * rng.standard_normal(len(process.theta))
    posterior = process.condition(x, rng.standard_normal(25), theta)
    posterior = posterior.append(rng.random((2, 3)), rng.standard_normal(27))
    q, features = rng.random((9, 2)), AtBudget(embedding_of(space), 0.5)
    here = sliced(posterior, 0.5)
    for found, expected in zip(here.predict(q), posterior.predict(features(q)), strict=True):
        assert found == pytest.approx(expected)
    assert here.fitted == pytest.approx(posterior.fitted)
    assert here.expect(q) == pytest.approx(posterior.predict(features(q))[0])
    weights = rng.standard_normal((2, 9))
    found = here.carrying(q)[2](*weights)
    expected = posterior.carrying(features(q))[2](*weights)
    assert found == pytest.approx(expected[:, :2])
    step = np.zeros((9, 2))
    step[:, 0] = 1e-6
    for part in (0, 1):
        moved = (here.predict(q + step)[part] - here.predict(q - step)[part]) / 2e-6
        assert here.slopes(q)[2 + part][:, 0] == pytest.approx(moved, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("penalty", [1e6, 1e30, 1e300, np.finfo(float).max])
def test_a_penalty_does_not_flatten_the_rest(penalty):
    losses = np.append(np.linspace(0.0, 1.0, 20), [penalty] * 5)
    assert robust(losses) == pytest.approx(robust(np.append(losses[:20], [1e5] * 5)))
    assert np.ptp(robust(losses)[:20]) > 0.4
