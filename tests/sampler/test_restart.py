"""Runs that are begun anew."""

import numpy as np
import pytest

from trimtab.errors import InvalidArgument
from trimtab.sampler.annealing import Annealing
from trimtab.sampler.compass import Compass
from trimtab.sampler.local_grid import LocalGrid
from trimtab.sampler.restart import Restart
from trimtab.space.domain import Float, Int
from trimtab.space.space import Space

LINE = Space({"x": Float(0, 1)})


def test_a_run_without_progress_ends(play):
    run = play(Restart(Annealing(), patience=5), LINE, lambda c: 1.0, 16)
    assert [tag % 64 for tag in run.tag] == [0] * 6 + [1] * 6 + [2] * 4
    assert run.state.epoch == 2


def test_a_run_that_gets_better_goes_on(play):
    run = play(Restart(Compass(), patience=5), LINE, lambda c: float(c[0]), 4)
    values = iter(np.linspace(9, 1, 60))
    run = play(Restart(Annealing(), patience=5), LINE, lambda c: float(next(values)), 50)
    assert run.state.epoch == 0


def test_a_run_at_its_end_is_followed_by_another(play):
    sampler = Restart(Compass(least_step=0.1, n_starts=1), patience=1000)
    run = play(sampler, LINE, lambda c: abs(float(c[0]) - 0.3), 20)
    assert len(run.y) == 20
    assert run.state.epoch >= 1


def test_late_results_of_an_old_run_are_not_told(play):
    run = play(Restart(Annealing(), patience=2), LINE, lambda c: 1.0, 0)
    found = run.ask(1)
    late = (found.x[0], LINE.from_unit(found.x)[0], int(found.tag[0]))
    run.go(4)
    epoch, family = run.state.epoch, run.state.family
    assert epoch >= 1
    run.tell(*late)
    assert run.state.epoch == epoch
    assert run.state.family.n_told == family.n_told


def test_a_finite_space_is_not_repeated(play):
    space = Space({"n": Int(0, 6), "m": Int(0, 6)})
    f = lambda c: float((c[0] % 4) + (c[1] % 3))  # noqa: E731
    run = play(Restart(LocalGrid(n_starts=3), patience=8), space, f, 40)
    assert len({c.tobytes() for c in run.codes}) == len(run.codes) == 40


@pytest.mark.parametrize(
    ("make", "name"),
    [(lambda: Restart("cmaes"), "sampler"), (lambda: Restart(Compass(), patience=0), "patience")],
)
def test_refusals(make, name):
    with pytest.raises(InvalidArgument, match=name):
        make()
