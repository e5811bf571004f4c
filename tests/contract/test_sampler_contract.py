"""What every sampler promises, checked for each registered one."""

import json
import math
from dataclasses import dataclass, fields, is_dataclass

import numpy as np
import pytest

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Request
from trimtab.errors import InvalidArgument, TrimtabError, Unsupported
from trimtab.rng import ASK, INIT, TELL, stream
from trimtab.sampler.registry import REGISTRY, sampler_of, settings_of
from trimtab.space.columns import CATEGORICAL
from trimtab.space.domain import Categorical, Float, Int, Ordinal
from trimtab.space.space import Space

NUMBERS = Space({"a": Float(0, 1), "b": Float(1e-4, 1, log=True), "c": Int(1, 6)})
MIXED = Space(
    {
        "lr": Float(1e-5, 1, log=True),
        "opt": Categorical(["sgd", "adam"]),
        "momentum": Float(0, 0.99).when(opt="sgd"),
        "depth": Int(1, 8),
        "size": Ordinal(["s", "m", "l"]),
        "width": Int(16, 256, log=True).when("depth > 2"),
    }
)
FINITE = Space({"a": Int(1, 4), "b": Ordinal([10, 20, 30, 40, 50])})
RULED = Space({"a": Int(1, 8), "b": Int(1, 8)}, where=["a <= b"])
EXAMPLES = {  # settings that have no default, by the names of the space
    "Grid": lambda space: {"levels": 4},
    "RandomGrid": lambda space: {"levels": 4},
    "Manual": lambda space: {"configs": space.sample(np.random.default_rng(5), 35)},
    "Hierarchical": lambda space: {"groups": [space.names[:1], space.names[1:], space.names[:2]]},
    "LocalGrid": lambda space: {"n_starts": 9},
    "OneAtATime": lambda space: {"levels": 12},
}
NAMES = REGISTRY.names()


def make(name, space):
    return sampler_of({"name": name, **(EXAMPLES[name](space) if name in EXAMPLES else {})})


def refusal(sampler, space):
    """What `supports` says against a space, as the study does before any work."""
    supports = sampler.supports
    if space.conditions and not supports.conditional:
        return "conditional"
    if space.constraints and not supports.constraints:
        return "constraints"
    if not supports.categorical and (space.columns.kind == CATEGORICAL).any():
        return "categorical"
    return None


@dataclass
class Told:
    """Settled trials, as the journal would have them."""

    x: list
    y: list
    tag: list

    def batch(self, first=0, last=None):
        x, y, tag = self.x[first:last], self.y[first:last], self.tag[first:last]
        return batch(x, y, tag, first)


def batch(x, y, tag, first=0, d=None):
    n = len(x)
    x = np.array(x, float).reshape(n, -1) if n else np.empty((0, d or 0))
    return Batch(
        x=x,
        y=np.array(y, float).reshape(n, 1),
        c=np.empty((n, 0)),
        budget=np.full(n, np.nan),
        cost=np.full(n, np.nan),
        task=np.zeros(n, np.int64),
        tag=np.array(tag, np.int64).reshape(n),
        number=np.arange(first, first + n, dtype=np.int64),
    )


def frozen(state):
    """The state with its arrays read-only, so that whoever writes to them is found out."""
    if isinstance(state, np.ndarray):
        state.flags.writeable = False
    elif isinstance(state, tuple):
        for item in state:
            frozen(item)
    elif is_dataclass(state):
        for f in fields(state):
            frozen(getattr(state, f.name))
    return state


def same(a, b):
    """Whether two states hold the same values."""
    if isinstance(a, np.ndarray):
        return a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if isinstance(a, tuple):
        return len(a) == len(b) and all(same(p, q) for p, q in zip(a, b, strict=True))
    if is_dataclass(a):
        return type(a) is type(b) and all(
            same(getattr(a, f.name), getattr(b, f.name))
            for f in fields(a)
            if not f.name.startswith("_")
        )
    return a == b or (isinstance(a, float) and math.isnan(a) and math.isnan(b))


