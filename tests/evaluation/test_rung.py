"""Places in a rung, against counting them all."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.evaluation.rung import Rung

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
