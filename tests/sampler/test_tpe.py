"""TPE: groups, split, liars, finite spaces, several objectives, and better than random."""

import numpy as np
import pytest

from trimtab.bench.function import task
from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Request
from trimtab.rng import ASK, INIT, TELL, stream
from trimtab.sampler.random import Random
from trimtab.sampler.tpe import TPE, groups
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space
from trimtab.surrogate.parzen import log_density, parzen

BRANIN = task("branin")
SQUARE = Space({"a": Float(0, 1), "b": Float(0, 1)})


def _batch(x, y=None, c=None, budget=None):
    n = len(x)
    y = np.full((n, 1), np.nan) if y is None else np.asarray(y, float).reshape(n, -1)
    return Batch(
        x=np.asarray(x, float),
        y=y,
        c=np.empty((n, 0)) if c is None else np.asarray(c, float).reshape(n, -1),
        budget=np.full(n, np.nan) if budget is None else np.asarray(budget, float),
        cost=np.full(n, np.nan),
        task=np.zeros(n, np.int64),
        tag=np.full(n, -1),
        number=np.arange(n),
    )


def _told(sampler, space, *args, m=1, **named):
    state = sampler.init(Problem(space, m), stream(0, INIT))
    return sampler.tell(state, _batch(*args, **named), stream(0, TELL))


def _ask(sampler, state, n=1, pending=None, seed=0):
    nothing = np.empty((0, state.axes.d))
    request = Request(n, _batch(nothing if pending is None else pending), stream(seed, ASK))
    return sampler.ask(state, request).x


def _best(search, sampler, f, space, n, seeds):
    return np.array(
        [min(value for _, value in search(sampler, space, f, n, seed)) for seed in range(seeds)]
    )


def test_branin(search):  # TPE-01
    def f(**config):
        return BRANIN(config) - BRANIN.least

    ours = np.median(_best(search, TPE(), f, BRANIN.space, 100, 10))
    drawn = np.median(_best(search, Random(), f, BRANIN.space, 100, 10))
    assert ours <= 0.04
    assert ours <= drawn / 4


def test_greatest_ratio_is_greatest_expected_improvement():  # TPE-02
    space = Space({"a": Int(1, 12)})
    x = (np.random.default_rng(0).integers(12, size=(40, 1)) + 0.5) / 12
    y = (x[:, 0] - 0.3) ** 2
    tpe = TPE(weights="uniform", gamma=0.25)
    state = _told(tpe, space, x, y)
    good, bad = tpe._split(state)
    weight = {"prior_weight": tpe.prior_weight}
    low, high = (parzen(state.axes, x[r], np.ones(len(r)), **weight) for r in (good, bad))
    values = (np.arange(12)[:, None] + 0.5) / 12
    near, far = np.exp(log_density(low, values)), np.exp(log_density(high, values))
    share, star = 0.25, np.sort(y)[10]
    # p(y | x) below y* has density share * near / p(x); the gain there does not depend on x
    loss = np.linspace(star - 1, star, 2001)
    gain = np.trapezoid(star - loss, loss)
    improvement = gain * share * near / (share * near + (1 - share) * far)
    assert np.argmax(near / far) == np.argmax(improvement)
    assert np.array_equal(np.argsort(near / far), np.argsort(improvement))


def test_branches_use_only_their_trials():  # TPE-03
    space = Space(
        {
            "kind": Categorical(["p", "q"]),
            "u": Float(0, 1).when(kind="p"),
            "v": Float(0, 1).when(kind="q"),
        }
    )
    rng = np.random.default_rng(0)
    x = space.to_unit(space.from_unit(rng.random((60, 3))))
    y = np.where(np.isnan(x[:, 1]), 10 + x[:, 2], x[:, 1])
    other = np.where(np.isnan(x[:, 1]), 10 + (x[:, 2] - 0.5) ** 2, x[:, 1])
    for row in (1, 0):  # what happens in branch q does not move u, and p is always better
        a, b = (_ask(TPE(), _told(TPE(), space, x, z), seed=row) for z in (y, other))
        assert a[0, 0] == b[0, 0]
        assert a[0, 1] == b[0, 1]


def test_groups_are_columns_that_the_same_rows_have():
    active = np.array([[1, 1, 0, 1, 0], [1, 0, 1, 1, 1], [1, 0, 1, 1, 1]], bool)
    assert [g.tolist() for g in groups(active, True)] == [[0, 3], [1], [2, 4]]
    assert [g.tolist() for g in groups(active, False)] == [[0, 3], [1], [2], [4]]
    assert groups(np.ones((3, 0), bool), True) == []
    assert [g.tolist() for g in groups(np.ones((0, 2), bool), True)] == [[0, 1]]


def test_joint_densities_follow_a_rotated_valley(search):  # TPE-05
    turn = np.linalg.qr(np.random.default_rng(3).standard_normal((4, 4)))[0]
    scale = np.geomspace(1, 10, 4)
    space = Space({f"x{i}": Float(-1, 1) for i in range(4)})

    def f(**config):
        return float(scale @ (turn @ (np.array(list(config.values())) - 0.2)) ** 2)

    joint, alone = (_best(search, TPE(multivariate=m), f, space, 100, 5) for m in (True, False))
    assert np.median(joint) < np.median(alone)


def test_pending_rows_push_proposals_away():  # TPE-07
    space = Space({"a": Float(0, 1)})
    x = np.linspace(0, 1, 21)[:, None]

    def nearest(liar):
        tpe, distances = TPE(constant_liar=liar, gamma=0.2), []
        state = _told(tpe, space, x, np.abs(x[:, 0] - 0.5))
        for seed in range(30):
            four = np.sort(_ask(tpe, state, 4, seed=seed)[:, 0])
            distances.append(np.diff(four).min())
        return np.array(distances)

    assert nearest(True).min() > 0
    assert np.median(nearest(True)) > 1.5 * np.median(nearest(False))


