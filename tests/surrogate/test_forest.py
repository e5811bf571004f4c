"""Trees against scikit-learn's, the law of total variance, and categories without order."""

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor
from sklearn.tree import DecisionTreeRegressor

from trimtab.space.domain import Categorical, Float
from trimtab.space.space import Space
from trimtab.surrogate.axes import axes_of
from trimtab.surrogate.forest import Growth, forest, joined, leaves, predict

NUMBERS = Space({f"x{i}": Float(0, 1) for i in range(5)})


def _truth(x):
    return np.sin(5 * x[:, 0]) + 3 * x[:, 1] * x[:, 2]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    x = rng.random((200, 5))
    return x, _truth(x) + 0.05 * rng.standard_normal(200), rng.random((500, 5))


@pytest.mark.parametrize(
    ("cuts", "bootstrap", "theirs"),
    [("best", True, RandomForestRegressor), ("random", False, ExtraTreesRegressor)],
)
def test_as_good_as_scikit_learn(data, cuts, bootstrap, theirs):
    x, y, q = data
    rng = np.random.default_rng(1)
    growth = Growth(cuts=cuts)
    trees = forest(axes_of(NUMBERS), x, y, rng, n_trees=40, bootstrap=bootstrap, growth=growth)
    ours, _ = predict(trees, q)
    other = theirs(40, random_state=0).fit(x, y).predict(q)
    error, reference = (np.sqrt(np.mean((z - _truth(q)) ** 2)) for z in (ours, other))
    assert error < 1.15 * reference
    assert np.corrcoef(ours, other)[0, 1] > 0.98


def test_the_best_cut_is_scikit_learns(data):
    x, y, q = data
    growth = Growth(cuts="best", max_depth=3)
    trees = forest(
        axes_of(NUMBERS), x, y, np.random.default_rng(0), n_trees=1, bootstrap=False, growth=growth
    )
    reference = DecisionTreeRegressor(max_depth=3, random_state=0).fit(x, y)
    assert predict(trees, q)[0] == pytest.approx(reference.predict(q), rel=1e-9)


@pytest.mark.parametrize("cuts", ["best", "random"])
def test_unlimited_trees_interpolate(data, cuts):
    x, y, _ = data
    growth = Growth(cuts=cuts)
    trees = forest(axes_of(NUMBERS), x, y, np.random.default_rng(2), bootstrap=False, growth=growth)
    mean, variance = predict(trees, x)
    assert mean == pytest.approx(y)
    assert variance == pytest.approx(np.zeros(len(y)), abs=1e-12)


def test_law_of_total_variance(data):  # GPM-23
    x, y, q = data
    growth = Growth(min_leaf=8)
    trees = forest(axes_of(NUMBERS), x, y, np.random.default_rng(3), bootstrap=False, growth=growth)
    mean, variance = predict(trees, q)
    own, at = leaves(trees, x), leaves(trees, q)
    means, variances = np.empty(at.shape), np.empty(at.shape)
    for t in range(len(trees.root)):
        for leaf in np.unique(own[t]):
            inside = y[own[t] == leaf]
            assert len(inside) >= 8
            means[t, at[t] == leaf], variances[t, at[t] == leaf] = inside.mean(), inside.var()
    assert mean == pytest.approx(means.mean(axis=0))
    assert variance == pytest.approx(means.var(axis=0) + variances.mean(axis=0))


def test_leaves_average_before_the_logarithm():
    x, y = np.full((4, 5), 0.5), np.log([1.0, 2.0, 3.0, 6.0])
    growth = Growth(log_means=True)
    trees = forest(axes_of(NUMBERS), x, y, np.random.default_rng(0), bootstrap=False, growth=growth)
    assert predict(trees, x)[0] == pytest.approx(np.full(4, np.log(3.0)))


def test_categories_can_be_parted_in_any_way():
    space = Space({"c": Categorical(list("abcdef"))})
    x = np.tile((np.arange(6) + 0.5)[:, None] / 6, (20, 1))
    y = np.where(np.isin(np.arange(120) % 6, [0, 3]), 1.0, 0.0)
    trees = forest(axes_of(space), x, y, np.random.default_rng(0))
    assert predict(trees, x[:6])[0] == pytest.approx([1, 0, 0, 1, 0, 0])


def test_inactive_is_a_value_of_its_own():
    space = Space({"c": Categorical(["a", "b"]), "x": Float(0, 1).when(c="a")})
    rng = np.random.default_rng(0)
    x = space.to_unit(space.from_unit(rng.random((80, 2))))
    y = np.where(np.isnan(x[:, 1]), -1.0, x[:, 1])
    trees = forest(axes_of(space), x, y, rng)
    mean, _ = predict(trees, np.array([[0.75, np.nan], [0.25, 0.9]]))
    assert mean[0] == pytest.approx(-1)
    assert mean[1] > 0.5


def test_fewer_columns_at_a_node(data):
    x, y, _ = data
    growth = Growth(cuts="best", max_depth=1, n_columns=0.2)
    trees = forest(axes_of(NUMBERS), x, y, np.random.default_rng(0), n_trees=60, growth=growth)
    assert set(trees.column[:60].tolist()) == {0, 1, 2, 3, 4}


def test_one_result_is_a_leaf():
    trees = forest(
        axes_of(NUMBERS), np.full((1, 5), 0.3), np.array([2.0]), np.random.default_rng(0)
    )
    mean, variance = predict(trees, np.random.default_rng(1).random((3, 5)))
    assert mean.tolist() == [2, 2, 2]
    assert variance.tolist() == [0, 0, 0]


def test_joined_forests_predict_as_one():
    space = Space({"c": Categorical(["a", "b", "d"]), "x": Float(0, 1).when(c="a")})
    rng = np.random.default_rng(0)
    x = space.to_unit(space.from_unit(rng.random((60, 2))))
    parts = [forest(axes_of(space), x, rng.random(60), rng, n_trees=k) for k in (3, 3, 3)]
    means = [predict(part, x)[0] for part in parts]
    assert predict(joined(parts), x)[0] == pytest.approx(np.mean(means, axis=0))
