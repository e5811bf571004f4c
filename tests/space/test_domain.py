"""Spellings and JSON of domains."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.errors import SpaceError
from trimtab.space import domain as d
from trimtab.space.contract import Domain


def test_short_spellings():
    assert d.uniform(0, 1) == d.Float(0, 1)
    assert d.loguniform(1e-5, 1) == d.Float(1e-5, 1, log=True)
    assert d.quniform(0, 1, 0.1) == d.Float(0, 1, step=0.1)
    assert d.randint(2, 7) == d.Int(2, 7)
    assert d.choice(["a", None]) == d.Categorical(["a", None])
    assert d.normal(0, 2) == d.Float(prior=d.Normal(0, 2))
    assert d.lognormal(0, 2) == d.Float(0, prior=d.LogNormal(0, 2))


domains = st.one_of(
    st.builds(
        lambda low, width, default: d.Float(low, low + width, default=low if default else None),
        st.floats(-1e3, 1e3),
        st.floats(0, 1e3),
        st.booleans(),
    ),
    st.builds(
        lambda low, n: d.Float(low, low * n, log=True), st.floats(1e-9, 1), st.integers(1, 9)
    ),
    st.builds(lambda n: d.Float(0, n, step=0.25), st.integers(0, 9)),
    st.builds(lambda m, s: d.Float(prior=d.Normal(m, s)), st.floats(-9, 9), st.floats(0.1, 9)),
    st.builds(
        lambda a, n, s: d.Int(a, a + n, step=s, default=a),
        st.integers(-(2**63), 2**62),
        st.integers(0, 99),
        st.integers(1, 9),
    ),
    st.builds(
        lambda c: d.Categorical(c, weights=range(1, len(c) + 1), default=c[0]),
        st.lists(st.none() | st.booleans() | st.integers() | st.text(), min_size=1, unique_by=repr),
    ),
    st.builds(d.Ordinal, st.lists(st.integers(), min_size=1, unique=True)),
    st.builds(
        lambda p: d.ZeroOr(d.Float(1e-3, 1, log=True), p, default=0.5), st.floats(0.01, 0.99)
    ),
)


@given(domains)
@settings(deadline=None, max_examples=100)
def test_domains_survive_json(domain: Domain):
    back = d.domain_from_dict(json.loads(json.dumps(domain.to_dict(), allow_nan=False)))
    assert back == domain and back.text() == domain.text() and d.is_domain(back)


def test_unknown_types_are_refused():
    with pytest.raises(SpaceError, match="vector"):
        d.domain_from_dict({"type": "vector"})
