"""Plain floats at once: bit for bit what each of them says alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.space.domain import Categorical, Float, Int, Normal
from trimtab.space.space import Space

ends = st.tuples(st.floats(1e-9, 1e6), st.floats(1e-6, 1e6), st.booleans())


@given(st.lists(ends, min_size=1, max_size=6), st.integers(0, 10**6), st.integers(1, 5))
@settings(deadline=None, max_examples=80)
def test_all_at_once_is_one_by_one(sides, seed, n):
    domains = {f"x{i}": Float(a, a + w, log=log) for i, (a, w, log) in enumerate(sides)}
    space = Space(domains)
    u = np.random.default_rng(seed).random((n, len(sides)))
    codes = space.from_unit(u)
    back = space.to_unit(codes)
    for j, domain in enumerate(domains.values()):
        assert np.array_equal(codes[:, j], domain.from_unit(u[:, j]))
        assert np.array_equal(back[:, j], domain.to_unit(codes[:, j]))


def test_what_is_not_plain_goes_its_own_way():
    space = Space(
        {
            "narrow": Float(1e6, 1e6 + 1e-3),
            "one": Float(2, 2),
            "step": Float(0, 1, step=0.25),
            "prior": Float(prior=Normal(0, 1)),
            "n": Int(1, 9),
            "kind": Categorical(["a", "b"]),
            "given": Float(0, 1).when(kind="a"),
            "by value": Float(0, 1).when("narrow > 1000000.0005"),
            "log": Float(1e-4, 1, log=True),
        }
    )
    u = np.random.default_rng(0).random((200, 9))
    codes = space.from_unit(u)
    for j, domain in enumerate(space.domains.values()):
        active = ~np.isnan(codes[:, j])
        assert np.array_equal(codes[active, j], domain.from_unit(u[active, j]))
    assert np.array_equal(np.isnan(codes[:, 6]), codes[:, 5] == 1)
    assert np.array_equal(np.isnan(codes[:, 7]), codes[:, 0] <= 1000000.0005)
    back = space.to_unit(codes)
    assert np.array_equal(np.isnan(back), np.isnan(codes))
    assert space.from_unit(back) == pytest.approx(codes, nan_ok=True)
