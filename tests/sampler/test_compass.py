"""Compass search by hand, and where it polishes and stalls."""

import numpy as np
import pytest

from trimtab.bench.function import branin
from trimtab.errors import InvalidArgument
from trimtab.sampler.compass import Compass
from trimtab.space.domain import Float, Int
from trimtab.space.space import Space

LINE = Space({"x": Float(0, 1)})
SQUARE = Space({"x": Float(0, 1), "y": Float(0, 1)})


def test_steps_halve_by_hand(play):  # PAT-01
    # 0.75 is worse, 0.25 better; 0.5 is known, 0 worse: half the step; 0.375 and 0.125 are worse: half of
    # it; 0.3125 is better; 0.375 and 0.25 are known and worse: half the step.
    run = play(Compass(), LINE, lambda c: abs(float(c[0]) - 0.3), 8)
    assert np.allclose(run.x, [[0.5], [0.75], [0.25], [0.0], [0.375], [0.125], [0.3125], [0.34375]])
    assert run.state.poll.y == pytest.approx(0.0125)


def test_complete_polls_take_the_best(play):
    f = lambda c: float(c[0] + 2 * c[1])  # noqa: E731
    hasty = play(Compass(), SQUARE, f, 3)
    assert np.allclose(hasty.state.poll.x, (0.25, 0.5))
    thorough = play(Compass(complete=True), SQUARE, f, 5)
    assert np.allclose(thorough.state.poll.x, (0.5, 0.25))


def test_quadratic(play):  # PAT-01
    run = play(Compass(), SQUARE, lambda c: float((c[0] - 0.31) ** 2 + 3 * (c[1] - 0.77) ** 2), 150)
    assert min(run.y) < 1e-6


def test_it_stalls_on_a_kink(play):  # PAT-03
    space = Space({"x": Float(-2, 2), "y": Float(-2, 2)})

    def f(c):
        return 0.5 * max((c[0] - 1) ** 2 + (c[1] + 1) ** 2, (c[0] + 1) ** 2 + (c[1] - 1) ** 2)

    run = play(Compass(start={"x": 0.5, "y": 0.5}, n_starts=1), space, f, 400)
    assert min(run.y) == 1.25
    assert not len(run.ask(1).x)


def test_polish_after_random_trials(play):  # PAT-07
    space = Space({"x": Float(-5, 10), "y": Float(0, 15)})
    good = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        run = play(Compass(), space, branin, 0, seed=seed)
        for row in space.from_unit(rng.random((30, 2))):
            run.tell(space.to_unit(row[None])[0], row, -1)
        before = min(run.y)
        run.go(230)
        assert run.state.poll.best <= before
        good += min(run.y) - 0.39788735772973816 < 1e-4
    assert good >= 9


def test_whole_numbers_step_by_one_at_least(play):
    space = Space({"x": Float(0, 1), "n": Int(1, 6)})
    run = play(Compass(step=0.01, n_starts=1), space, lambda c: float(c[0] + abs(c[1] - 5)), 300)
    assert run.codes[int(np.argmin(run.y))][1] == 5  # the index of 6


def test_many_workers_get_smaller_steps_too(play):
    run = play(Compass(), SQUARE, lambda c: float(np.sum((c - 0.5) ** 2)), 1)
    found = run.ask(8)
    assert np.allclose(np.abs(found.x - 0.5).max(axis=1), [0.25] * 4 + [0.125] * 4)
    assert found.tag.tolist() == [1, 2, 3, 4, -1, -1, -1, -1]


def test_late_results_still_count(play):
    run = play(Compass(), SQUARE, lambda c: float(c[0]), 1)
    first = run.ask(2)
    rows = [
        (x, SQUARE.from_unit(x[None])[0], int(t)) for x, t in zip(first.x, first.tag, strict=True)
    ]
    run.tell(*rows[1])  # better: the poll moves on
    tagged = run.state.poll.field.round.first
    run.tell(*rows[0])  # worse, and of the old poll
    assert run.state.poll.field.round.first == tagged
    assert np.allclose(run.state.poll.x, (0.25, 0.5))


@pytest.mark.parametrize("bad", [{"step": 0}, {"least_step": -1.0}, {"complete": 1}, {"start": 3}])
def test_refusals(bad):
    with pytest.raises(InvalidArgument, match=next(iter(bad))):
        Compass(**bad)
