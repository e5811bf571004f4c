"""Places in a rung, against counting them all."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.event import Asked, Released, Reported, Started
from trimtab.core.history import History
from trimtab.core.problem import Direction
from trimtab.evaluation.rung import Rung, Rungs

LOSSES = st.sampled_from([0.0, 1.0, 2.0, 3.0, float("nan"), float("inf")])


def counted(points):
    """How many trials beat each one, by the definition."""

    def beats(i, j):
        a, b = points[i], points[j]
        return (a <= b).all() and ((a < b).any() or i < j)

    return {j: sum(beats(i, j) for i in points if i != j) for j in points}


@given(
    st.integers(1, 3).flatmap(lambda m: st.lists(st.tuples(*[LOSSES] * m), max_size=12)), st.data()
)
@settings(deadline=None)
def test_places_are_counts_of_those_that_are_better(rows, data):
    m = len(rows[0]) if rows else 1
    rung, points = Rung(m), {}
    for number in data.draw(st.permutations(range(len(rows)))):
        loss = np.array(rows[number])
        rung.add(number, loss)
        points[number] = loss if np.isfinite(loss).all() else np.full(m, np.inf)
        if data.draw(st.integers(0, 4)) == 0:
            gone = data.draw(st.sampled_from(sorted(points)))
            rung.remove(gone)
            del points[gone]
    assert {n: rung.place(n) for n in points} == counted(points)
    assert dict(zip(rung.numbers().tolist(), rung.places().tolist(), strict=True)) == counted(
        points
    )
    assert all(n in rung for n in points)


def test_with_one_objective_places_are_ranks():
    losses, rung = np.random.default_rng(0).random(200), Rung(1)
    for number, loss in enumerate(losses):
        rung.add(number, np.array([loss]))
    assert np.array_equal(rung.places(), np.argsort(np.argsort(losses)))
    assert np.array_equal(rung.losses()[:, 0], losses)


def test_who_measures_a_level_again_has_not_left_the_one_below():
    history = History([Direction.MINIMIZE])
    table = Rungs((1, 3), 1, 3, False)
    first = [Asked(0, ()), Reported(0, 1, (1.0,)), Reported(0, 3, (0.5,))]
    for event in first:
        history.apply(event)
    table.read(history)
    assert (table.reached(0), table.rungs[0].left().tolist()) == (2, [True])
    for event in (Released(0), Started(0, 2), Reported(0, 2, (0.7,))):
        history.apply(event)
    table.read(history)
    assert (table.reached(0), table.rungs[0].left().tolist()) == (1, [False])
    assert table.rungs[1].n == 0


@settings(deadline=None, max_examples=80)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "leave", "return", "remove"]),
            st.integers(0, 11),
            st.integers(0, 4),
        ),
        max_size=40,
    ),
    st.integers(0, 8),
)
def test_ranks_kept_in_order_are_those_of_sorting(steps, n):
    """With one objective, places and the first open trial are what a sort would say, at any moment."""
    rung, losses, left = Rung(1), {}, set()
    for what, number, loss in steps:
        if what == "add" and number not in losses:
            losses[number] = float(loss) if loss < 4 else np.nan
            rung.add(number, np.array([losses[number]]))
        elif number in losses and what in ("leave", "return"):
            rung.leave(number, what == "leave")
            (left.add if what == "leave" else left.discard)(number)
        elif number in losses and what == "remove":
            rung.remove(number)
            del losses[number]
            left.discard(number)
    ranked = sorted(losses, key=lambda i: (np.inf if np.isnan(losses[i]) else losses[i], i))
    assert [rung.place(i) for i in ranked] == list(range(len(ranked)))
    assert sorted(zip(rung.places().tolist(), rung.numbers().tolist(), strict=True)) == list(
        enumerate(ranked)
    )
    even = [i for i in ranked[:n] if i not in left and i % 2 == 0]
    assert rung.first(n, lambda i: i % 2 == 0) == (even[0] if even else None)


def test_the_first_of_several_objectives_is_the_least_dominated():
    rung = Rung(2)
    for number, loss in enumerate([[1.0, 1.0], [0.0, 3.0], [2.0, 2.0], [3.0, 3.0]]):
        rung.add(number, np.array(loss))
    assert rung.first(1, lambda i: True) == 0
    assert rung.first(1, lambda i: i > 0) == 1
    assert rung.first(1, lambda i: i > 1) is None
    assert rung.first(2, lambda i: i > 1) == 2
    rung.leave(0)
    assert rung.first(1, lambda i: True) == 1
