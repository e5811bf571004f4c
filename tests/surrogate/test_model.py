from itertools import pairwise

import numpy as np
import pytest

from trimtab.space.domain import Float, Int
from trimtab.space.space import Space
from trimtab.surrogate.cost import cost_model
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.model import (
    CONSTRAINT,
    OBJECTIVE,
    SUCCESS,
    Fit,
    Recipe,
    is_due,
    mean_success,
    models_of,
    no_results,
    noisy,
    process_of,
    spread,
    targets,
)

SPACE = Space({"a": Float(0, 1), "b": Float(0, 1)})


def results(n, k=0, seed=0, n_failed=0):
    rng = np.random.default_rng(seed)
    x = rng.random((n, 2))
    y = (x[:, 0] - 0.3) ** 2 + x[:, 1]
    y[:n_failed] = np.nan
    return no_results(2).more(x, y, rng.standard_normal((n, k)))


def folded(whole, touch):
    """The last fit of a chain; `touch(n)` says when to look at it on the way."""
    fit = Fit(Recipe(), embedding_of(SPACE), no_results(2))
    for n in range(1, len(whole) + 1):
        if is_due(fit, whole.first(n)):
            fit = fit.next(whole.first(n))
        if touch(n):
            _ = fit.theta
    return fit


def test_fits_do_not_depend_on_when_they_are_looked_at():
    whole = results(30, k=1, n_failed=2)
    late, always, some = (
        folded(whole, t) for t in (lambda n: False, lambda n: True, lambda n: n % 7 == 3)
    )
    for which in (OBJECTIVE, SUCCESS, CONSTRAINT):
        assert np.array_equal(late.theta[which], always.theta[which])
        assert np.array_equal(late.theta[which], some.theta[which])


def test_predecessors_are_let_go():
    fit = folded(results(12), lambda n: True)
    assert not isinstance(fit.before, Fit)


def test_later_rows_are_appended():
    whole = results(25)
    fit = Fit(Recipe(), embedding_of(SPACE), whole.first(20))
    model = fit.models(whole)[OBJECTIVE]
    assert model.rows.tolist() == list(range(25))
    assert model.posterior.y == pytest.approx(targets(whole, OBJECTIVE, Recipe())[1])
    direct = Fit(Recipe(), embedding_of(SPACE), whole, {OBJECTIVE: fit.theta[OBJECTIVE]})
    matrix = model.posterior.kernel(whole.x) + model.posterior.noise * np.eye(25)
    assert matrix @ model.posterior.alpha == pytest.approx(model.posterior.y, abs=1e-6)
    assert len(direct.models(whole)[OBJECTIVE].rows) == 25


