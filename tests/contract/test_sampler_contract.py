"""What every sampler promises, checked for each registered one."""

import json
from dataclasses import fields

import numpy as np
import pytest

from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument, TrimtabError
from trimtab.rng import INIT, TELL, stream
from trimtab.sampler.random import Random
from trimtab.sampler.registry import REGISTRY, sampler_of, settings_of
from trimtab.space.space import Space

NAMES = REGISTRY.names()
REFUSES_MIXED = {
    "Additive",
    "Contextual",
    "LinUCB",
    "Dropout",
    "REMBO",
    "ALEBO",
    "OrthogonalArray",
    "FractionalFactorial",
    "PlackettBurman",
    "CentralComposite",
    "AdaptiveGrid",
    "NelderMead",
    "HookeJeeves",
    "Compass",
    "Pattern",
    "MADS",
    "Subspace",
}
NEEDED = {  # settings without a default, on a space without parameters
    "Manual": {"configs": [{}]},
    "Chain": {"parts": [["Random", 2], "Random"]},
    "Interleave": {"parts": ["Random", "Random"]},
    "Fallback": {"parts": ["Random"]},
    "Restart": {"sampler": "Random"},
    "Rounds": {"sampler": "Random"},
    "Portfolio": {"samplers": ["Random", "Random"]},
}
NEEDED_HERE = {
    "Hierarchical": {"groups": [["a"]]},
    "Restart": {"sampler": Random()},
    "Rounds": {"sampler": Random()},
    "Portfolio": {"samplers": [Random()]},
}
FILLS = [
    "Random",
    "Sobol",
    "Halton",
    "VanDerCorput",
    "Faure",
    "LatinHypercube",
    "Stratified",
    "Antithetic",
    "Grid",
    "RandomGrid",
    "AdaptiveGrid",
]


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_run(lab, name):
    a, b = (lab.start(name, lab.numbers).go(25) for _ in range(2))
    assert len(a.codes) >= 1
    assert np.array_equal(a.codes, b.codes, equal_nan=True)
    assert a.told.tag == b.told.tag


@pytest.mark.parametrize("name", NAMES)
def test_ask_reads_only(lab, name):
    run = lab.start(name, lab.numbers).go(7)
    first, second = run.ask(3), run.ask(3)
    assert np.array_equal(first.x, second.x, equal_nan=True)
    assert np.array_equal(first.tag, second.tag)


@pytest.mark.parametrize("name", NAMES)
def test_asks_for_many_at_once(lab, name):
    run = lab.start(name, lab.numbers)
    many = run.ask(6)
    assert len(many.x) <= 6
    if run.sampler.supports.is_sequence:
        one_by_one = []
        for i in range(len(many.x)):
            run.next_index = i
            one_by_one.append(run.ask(1).x[0])
        assert np.array_equal(many.x, one_by_one, equal_nan=True)
        assert many.tag.tolist() == list(range(len(many.x)))
    elif run.sampler.supports.is_unique:
        assert len(np.unique(many.x, axis=0)) == len(many.x)


@pytest.mark.parametrize("workers", [1, 4, 16])
@pytest.mark.parametrize("name", NAMES)
def test_results_out_of_order(lab, name, workers):
    run = lab.start(name, lab.mixed, workers=workers, is_shuffled=True)
    assert (run is None) == (name in REFUSES_MIXED)
    if run is None:
        return
    run.go(40)
    assert len(run.told.x) == 40 or run.is_exhausted
    for row in run.space.configs(np.array(run.codes)):
        run.space.validate(row)


@pytest.mark.parametrize("name", NAMES)
def test_failures(lab, name):
    run = lab.start(
        name,
        lab.numbers,
        f=lambda codes: np.nan if codes[0] < 0.4 else lab.sphere(codes),
        workers=3,
    )
    run.go(40)
    assert len(run.told.x) == 40 or run.is_exhausted


@pytest.mark.parametrize("name", NAMES)
def test_all_fail(lab, name):
    run = lab.start(name, lab.numbers, f=lambda codes: np.nan, workers=3).go(40)
    assert len(run.told.x) == 40 or run.is_exhausted
    assert len(run.told.x) >= 1


@pytest.mark.parametrize("name", NAMES)
def test_infinite_barriers(lab, name):
    run = lab.start(
        name, lab.numbers, f=lambda codes: np.inf if codes[2] < 3 else lab.sphere(codes)
    ).go(40)
    assert len(run.told.x) == 40 or run.is_exhausted


