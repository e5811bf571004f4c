"""Rules asked of whole columns: the answers of each row alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab as tt
from trimtab.space.constraint import constraint_from
from trimtab.space.rules import keeping

SPACE = tt.Space(
    {
        "a": tt.Int(-3, 5),
        "b": tt.Float(-2.0, 2.0),
        "c": tt.Categorical(["svm", "tree", None]),
        "d": tt.Categorical([True, False]),
        "e": tt.Int(2**53, 2**53 + 9),
        "f": tt.Float(0.0, 1.0).when(c="svm"),
    }
)
CODES = SPACE.from_unit(np.random.default_rng(0).random((300, 6)))


def rows(rule, codes=CODES):
    return np.array([constraint_from(rule).holds(config) for config in SPACE.configs(codes)])


def columns(rule, codes=CODES):
    """The mask, or None where the rule is asked of each row."""
    of = [constraint_from(rule)]
    values = list(SPACE.domains.values())
    kept, others = keeping(of, SPACE.names, codes, lambda j: values[j].values(codes[:, j]))
    return None if others else kept


@pytest.mark.parametrize(
    "rule",
    [
        "a < b",
        "a + b <= 2 and not a * b > 1 or a == 3",
        "-2 < a <= 3 != 4",
        "a // 2 + a % 3 >= 1",
        "-a // 2 > a % -3",
        "abs(a) > max(b, 0.5, 1) or min(a, b) < -1",
        "sqrt(a * a) == abs(a)",
        "c == 'svm' or a > 2",
        "c in ['svm', None] and c != None",
        "a not in [1, 2, 3]",
        "d == True or d == 0",
        "a + d > 2",
        "not a",
        "a and b > 0",
        "1 < 2",
        "'x' == 'x' and a > 0",
        "a / 3 < b",
        "a ** 2 > 3 ** 0 + 1",
        "(a * a) ** 3 % 7 < b + 3",
    ],
)
def test_answers_as_each_row_does(rule):
    assert columns(rule).tolist() == rows(rule).tolist()


@pytest.mark.parametrize(
    "rule",
    [
        "b ** 2 > 3",
        "a ** a > 3 or a < 0",
        "a ** 60 > 3",
        "log(a + 4) > 1",
        "c is None",
        "e + a > 2",  # beyond the whole numbers of a double
        "a == 'svm'",
        "f < 0.5 or a > 1",  # inactive in some rows
        lambda config: config.a > 0,
    ],
)
def test_what_arrays_do_not_compute_alike_is_asked_of_each_row(rule):
    assert columns(rule) is None
    space = tt.Space(SPACE, where=[rule])
    assert space.is_valid(CODES).tolist() == rows(rule).tolist()


def test_a_forbidden_formula_and_several_rules():
    space = tt.Space(SPACE, where=["a < b", lambda c: c.a > -2]).forbid("a == -1 and b > 0")
    expected = [space.allows(config) for config in space.configs(CODES)]
    assert 0 < sum(expected) < len(CODES)
    assert space.is_valid(CODES).tolist() == expected


def test_a_nested_space():
    pair = {"p": tt.Int(0, 9), "q": tt.Int(0, 9)}
    branches = {"x": tt.Space(pair, where=["p < q"]), "y": {"p": tt.Int(0, 9)}}
    space = tt.Space({"m": tt.Categorical(branches)})
    codes = space.from_unit(np.random.default_rng(1).random((100, 4)))
    for some in (codes, codes[~np.isnan(codes[:, 1])]):
        expected = [space.allows(config) for config in space.configs(some)]
        assert space.is_valid(some).tolist() == expected


def test_what_cannot_be_computed_is_told_as_ever():
    space = tt.Space({"a": tt.Int(0, 9), "b": tt.Int(0, 9)}, where=["a / b < 2"])
    with pytest.raises(tt.errors.SpaceError, match="cannot be computed"):
        space.is_valid(space.from_unit(np.random.default_rng(0).random((500, 2))))
    guarded = tt.Space(space.domains, where=["b > 0 and a / b < 2"])
    codes = guarded.from_unit(np.random.default_rng(0).random((500, 2)))
    expected = [guarded.allows(config) for config in guarded.configs(codes)]
    assert guarded.is_valid(codes).tolist() == expected


number = st.one_of(st.sampled_from(["a", "b", "d"]), st.integers(-4, 4).map(str))
arithmetic = st.recursive(
    number,
    lambda inner: st.builds(
        "({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner
    ),
    max_leaves=4,
)
comparison = st.builds(
    "({} {} {})".format, arithmetic, st.sampled_from(["<", "<=", "==", "!=", ">=", ">"]), arithmetic
)
formula = st.recursive(
    comparison,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("(not {})".format, inner),
    ),
    max_leaves=4,
)


@given(formula)
@settings(deadline=None)
def test_law(rule):
    found = columns(rule)
    if found is None:  # something divides by zero
        assert "/" in rule or "%" in rule
        return
    assert found.tolist() == rows(rule).tolist()