def test_schedule():
    """BOL-21: the refit schedule is kept: every result at first, then a tenth more."""
    whole, fitted = results(400), []
    fit = Fit(Recipe(), embedding_of(SPACE), no_results(2))
    for n in range(1, 401):
        if is_due(fit, whole.first(n)):
            fit = fit.next(whole.first(n))
            fitted.append(n)
    assert fitted[:20] == list(range(1, 21))
    assert all(b - a == max(1, a // 10) for a, b in pairwise(fitted))


def test_something_new_calls_for_a_fit():
    whole = results(31, n_failed=1)
    backwards = no_results(2).more(whole.x[::-1], whole.y[::-1], whole.c[::-1])
    fit = Fit(Recipe(), embedding_of(SPACE), backwards.first(30))
    assert is_due(fit, backwards)
    assert not is_due(fit, results(31).first(30).more(whole.x[:1], whole.y[1:2], whole.c[:1]))


def test_models_and_targets():
    whole = results(10, k=2, n_failed=4)
    assert models_of(whole) == [OBJECTIVE, SUCCESS, CONSTRAINT, CONSTRAINT + 1]
    assert models_of(results(3)) == [OBJECTIVE]
    assert models_of(results(3, n_failed=3)) == []
    rows, y = targets(whole, SUCCESS, Recipe())
    assert rows.tolist() == list(range(10))
    assert y + mean_success(whole) == pytest.approx([-1] * 4 + [1] * 6)
    rows, y = targets(whole, OBJECTIVE, Recipe())
    assert rows.tolist() == list(range(4, 10))
    assert y.mean() == pytest.approx(0)
    rows, y = targets(whole, CONSTRAINT, Recipe())
    assert (np.sign(y) == np.sign(whole.c[:, 0])).all()


def test_infinite_results_are_failures():
    whole = no_results(2).more(np.zeros((3, 2)), np.array([np.inf, -np.inf, 1.0]), np.empty((3, 0)))
    assert whole.is_done.tolist() == [False, False, True]


def test_late_constraints_widen_the_table():
    whole = results(2).more(np.zeros((1, 2)), np.ones(1), np.array([[0.5]]))
    assert np.isnan(whole.c[:2]).all()
    assert whole.is_feasible.tolist() == [True, True, False]


def test_subset_keeps_the_best_half_and_spreads_the_rest():
    y = np.random.default_rng(0).permutation(1000).astype(float)
    kept = spread(y, 100)
    assert len(np.unique(kept)) == 100
    assert set(np.argsort(y)[:50]) <= set(kept)
    assert y[kept].max() == 999
    assert (np.diff(kept) > 0).all()
    assert spread(y[:50], 100).tolist() == list(range(50))


def test_many_results_rest_on_a_subset():
    recipe = Recipe(n_fit=20, n_rows=40)
    whole = results(100)
    model = Fit(recipe, embedding_of(SPACE), whole.first(95)).models(whole)[OBJECTIVE]
    assert len(model.rows) == 45
    assert int(np.argmin(whole.y)) in model.rows
    assert {95, 96, 97, 98, 99} <= set(model.rows.tolist())


def test_a_model_of_costs():
    """The logarithm of the cost, centred; what is missing or not positive is left out."""
    rng = np.random.default_rng(0)
    x = rng.random((30, 2))
    cost = np.exp(2 * x[:, 0] + 1)
    cost[3:6] = np.nan, 0.0, -1.0
    embedding = embedding_of(Space({"a": Float(0, 1), "b": Float(0, 1)}))
    model = cost_model(embedding, x, cost)
    assert len(model.y) == 27
    q = rng.random((20, 2))
    known = cost[np.isfinite(cost) & (cost > 0)]
    assert model.predict(q)[0] == pytest.approx(2 * q[:, 0] + 1 - np.log(known).mean(), abs=0.05)
    assert cost_model(embedding, x[:3], cost[:3]) is None


def test_a_fit_finds_the_peak_where_results_are_mostly_noise():
    """A climb that begins with hardly any noise may end beside it, up to two nats lower."""
    space = Space({f"x{i}": Int(0, 9) for i in range(5)})
    embedding, gains = embedding_of(space), []
    for seed in range(7, 11):
        rng = np.random.default_rng(seed)
        x = space.to_unit(space.from_unit(rng.random((40, 5))))
        f = np.sum((x - 0.4) ** 2, axis=1)
        y = (f - f.mean()) / f.std() + rng.standard_normal(40)
        told = no_results(5).more(x, y, np.empty((40, 0)))
        fit = Fit(Recipe("standardized"), embedding, told)
        z, process = embedding(x), process_of(embedding, fit.recipe, OBJECTIVE)
        values = targets(told, OBJECTIVE, fit.recipe)[1]
        level = lambda theta: process.log_posterior(theta, z, values)[0]  # noqa: B023, E731
        ends = [process.maximum(z, values, [t]) for t in (process.theta, *noisy(process))]
        assert level(fit.theta[OBJECTIVE]) >= max(map(level, ends)) - 0.05
        gains.append(level(fit.theta[OBJECTIVE]) - level(ends[0]))
    assert max(gains) > 1.0


def test_known_noise_has_one_start():
    process = process_of(embedding_of(SPACE), Recipe(noise=0.1), OBJECTIVE)
    assert noisy(process) == []
