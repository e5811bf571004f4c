"""A sampler at work without a study: rows are decoded, evaluated and told at once."""

from dataclasses import replace

import numpy as np
import pytest

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Request
from trimtab.rng import ASK, INIT, TELL, stream


def _batch(x, y, tag):
    n = len(x)
    return Batch(
        x=x,
        y=np.asarray(y, float).reshape(n, 1),
        c=np.empty((n, 0)),
        budget=np.full(n, np.nan),
        cost=np.full(n, np.nan),
        task=np.zeros(n, np.int64),
        tag=np.asarray(tag, np.int64),
        number=np.arange(n, dtype=np.int64),
    )


@pytest.fixture
def rows():
    """Unit rows start .. start+n-1 of a sequence: rows(sampler, space, n, start=0, seed=0)."""

    def rows(sampler, space, n, start=0, seed=0):
        state = sampler.init(Problem(space), stream(seed, INIT))
        nothing = _batch(np.empty((0, len(space.names))), [], [])
        request = Request(n, nothing, stream(seed, ASK), start=start)
        found = sampler.ask(state, request)
        assert found.tag.tolist() == list(range(start, start + len(found.x)))
        return found.x

    return rows


@pytest.fixture
def configs(rows):
    """Configurations of a sequence, in order: configs(sampler, space, n=..., seed=0)."""

    def configs(sampler, space, n=10**4, seed=0):
        return space.configs(space.from_unit(rows(sampler, space, n, seed=seed)))

    return configs


@pytest.fixture
def search():
    """Evaluate what is proposed until nothing is, n results, or a value of `until`; pairs of both."""

    def search(sampler, space, f, n=10**4, seed=0, until=-np.inf):
        state = sampler.init(Problem(space), stream(seed, INIT))
        found = []
        nothing = _batch(np.empty((0, len(space.names))), [], [])
        while len(found) < n:
            request = Request(1, nothing, stream(seed, ASK, len(found)), start=len(found))
            proposals = sampler.ask(state, request)
            if not len(proposals.x):
                break
            codes = space.from_unit(proposals.x)
            config = space.config(codes[0])
            value = f(**config)
            found.append((config, value))
            if value <= until:
                break
            told = _batch(space.to_unit(codes), [value], proposals.tag)
            state = sampler.tell(state, told, stream(seed, TELL, len(found)))
        return found

    return search


class Play:
    """A sampler at work on codes: f(codes) is a loss, or a loss and a list of constraints."""

    def __init__(self, sampler, space, f, n, seed=0, workers=1):
        self.sampler, self.space, self.f, self.seed = sampler, space, f, seed
        self.state = sampler.init(Problem(space), stream(seed, INIT))
        self.pending, self.n_asked = [], 0
        self.x, self.codes, self.y, self.tag = [], [], [], []
        self.go(n, workers)

    def go(self, n, workers=1):
        """Tell up to n results in all; the oldest of `workers` trials settles first."""
        while len(self.y) < n:
            while len(self.pending) < workers:
                found = self.ask(1)
                if not len(found.x):
                    break
                codes = self.space.from_unit(found.x) if found.codes is None else found.codes
                self.pending.append((self.space.to_unit(codes)[0], codes[0], int(found.tag[0])))
                self.n_asked += 1
            if not self.pending:
                break
            self.tell(*self.pending.pop(0))
        return self

    def ask(self, n):
        d = len(self.space.names)
        x = np.array([p[0] for p in self.pending]).reshape(-1, d)
        pending = _batch(x, [np.nan] * len(x), [p[2] for p in self.pending])
        return self.sampler.ask(
            self.state, Request(n, pending, stream(self.seed, ASK, self.n_asked))
        )

    def tell(self, x, codes, tag):
        value = self.f(codes)
        y, c = value if isinstance(value, tuple) else (value, [])
        told = replace(_batch(x[None], [y], [tag]), c=np.array(c, float).reshape(1, -1))
        self.state = self.sampler.tell(self.state, told, stream(self.seed, TELL, len(self.y)))
        self.x.append(x)
        self.codes.append(codes)
        self.y.append(y)
        self.tag.append(tag)


@pytest.fixture
def play():
    """A sampler at work on codes, with its state: play(sampler, space, f, n, seed=0, workers=1)."""
    return Play
