import numpy as np
import pytest

from trimtab.space.domain import Categorical, Float
from trimtab.space.space import Space
from trimtab.surrogate.additive import (
    AdditiveProcess,
    component,
    drawn,
    evidence_of,
    learned,
    moved,
    normal,
    singles,
)
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.kernel import Scaled
from trimtab.surrogate.stationary import matern

SPACE = Space({"a": Float(0, 1), "b": Float(0, 1), "c": Categorical(["x", "y", "z"])})
GROUPS = ((0, 2), (1,))


def rows(n, seed=0, space=SPACE):
    return space.to_unit(space.from_unit(np.random.default_rng(seed).random((n, len(space.names)))))


def test_the_kernel_is_the_sum_of_those_of_the_groups():
    """MTK-04: k = sum of k_g, each over its columns."""
    embedding = embedding_of(SPACE)
    kernel = AdditiveProcess(GROUPS)(embedding).kernel.at(np.log([0.7, 0.2, 1.5, 0.4, 0.9]))
    z = embedding(rows(30))
    of_a_and_c = Scaled(matern(2.5, [0.2, 1.5, 1.5, 1.5]), 0.7)(z[:, [0, 2, 3, 4]])
    of_b = Scaled(matern(2.5, 0.9), 0.4)(z[:, [1]])
    assert kernel(z) == pytest.approx(of_a_and_c + of_b, abs=1e-14)


def test_summands_add_up_and_are_the_conditional_normal():
    embedding = embedding_of(SPACE)
    z, q = embedding(rows(25)), embedding(rows(7, seed=1))
    y = np.sin(6 * z[:, 0]) + z[:, 1]
    posterior = AdditiveProcess(GROUPS, noise=1e-3)(embedding).condition(z, y)
    of_a_and_c, of_b = component(posterior, 0), component(posterior, 1)
    columns = [0, 2, 3, 4]
    means = of_a_and_c.predict(q[:, columns])[0] + of_b.predict(q[:, [1]])[0]
    assert means == pytest.approx(posterior.predict(q)[0], abs=1e-10)
    # the joint normal of (summand at q, y), conditioned by the textbook formula
    inner = posterior.kernel.parts[1].kernel
    cross, inverse = (
        inner(q[:, [1]], z[:, [1]]),
        np.linalg.inv(posterior.kernel(z) + 1e-3 * np.eye(25)),
    )
    assert of_b.predict(q[:, [1]])[0] == pytest.approx(cross @ inverse @ y, abs=1e-8)
    wanted = np.diag(inner(q[:, [1]]) - cross @ inverse @ cross.T)
    assert of_b.predict(q[:, [1]])[1] == pytest.approx(wanted, abs=1e-8)


def test_the_slope_of_the_evidence():
    embedding = embedding_of(SPACE)
    process, z = AdditiveProcess(GROUPS)(embedding), embedding(rows(20))
    y = np.random.default_rng(3).standard_normal(20)
    theta = process.theta + 0.1
    slope = process.log_posterior(theta, z, y)[1]
    for j in range(len(theta)):
        step = 1e-6 * np.eye(len(theta))[j]
        up, down = (process.log_posterior(theta + s, z, y)[0] for s in (step, -step))
        assert slope[j] == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-6)


def test_evidence_of_groups_is_that_of_the_process():
    """With the parameters of a fit, differences of the evidence are those of exact regression."""
    space = Space({name: Float(0, 1) for name in "abc"})
    embedding, x = embedding_of(space), np.random.default_rng(5).random((30, 3))
    y = np.cos(5 * x[:, 0] * x[:, 1])
    theta = np.log([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.01])  # v, l of each; noise
    alone = AdditiveProcess(singles(3))(embedding).condition(x, y, theta)
    evidence = evidence_of(embedding, x, y, alone)
    joint = AdditiveProcess(((0, 1), (2,)))(embedding)
    theta = np.log([0.75, 0.5, 0.5, 0.75, 0.5, 0.01])
    gain = joint.log_evidence(theta, x, y)[0] - alone.log_evidence
    assert evidence(((0, 1), (2,))) - evidence(singles(3)) == pytest.approx(gain, abs=1e-8)


def test_columns_that_belong_together_are_found():
    """MTK-04: of six columns, two that only matter together."""
    space, found = Space({f"x{i}": Float(0, 1) for i in range(6)}), 0
    embedding = embedding_of(space)
    for seed in range(5):
        x = np.random.default_rng(seed).random((60, 6))
        y = 4 * (x[:, 1] - 0.5) * (x[:, 4] - 0.5) + np.sin(5 * x[:, 0]) + x[:, 2] ** 2
        posterior = AdditiveProcess(singles(6))(embedding).fit(x, (y - y.mean()) / y.std())
        evidence = evidence_of(embedding, x, posterior.y, posterior)
        groups = learned(evidence, singles(6), 3, 80, np.random.default_rng(seed))
        found += any({1, 4} <= set(group) for group in groups)
    assert found >= 4


def test_groups_partition_the_columns():
    rng = np.random.default_rng(0)
    groups = drawn(10, 3, rng)
    for _ in range(200):
        groups = moved(groups, 3, rng)
        assert sorted(j for group in groups for j in group) == list(range(10))
        assert max(len(group) for group in groups) <= 3 and groups == normal(groups)
