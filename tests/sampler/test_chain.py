"""Samplers one after another, in turns, and the first that can."""

import json

import numpy as np
import pytest

import trimtab
from trimtab.core.problem import Problem
from trimtab.design.sobol import sobol
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.rng import stream
from trimtab.sampler.annealing import Annealing
from trimtab.sampler.chain import Chain, Fallback, Interleave
from trimtab.sampler.compass import Compass
from trimtab.sampler.grid import Grid
from trimtab.sampler.mads import MADS
from trimtab.sampler.manual import Manual
from trimtab.sampler.nelder_mead import NelderMead
from trimtab.sampler.random import Random
from trimtab.sampler.registry import sampler_of, settings_of
from trimtab.sampler.sobol import Sobol
from trimtab.space.domain import Categorical, Float, Int
from trimtab.space.space import Space

SQUARE = Space({"x": Float(0, 1), "y": Float(0, 1)})


def bowl(c):
    return float(np.sum((c - 0.3) ** 2))


def owners(run, k):
    return [tag % k for tag in run.tag]


def test_the_parts_come_one_after_another(play):
    run = play(Chain([(Sobol(scramble=False), 8), (Random(), 4), Compass()]), SQUARE, bowl, 40)
    assert owners(run, 3) == [0] * 8 + [1] * 4 + [2] * 28
    assert np.allclose(run.x[:8], sobol(0, 8, 2), atol=1e-12)


def test_the_main_search_starts_from_the_best_of_the_design(play):
    run = play(Chain([(Sobol(), 16), MADS()]), SQUARE, bowl, 17)
    best = run.x[int(np.argmin(run.y[:16]))]
    assert np.allclose(run.state.states[1].barrier.x, best)


@pytest.mark.parametrize("workers", [1, 4, 16])
def test_every_row_of_a_sequence_once(play, workers):
    run = play(Chain([(Sobol(), 20), Random()]), SQUARE, bowl, 40, workers=workers)
    rows = [tag // 2 - 1 for tag in run.tag if tag % 2 == 0]
    assert sorted(rows) == list(range(20))


def test_a_design_that_ends_early_is_passed_over(play):
    grid = Grid(levels=3)
    run = play(Chain([(grid, 100), Random()]), SQUARE, bowl, 20)
    assert owners(run, 2) == [0] * 9 + [1] * 11


def test_finite_spaces_are_tried_once(play):
    space = Space({"n": Int(0, 19)})
    run = play(Chain([(Sobol(), 10), Annealing()]), space, lambda c: float(c[0]), 20)
    assert len({float(c[0]) for c in run.codes}) == len(run.codes) >= 18


def test_turns_by_shares(play):
    run = play(Interleave([(Compass(), 3), (Random(), 1)]), SQUARE, bowl, 40)
    assert owners(run, 2).count(1) == 10
    assert owners(run, 2)[:8].count(1) == 2


def test_turns_among_workers(play):
    run = play(Interleave([Sobol(), Random()]), SQUARE, bowl, 0)
    found = run.ask(6)
    assert (found.tag % 2).tolist().count(0) == 3


def test_the_first_that_supports_the_space(play):
    mixed = Space({"x": Float(0, 1), "c": Categorical(list("ab"))})
    parts = [NelderMead(), Annealing()]
    assert owners(play(Fallback(parts), mixed, lambda c: float(c[0]), 9), 2) == [1] * 9
    assert owners(play(Fallback(parts), SQUARE, bowl, 9), 2) == [0] * 9
    with pytest.raises(Unsupported, match="NelderMead, MADS"):
        Fallback([NelderMead(), MADS()]).init(Problem(mixed), stream(0))


def test_the_next_where_the_first_is_at_its_end(play):
    run = play(
        Fallback([NelderMead(n_restarts=0, xatol=0.1, fatol=1e9), Random()]), SQUARE, bowl, 60
    )
    mine = owners(run, 2)
    assert 0 < mine.index(1) < 50
    assert mine == sorted(mine)


def test_supports_is_what_all_parts_support():
    chain = Chain([(Sobol(), 4), NelderMead()])
    assert not chain.supports.categorical
    assert not chain.supports.is_sequence
    assert Fallback([NelderMead(), Random()]).supports.categorical


def test_nested_settings_round_trip():
    chain = Chain([(Sobol(skip=3), 4), Interleave([(Compass(), 2.0), (Random(), 1.0)])])
    written = json.loads(json.dumps(settings_of(chain)))
    assert written["parts"][0] == [settings_of(Sobol(skip=3)), 4]
    assert sampler_of(written) == chain
    short = {"name": "chain", "parts": [["sobol", 4], "random"]}
    assert sampler_of(short) == Chain([(Sobol(), 4), Random()])


def test_a_config_that_looks_like_a_sampler_stays_a_config():
    manual = Manual([{"name": "Sobol"}])
    assert sampler_of(settings_of(manual)) == manual


def test_in_a_study_that_is_resumed():
    storage, sampler = trimtab.Memory(), Chain([(Sobol(), 5), Annealing()])
    spec = {"x": trimtab.Float(0, 1)}
    study = trimtab.create_study(spec, sampler=sampler, seed=1, storage=storage)
    study.optimize(lambda c: c["x"], 12, progress=False)
    again = trimtab.load_study(storage=storage)
    again.optimize(lambda c: c["x"], 8, progress=False)
    whole = trimtab.create_study(spec, sampler=sampler, seed=1)
    whole.optimize(lambda c: c["x"], 20, progress=False)
    assert [t.config for t in again.trials] == [t.config for t in whole.trials]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Chain([]),
        lambda: Chain([(Sobol(), 0), Random()]),
        lambda: Chain([Sobol(), Random()]),
        lambda: Chain([("sobol", 3), Random()]),
        lambda: Chain([(Sobol(), 3), (Random(), 3)]),
        lambda: Interleave([(Random(), 0)]),
        lambda: Interleave([Random]),
        lambda: Fallback(Random()),
    ],
)
def test_refusals(make):
    with pytest.raises(InvalidArgument, match="parts"):
        make()
