"""A study in small, to see what samplers do in it; and the spaces it is done on."""

import math
from dataclasses import dataclass, fields, is_dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Request
from trimtab.errors import Unsupported
from trimtab.rng import ASK, INIT, TELL, stream
from trimtab.sampler.registry import sampler_of
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
BANDITS = ("UCB1", "EpsilonGreedy", "EXP3", "Thompson", "SuccessiveElimination")
EXAMPLES = {  # settings that have no default, by the names of the space
    "Grid": lambda space: {"levels": 4},
    "RandomGrid": lambda space: {"levels": 4},
    "Manual": lambda space: {"configs": space.sample(np.random.default_rng(5), 35)},
    "Hierarchical": lambda space: {"groups": [space.names[:1], space.names[1:], space.names[:2]]},
    "LocalGrid": lambda space: {"n_starts": 9},
    "OneAtATime": lambda space: {"levels": 12},
    **dict.fromkeys(BANDITS, lambda space: {"n_arms": 30}),
    "Chain": lambda space: {"parts": [["Sobol", 5], ["Annealing", 5], "Random"]},
    "Interleave": lambda space: {"parts": [["Annealing", 2], ["Halton", 1]]},
    "Fallback": lambda space: {"parts": ["NelderMead", "Annealing", "Random"]},
    "Restart": lambda space: {"sampler": "Annealing", "patience": 6},
    "Rounds": lambda space: {"sampler": "Annealing", "n": 3},
    "Portfolio": lambda space: {"samplers": ["Annealing", "LatinHypercube"]},
    "Auto": lambda space: {"n_model": 10},
    "GP": lambda space: {"n_raw": 64, "n_starts": 2, "n_initial": 8},  # a quick one
    "JointGP": lambda space: {"n_raw": 64, "n_starts": 2},
    "Contextual": lambda space: {"n_raw": 64, "n_initial": 390 if space is FINITE else 20},
    "MultiTask": lambda space: {
        "sources": [
            {"configs": space.sample(np.random.default_rng(5), 24), "values": [*range(24)]}
        ],
        "n_best": 24,
        "n_raw": 32,
        "n_starts": 1,
    },
    "Dropout": lambda space: {"n_raw": 32, "n_starts": 1, "n_initial": 24},
    "REMBO": lambda space: {"n_raw": 32, "n_starts": 1, "n_initial": 24},
    "ALEBO": lambda space: {"n_raw": 32, "n_starts": 1, "n_initial": 24, "n_models": 2},
    "SAAS": lambda space: {"n_raw": 32, "n_starts": 1, "n_initial": 30, "n_models": 2},
    "Additive": lambda space: {"n_raw": 32, "n_starts": 1, "n_initial": 24, "n_cycle": 26},
}


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
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(value, b[key]) for key, value in a.items())
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
        rng = stream(self.seed, TELL, k)
        before = rng.bit_generator.state
        self.state = frozen(self.sampler.tell(self.state, told.batch(k), rng))
        assert self.sampler.supports.tell_draws or rng.bit_generator.state == before


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


@pytest.fixture
def lab():
    """Samplers by name, spaces to try them on, and the small study."""
    return SimpleNamespace(
        Run=Run,
        make=make,
        start=start,
        refusal=refusal,
        frozen=frozen,
        same=same,
        sphere=sphere,
        numbers=NUMBERS,
        mixed=MIXED,
        finite=FINITE,
        ruled=RULED,
    )
