import numpy as np
import pytest

from trimtab.errors import InvalidArgument
from trimtab.sampler.trust_region import TrustRegion, box_candidates, center_of
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

CUBE = Space({f"x{i}": Float(0, 1) for i in range(4)})
QUICK = TrustRegion(n_initial=4, n_candidates=64)


def sphere(codes):
    return float(np.sum((codes - 0.3) ** 2))


def lengths(play, f, n, sampler=QUICK, space=CUBE):
    run, found = play(sampler, space, f, 0), []
    for i in range(1, n + 1):
        run.go(i)
        found.append((run.state.length, run.state.region))
    return found


def test_three_improvements_double_the_box(play):  # MTK-05
    values = iter(range(100, 0, -1))
    found = [length for length, _ in lengths(play, lambda codes: float(next(values)), 12)]
    assert found == [0.8] * 6 + [1.6] * 6


def test_failures_halve_the_box_until_it_is_given_up(play):  # MTK-05
    found = lengths(play, lambda codes: 1.0, 4 + 4 * 7 + 3)
    assert [length for length, _ in found[:12]] == [0.8] * 7 + [0.4] * 4 + [0.2]
    regions = [region for _, region in found]
    assert regions.index(1) == 4 + 4 * 7 - 1
    assert found[-1] == (0.8, 1)


def test_proposals_lie_in_the_box(play):
    run = play(QUICK, CUBE, sphere, 20)
    rows = box_candidates(run.state, 200, np.random.default_rng(0))
    gap = np.abs(rows - center_of(run.state))
    theta = run.state.models[0].posterior.kernel.theta[1:]
    side = run.state.length * np.exp(theta - theta.mean())
    assert (gap <= side / 2 + 1e-9).all()
    assert (gap.max(axis=1) > 0).all()
    assert np.prod(side) == pytest.approx(run.state.length**4)


def test_late_results_of_another_region_do_not_count(play):
    run = play(QUICK, CUBE, lambda codes: 1.0, 4 + 4 * 7 + 1)
    assert run.state.region == 1
    before = len(run.state.results)
    run.tell(run.x[0], run.codes[0], 0)
    assert len(run.state.results) == before
    run.tell(run.x[0], run.codes[0], 1)
    assert len(run.state.results) == before + 1


def test_improves_in_many_columns(play):
    space = Space({f"x{i}": Float(0, 1) for i in range(20)})
    run = play(TrustRegion(n_initial=20, n_candidates=200), space, sphere, 60)
    assert min(run.y[20:]) < 0.6 * min(run.y[:20])


def test_mixed_space_with_failures(play):
    space = Space({"a": Float(0, 1), "c": Categorical(list("xyz")), "n": Int(1, 9)})

    def f(codes):
        return np.nan if codes[1] == 2 else float((codes[0] - 0.3) ** 2 + (codes[2] - 3) ** 2)

    run = play(TrustRegion(n_candidates=100), space, f, 45)
    assert np.nanmin(run.y) < 0.05
    assert np.isnan(run.y[25:]).mean() < 0.3


def test_constraints_that_come_back(play):
    run = play(TrustRegion(n_candidates=100), CUBE, lambda c: (sphere(c), [0.5 - float(c[0])]), 40)
    good = [y for y, c in zip(run.y, run.codes, strict=True) if c[0] >= 0.5]
    assert min(good) < 0.15


def test_two_workers_get_different_rows(play):
    x = play(QUICK, CUBE, sphere, 12).ask(4).x
    assert len(np.unique(x, axis=0)) == 4


def test_refuses():
    with pytest.raises(InvalidArgument, match="ascend"):
        TrustRegion(shortest=0.9)
    with pytest.raises(InvalidArgument, match="n_bad"):
        TrustRegion(n_bad=0)


def test_what_others_proposed_is_learned_from_but_does_not_move_the_box(play):
    run = play(QUICK, CUBE, lambda codes: 1.0, 5)
    before = (run.state.length, run.state.n_bad)
    for u in np.linspace(0.1, 0.9, 12):  # as many failures as would halve it thrice
        row = np.full(4, u)
        run.tell(row, row, -1)
    assert (run.state.length, run.state.n_bad) == before
    assert len(run.state.results) == 17


def test_choices_are_near_too(play):
    """About 1.5 length of the choices change, and the box is that of the numbers."""
    choices = {f"c{i}": Categorical(list("abcde")) for i in range(12)}
    space = Space({"a": Float(0, 1), **choices, "b": Float(0, 1)})
    run = play(QUICK, space, lambda codes: float(np.sum((codes - 0.3) ** 2)), 12)
    rows, middle = box_candidates(run.state, 2000, np.random.default_rng(0)), center_of(run.state)
    n_changed = (rows[:, 1:13] != middle[1:13]).sum(axis=1)
    expected = 1.5 * run.state.length * 4 / 5  # a choice drawn anew may be the same
    assert n_changed.mean() == pytest.approx(expected + 0.8 * 12 / 14, rel=0.25)
    theta = run.state.models[0].posterior.kernel.theta[1:][[0, 13]]
    side = run.state.length * np.exp(theta - theta.mean())
    assert (np.abs(rows - middle)[:, [0, 13]] <= side / 2 + 1e-9).all()


def test_many_choices(play):
    """Twelve choices of five: a random draw has 2.4 of them right, and a region finds nearly all."""
    space = Space({f"c{i}": Categorical(list("abcde")) for i in range(12)})
    run = play(TrustRegion(n_candidates=200), space, lambda codes: float((codes != 2).sum()), 120)
    assert min(run.y) <= 2


def test_an_offset_of_the_results_changes_nothing(play):
    def shifted(codes):
        return sphere(codes) + 1024.0

    one, other = play(QUICK, CUBE, sphere, 30), play(QUICK, CUBE, shifted, 30)
    assert np.array(one.x) == pytest.approx(np.array(other.x), abs=1e-6)