@pytest.mark.parametrize("name", NAMES)
def test_results_of_trials_it_did_not_propose(lab, name):
    run = lab.start(name, lab.numbers)
    rows = run.space.to_unit(run.space.from_unit(np.random.default_rng(3).random((6, 3))))
    for row in rows:
        run._tell(row, 0.1, -1)
    run.go(30)
    assert len(run.told.x) == 30 or run.is_exhausted


@pytest.mark.parametrize("name", NAMES)
def test_exhausted_stays_exhausted(lab, name):
    run = lab.start(name, lab.finite).go(400)
    if not run.sampler.supports.is_unique and not run.is_exhausted:
        assert len(run.told.x) == 400  # it repeats itself, and has no end
        return
    assert run.is_exhausted
    assert not len(run.ask(1).x) or run.is_finite
    n = len(run.told.x)
    assert len(run.go(500).told.x) == n


@pytest.mark.parametrize("sizes", [[30], [7, 23], [1, 2, 3, 24]])
@pytest.mark.parametrize("name", NAMES)
def test_restart_equals_uninterrupted_run(lab, name, sizes):
    run = lab.start(name, lab.mixed, workers=3, is_shuffled=True) or lab.start(
        name, lab.numbers, workers=3, is_shuffled=True
    )
    run.go(30)
    sampler = sampler_of(json.loads(json.dumps(settings_of(run.sampler))))
    state, first = sampler.init(Problem(run.space), stream(0, INIT)), 0
    for size in sizes:
        told = run.told.batch(first, min(first + size, len(run.told.x)))
        if len(told):
            state, first = (
                lab.frozen(sampler.tell(state, told, stream(0, TELL, first))),
                first + len(told),
            )
    assert first == len(run.told.x)
    assert lab.same(state, run.state)


@pytest.mark.parametrize("name", NAMES)
def test_settings_round_trip(lab, name):
    sampler = lab.make(name, lab.numbers)
    written = json.dumps(settings_of(sampler))
    again = sampler_of(json.loads(written))
    assert again == sampler
    assert json.dumps(settings_of(again)) == written


@pytest.mark.parametrize("name", NAMES)
def test_mixed_conditional_space(lab, name):  # FND-07
    run = lab.start(name, lab.mixed)
    if run is None:
        assert name in REFUSES_MIXED
        return
    assert name not in REFUSES_MIXED
    run.go(30)
    configs = run.space.configs(np.array(run.codes))
    assert len(configs) == 30
    for config in configs:
        assert run.space.validate(config) == config


@pytest.mark.parametrize("name", NAMES)
def test_finite_space(lab, name):
    run = lab.start(name, lab.finite).go(60)
    rows = [row.tobytes() for row in run.codes]
    if run.sampler.supports.is_unique:
        assert len(set(rows)) == len(rows)
    if name in FILLS:
        assert len(set(rows)) == 20
        assert run.is_exhausted


@pytest.mark.parametrize("name", NAMES)
def test_known_constraints(lab, name):
    sampler = lab.make(name, lab.ruled)
    if lab.refusal(sampler, lab.ruled):
        assert not sampler.supports.constraints
        return
    run = lab.Run(sampler, lab.ruled, lab.sphere, workers=4).go(20)
    assert run.codes
    assert run.space.is_valid(np.array(run.codes)).all()


@pytest.mark.parametrize("name", NAMES)
def test_empty_space(lab, name):
    settings = NEEDED.get(name, {})
    if name == "Hierarchical":
        with pytest.raises(InvalidArgument, match="not a parameter"):
            sampler_of({"name": name, "groups": [["a"]]}).init(Problem(Space({})), stream(0))
        return
    run = lab.Run(sampler_of({"name": name, **settings}), Space({}), lambda codes: 1.0)
    run.is_finite = False
    assert len(run.go(3).told.x) >= 1


@pytest.mark.parametrize("name", NAMES)
def test_no_setting_takes_nonsense(lab, name):
    kind = REGISTRY.load(name)
    needed = NEEDED_HERE.get(name, {})
    for f in fields(kind):
        with pytest.raises(TrimtabError) as error:
            kind(**{**needed, f.name: object()})
        assert f.name in str(error.value)