class Run:
    """A study in small: rows to codes, validity, duplicates, a pool of workers, results in any order."""

    def __init__(self, sampler, space, f, seed=0, workers=1, is_shuffled=False):
        self.sampler, self.space, self.f, self.seed = sampler, space, f, seed
        self.workers, self.rng = workers, np.random.default_rng(seed + 99) if is_shuffled else None
        self.state = frozen(sampler.init(Problem(space), stream(seed, INIT)))
        self.pending, self.codes, self.told = [], [], Told([], [], [])
        self.seen, self.next_index, self.is_exhausted = set(), 0, False
        self.is_finite = bool((space.columns.n_values > 0).all()) and sampler.supports.is_unique

    def go(self, n):
        """Tell n results, or as many as there are."""
        while len(self.told.x) < n:
            self._fill(n)
            if not self.pending:
                self.is_exhausted = True
                break
            i = 0 if self.rng is None else int(self.rng.integers(len(self.pending)))
            row, tag = self.pending.pop(i)
            self._tell(self.space.to_unit(row[None])[0], self.f(row), tag)
        return self

    def ask(self, n, attempt=0):
        pending = batch(
            [self.space.to_unit(row[None])[0] for row, _ in self.pending],
            [np.nan] * len(self.pending),
            [tag for _, tag in self.pending],
            d=len(self.space.names),
        )
        rng = stream(self.seed, ASK, len(self.codes), attempt)
        return self.sampler.ask(self.state, Request(n, pending, rng, start=self.next_index))

    def _fill(self, n):
        misses = 0
        if self.is_finite and len(self.seen) == self.space.size:
            return
        while len(self.pending) < self.workers and len(self.told.x) + len(self.pending) < n:
            proposals = self.ask(1, misses)
            assert proposals.x.shape[1] == len(self.space.names)
            assert len(proposals.x) == len(proposals.tag) <= 1
            if not len(proposals.x):
                return
            assert np.all((proposals.x >= 0) & (proposals.x <= 1) | np.isnan(proposals.x))
            tag = int(proposals.tag[0])
            if self.sampler.supports.is_sequence:
                assert tag == self.next_index
                self.next_index += 1
            row = self.space.from_unit(proposals.x)[0]
            is_new = not self.is_finite or row.tobytes() not in self.seen
            if self.space.is_valid(row[None])[0] and is_new:
                self.seen.add(row.tobytes())
                self.codes.append(row)
                self.pending.append((row, tag))
                misses = 0
            else:
                misses += 1
                assert self.sampler.supports.is_sequence, "an adaptive sampler repeats itself"
                if misses > 2000:
                    return

    def _tell(self, x, y, tag):
        told = self.told
        told.x.append(x)
        told.y.append(y)
        told.tag.append(tag)
        k = len(told.x) - 1
        self.state = frozen(
            self.sampler.tell(self.state, told.batch(k), stream(self.seed, TELL, k))
        )


def sphere(codes):
    return float(np.nansum((codes - 0.3) ** 2))


def start(name, space, f=sphere, **options):
    sampler = make(name, space)
    if refusal(sampler, space):
        return None
    try:
        return Run(sampler, space, f, **options)
    except Unsupported as error:
        assert name in str(error)
        assert any(repr(p) in str(error) or "parameters" in str(error) for p in space.names)
        return None


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_run(name):
    a, b = (start(name, NUMBERS).go(25) for _ in range(2))
    assert len(a.codes) >= 1
    assert np.array_equal(a.codes, b.codes, equal_nan=True)
    assert a.told.tag == b.told.tag


@pytest.mark.parametrize("name", NAMES)
def test_ask_reads_only(name):
    run = start(name, NUMBERS).go(7)
    first, second = run.ask(3), run.ask(3)
    assert np.array_equal(first.x, second.x, equal_nan=True)
    assert np.array_equal(first.tag, second.tag)


@pytest.mark.parametrize("name", NAMES)
def test_asks_for_many_at_once(name):
    run = start(name, NUMBERS)
    many = run.ask(6)
    assert len(many.x) <= 6
    if run.sampler.supports.is_sequence:
        one_by_one = []
        for i in range(len(many.x)):
            run.next_index = i
            one_by_one.append(run.ask(1).x[0])
        assert np.array_equal(many.x, one_by_one, equal_nan=True)
        assert many.tag.tolist() == list(range(len(many.x)))
    else:
        assert len(np.unique(many.x, axis=0)) == len(many.x)


@pytest.mark.parametrize("workers", [1, 4, 16])
@pytest.mark.parametrize("name", NAMES)
def test_results_out_of_order(name, workers):
    run = start(name, MIXED, workers=workers, is_shuffled=True)
    if run is None:
        return
    run.go(40)
    assert len(run.told.x) == 40 or run.is_exhausted
    for row in run.space.configs(np.array(run.codes)):
        run.space.validate(row)


@pytest.mark.parametrize("name", NAMES)
def test_failures(name):
    run = start(
        name, NUMBERS, f=lambda codes: np.nan if codes[0] < 0.4 else sphere(codes), workers=3
    )
    run.go(40)
    assert len(run.told.x) == 40 or run.is_exhausted


