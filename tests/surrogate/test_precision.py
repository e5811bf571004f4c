"""Trust in budgets: losses and shares by hand, and surrogates of good, blind and reversed budgets."""

import numpy as np
import pytest

import trimtab as tt
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.precision import least_often, misranked, precision

SPACE = tt.Space({"x": tt.Float(0, 1), "y": tt.Float(0, 1)})


def test_misranked_pairs_by_hand():
    loss = np.array([1.0, 2.0, 3.0])
    draws = np.array([[1, 2, 3], [2, 1, 3], [3, 2, 1], [5, 1, 4]], float)
    assert misranked(draws, loss).tolist() == [0, 1, 3, 2]


def test_misranked_counts_every_pair():
    rng = np.random.default_rng(0)
    draws, loss = rng.random((20, 9)), rng.random(9)
    expected = [
        sum((f[i] < f[j]) != (loss[i] < loss[j]) for i in range(9) for j in range(i)) for f in draws
    ]
    # the order within a pair does not matter where no two values are equal
    assert misranked(draws, loss).tolist() == expected


def test_least_loss_shares_ties():
    losses = np.array([[0, 3, 2, 5], [1, 3, 4, 5], [2, 3, 4, 6]])
    assert least_often(losses) == pytest.approx(
        [(1 + 1 / 3 + 1 + 1 / 2) / 4, (1 / 3 + 1 / 2) / 4, 1 / 12]
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_budget_that_ranks_as_the_end_does_is_trusted_and_noise_is_not(seed):
    rng = np.random.default_rng(seed)

    def end(x):
        return (x[:, 0] - 0.3) ** 2 + (x[:, 1] - 0.6) ** 2

    many, few = rng.random((40, 2)), rng.random((8, 2))
    embedding = embedding_of(SPACE)
    good = precision(embedding, [(many, 2 + end(many)), (few, end(few))], rng)
    noise = precision(embedding, [(many, rng.random(40)), (few, end(few))], rng)
    worst = precision(embedding, [(many, -end(many)), (few, end(few))], rng)
    for theta in (good, noise, worst):
        assert theta.sum() == pytest.approx(1.0) and theta.min() >= 0
    assert good[0] > 0.6 > noise[0]
    assert worst[0] < 0.1


def test_failures_rank_last_in_a_budget():
    x = np.random.default_rng(0).random((12, 2))
    loss = np.where(x[:, 0] > 0.8, np.inf, x[:, 0])
    theta = precision(embedding_of(SPACE), [(x, loss), (x[:6], loss[:6])], np.random.default_rng(1))
    assert np.isfinite(theta).all()
