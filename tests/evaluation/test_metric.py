import numpy as np
import pytest
from sklearn import metrics

from trimtab.errors import InvalidArgument
from trimtab.evaluation.metric import Scorer, accuracy, auc, f1, log_loss, mae, rmse


@pytest.mark.parametrize("seed", range(25))
def test_all_equal_scikit_learn(seed):
    """EVL-06: every metric equals scikit-learn's to 1e-12, ties and several classes included."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(4, 40)), int(rng.integers(2, 5))
    y = np.concatenate([np.arange(k), rng.integers(0, k, n)])
    guess = rng.integers(0, k, len(y))
    p = rng.dirichlet(np.ones(k), len(y))
    average = "binary" if k == 2 else "macro"
    assert accuracy(y, guess) == pytest.approx(metrics.accuracy_score(y, guess), abs=1e-12)
    assert f1(y, guess) == pytest.approx(
        metrics.f1_score(y, guess, average=average, zero_division=0), abs=1e-12
    )
    assert log_loss(y, p) == pytest.approx(metrics.log_loss(y, p), abs=1e-12)
    score = np.round(rng.random(len(y)), 1)  # with ties
    assert auc(y == 0, score) == pytest.approx(metrics.roc_auc_score(y == 0, score), abs=1e-12)
    assert rmse(y, score) == pytest.approx(metrics.root_mean_squared_error(y, score), abs=1e-12)
    assert mae(y, score) == pytest.approx(metrics.mean_absolute_error(y, score), abs=1e-12)


class Half:
    def predict(self, x):
        return np.round(x)

    def predict_proba(self, x):
        return np.stack([1 - x, x], axis=1)


def test_a_scorer_negates_once():
    """EVL-06: a loss is negated once."""
    x, y = np.array([0.2, 0.9, 0.6]), np.array([0, 1, 0])
    assert Scorer(accuracy)(Half(), x, y) == pytest.approx(2 / 3)
    assert Scorer(mae, is_greater_better=False)(Half(), x, y) == pytest.approx(-1 / 3)
    assert Scorer(auc, method="predict_proba")(Half(), x, y) == 1.0
    assert log_loss(y, x) == pytest.approx(metrics.log_loss(y, x))


def test_what_cannot_be_scored():
    with pytest.raises(InvalidArgument, match="one class"):
        auc([1, 1], [0.1, 0.2])
    with pytest.raises(InvalidArgument, match="each row"):
        accuracy([1, 1], [1])
