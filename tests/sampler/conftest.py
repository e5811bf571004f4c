"""A sampler at work without a study: rows are decoded, evaluated and told at once."""

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
    """Evaluate what is proposed until nothing is, or n results: pairs of config and value."""

    def search(sampler, space, f, n=10**4, seed=0):
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
            told = _batch(space.to_unit(codes), [value], proposals.tag)
            state = sampler.tell(state, told, stream(seed, TELL, len(found)))
        return found

    return search