@pytest.mark.parametrize("name", NAMES)
def test_all_fail(name):
    run = start(name, NUMBERS, f=lambda codes: np.nan, workers=3).go(40)
    assert len(run.told.x) == 40 or run.is_exhausted
    assert len(run.told.x) >= 1


@pytest.mark.parametrize("name", NAMES)
def test_infinite_barriers(name):
    run = start(name, NUMBERS, f=lambda codes: np.inf if codes[2] < 3 else sphere(codes)).go(40)
    assert len(run.told.x) == 40 or run.is_exhausted


@pytest.mark.parametrize("name", NAMES)
def test_results_of_trials_it_did_not_propose(name):
    run = start(name, NUMBERS)
    rows = run.space.to_unit(run.space.from_unit(np.random.default_rng(3).random((6, 3))))
    for row in rows:
        run._tell(row, 0.1, -1)
    run.go(30)
    assert len(run.told.x) == 30 or run.is_exhausted


@pytest.mark.parametrize("name", NAMES)
def test_exhausted_stays_exhausted(name):
    run = start(name, FINITE).go(400)
    if run.is_exhausted:
        assert not len(run.ask(1).x) or run.is_finite
        n = len(run.told.x)
        assert len(run.go(500).told.x) == n


@pytest.mark.parametrize("sizes", [[30], [7, 23], [1, 2, 3, 24]])
@pytest.mark.parametrize("name", NAMES)
def test_restart_equals_uninterrupted_run(name, sizes):
    run = start(name, MIXED, workers=3, is_shuffled=True) or start(
        name, NUMBERS, workers=3, is_shuffled=True
    )
    run.go(30)
    sampler = sampler_of(json.loads(json.dumps(settings_of(run.sampler))))
    state, first = sampler.init(Problem(run.space), stream(0, INIT)), 0
    for size in sizes:
        told = run.told.batch(first, min(first + size, len(run.told.x)))
        if len(told):
            state, first = (
                frozen(sampler.tell(state, told, stream(0, TELL, first))),
                first + len(told),
            )
    assert first == len(run.told.x)
    assert same(state, run.state)


@pytest.mark.parametrize("name", NAMES)
def test_settings_round_trip(name):
    sampler = make(name, NUMBERS)
    written = json.dumps(settings_of(sampler))
    again = sampler_of(json.loads(written))
    assert again == sampler
    assert json.dumps(settings_of(again)) == written


@pytest.mark.parametrize("name", NAMES)
def test_mixed_conditional_space(name):  # FND-07
    run = start(name, MIXED)
    if run is None:
        assert name in REFUSES_MIXED
        return
    assert name not in REFUSES_MIXED
    run.go(30)
    configs = run.space.configs(np.array(run.codes))
    assert len(configs) == 30
    for config in configs:
        assert run.space.validate(config) == config


REFUSES_MIXED = {
    "OrthogonalArray",
    "FractionalFactorial",
    "PlackettBurman",
    "CentralComposite",
    "AdaptiveGrid",
}


@pytest.mark.parametrize("name", NAMES)
def test_finite_space(name):
    run = start(name, FINITE).go(60)
    rows = [row.tobytes() for row in run.codes]
    if run.sampler.supports.is_unique:
        assert len(set(rows)) == len(rows)
    if name in FILLS:
        assert len(set(rows)) == 20
        assert run.is_exhausted


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
def test_known_constraints(name):
    sampler = make(name, RULED)
    if refusal(sampler, RULED):
        assert not sampler.supports.constraints
        return
    run = Run(sampler, RULED, sphere, workers=4).go(20)
    assert run.codes
    assert run.space.is_valid(np.array(run.codes)).all()


@pytest.mark.parametrize("name", NAMES)
def test_empty_space(name):
    settings = {"configs": [{}]} if name == "Manual" else {}
    if name == "Hierarchical":
        with pytest.raises(InvalidArgument, match="not a parameter"):
            sampler_of({"name": name, "groups": [["a"]]}).init(Problem(Space({})), stream(0))
        return
    run = Run(sampler_of({"name": name, **settings}), Space({}), lambda codes: 1.0)
    run.is_finite = False
    assert len(run.go(3).told.x) >= 1


@pytest.mark.parametrize("name", NAMES)
def test_no_setting_takes_nonsense(name):
    kind = REGISTRY.load(name)
    needed = {"groups": [["a"]]} if name == "Hierarchical" else {}
    for f in fields(kind):
        with pytest.raises(TrimtabError) as error:
            kind(**{**needed, f.name: object()})
        assert f.name in str(error.value)