def test_failures_count_as_bad():
    x = np.random.default_rng(0).random((80, 2))
    y = np.where(x[:, 0] < 0.5, np.nan, (x[:, 0] - 0.45) ** 2 + x[:, 1])
    tpe = TPE()
    state = _told(tpe, SQUARE, x, y)
    good, bad = tpe._split(state)
    assert not np.isnan(y[good]).any()
    assert len(good) == np.ceil(0.15 * np.isfinite(y).sum())
    assert set(np.flatnonzero(np.isnan(y))) <= set(bad.tolist())
    asked = np.concatenate([_ask(tpe, state, seed=s) for s in range(40)])
    assert np.mean(asked[:, 0] < 0.5) < 0.2


def test_feasible_rows_first():
    x = np.random.default_rng(0).random((40, 2))
    c = x[:, 0] - 0.3
    good, _ = TPE()._split(_told(TPE(), SQUARE, x, -x[:, 0], c=c))
    assert np.all(c[good] <= 0)


def test_only_the_largest_budget():  # MFI-18
    x = np.random.default_rng(0).random((60, 2))
    budget = np.where(np.arange(60) < 40, 1.0, 9.0)
    good, bad = TPE(by_budget=True)._split(_told(TPE(), SQUARE, x, x[:, 0], budget=budget))
    assert sorted([*good, *bad]) == list(range(40, 60))
    good, bad = TPE()._split(_told(TPE(), SQUARE, x, x[:, 0], budget=budget))
    assert sorted([*good, *bad]) == list(range(60))


def test_an_ask_looks_at_a_bounded_number_of_rows():
    x = np.random.default_rng(0).random((3000, 2))
    y = x[:, 0]
    state = _told(TPE(), SQUARE, x, y)
    good, bad = TPE()._split(state)
    assert np.array_equal(good, np.argsort(y)[:25])
    assert set(np.argsort(y)[25:89]) <= set(bad.tolist())
    assert set(range(2808, 3000)) <= {*bad.tolist(), *good.tolist()}
    assert len(bad) <= 256
    assert len(set(bad.tolist()) & set(good.tolist())) == 0


def test_older_states_stay_as_they_were():
    rng = np.random.default_rng(0)
    tpe = TPE()
    state = _told(tpe, SQUARE, rng.random((20, 2)), rng.random(20))
    before = _ask(tpe, state)
    later = state
    for _ in range(30):
        later = tpe.tell(later, _batch(rng.random((1, 2)), [0.0]), stream(0, TELL))
    assert len(later.rows) == 50
    assert np.array_equal(_ask(tpe, state), before)


def test_several_objectives_good_rows_cover_the_front():
    x = np.random.default_rng(0).random((400, 2))
    far = 1 + x[:, 1]
    y = np.stack([x[:, 0] * far, (1 - x[:, 0]) * far], axis=1)
    good, bad = TPE(max_good=20)._split(_told(TPE(max_good=20), SQUARE, x, y, m=2))
    assert len(good) == 20
    assert np.ptp(x[good, 0]) > 0.8
    assert x[good, 1].mean() < 0.2
    assert len(bad) > 200


def test_several_objectives_approach_the_front():
    zdt = task("zdt1", 4)
    tpe = TPE()
    state = tpe.init(Problem(zdt.space, 2), stream(0, INIT))
    found = []
    for k in range(120):
        codes = zdt.space.from_unit(_ask(tpe, state, seed=k))
        found.append(zdt(zdt.space.config(codes[0])))
        told = _batch(zdt.space.to_unit(codes), [found[-1]])
        state = tpe.tell(state, told, stream(0, TELL, k))
    drawn = [zdt(c) for c in zdt.space.sample(np.random.default_rng(0), 120)]
    gap = [np.median(np.array(v)[-60:, 1] + np.sqrt(np.array(v)[-60:, 0])) for v in (found, drawn)]
    assert gap[0] < gap[1] - 1


def test_a_finite_space_is_searched_to_its_end():
    space = Space({"a": Int(1, 6), "b": Categorical(["x", "y", "z"])})
    tpe = TPE(n_startup=3)
    state = tpe.init(Problem(space), stream(0, INIT))
    seen = set()
    for k in range(18):
        row = space.to_unit(space.from_unit(_ask(tpe, state, seed=k)))
        seen.add(row.tobytes())
        state = tpe.tell(state, _batch(row, [row.sum()]), stream(0, TELL, k))
    assert len(seen) == 18


def test_a_batch_on_a_finite_space_has_no_duplicates():
    space = Space({"a": Int(1, 5), "b": Int(1, 2)})
    x = space.to_unit(np.array(list(space.enumerate()))[:4])
    state = _told(TPE(n_startup=2), space, x, np.arange(4.0))
    rows = space.from_unit(_ask(TPE(n_startup=2), state, 6))
    assert len(np.unique(rows, axis=0)) == 6


def test_unknown_rules_keep_rows_valid():
    space = Space({"a": Int(1, 30), "b": Int(1, 30)}, where=["a + b <= 12"])
    x = space.to_unit(space.from_unit(np.random.default_rng(0).random((4000, 2))))
    x = x[space.is_valid(space.from_unit(x))][:30]
    state = _told(TPE(), space, x, -x.sum(axis=1))
    for seed in range(10):
        assert space.is_valid(space.from_unit(_ask(TPE(), state, seed=seed))).all()


@pytest.mark.parametrize(("setting", "value"), [("gamma", 1), ("weights", "old"), ("max_good", 0)])
def test_refusals(setting, value):
    with pytest.raises(ValueError, match=setting):
        TPE(**{setting: value})
