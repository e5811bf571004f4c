"""Bracket tables, against the two of the paper and by whole-number arithmetic."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.errors import InvalidArgument
from trimtab.evaluation.bracket import halving, hyperband


def test_successive_halving():  # MFI-09, MFI-10
    assert halving(81, 1, 81, 3).counts == (81, 27, 9, 3, 1)
    assert halving(81, 1, 81, 3).budgets == (1, 3, 9, 27, 81)
    assert halving(9, 2, 18, 3) == halving(9, 2, 18, 3.0)
    assert (halving(9, 2, 18, 3).counts, halving(9, 2, 18, 3).budgets) == ((9, 3, 1), (2, 6, 18))
    eight, sixty_four = halving(8, 1, 8, 2), halving(64, 1, 64, 4)
    assert [n * r for n, r in zip(eight.counts, eight.budgets, strict=True)] == [8] * 4
    assert (sixty_four.counts, sixty_four.budgets) == ((64, 16, 4, 1), (1, 4, 16, 64))


def counts(low, high, eta, is_table=False):
    return [list(b.counts) for b in hyperband(low, high, eta, is_table)]


def test_both_tables_of_the_paper():  # MFI-14, MFI-16
    table, formula = hyperband(1, 81, 3, True), hyperband(1, 81, 3)
    assert [list(b.counts) for b in table] == [
        [81, 27, 9, 3, 1], [27, 9, 3, 1], [9, 3, 1], [6, 2], [5]
    ]  # fmt: skip
    assert [list(b.counts) for b in formula] == [
        [81, 27, 9, 3, 1], [34, 11, 3, 1], [15, 5, 1], [8, 2], [5]
    ]  # fmt: skip
    assert [b.budgets[0] for b in formula] == [1, 3, 9, 27, 81]
    assert [b.cost for b in formula] == [405, 363, 351, 378, 405]
    assert [b.cost for b in table] == [405, 324, 243, 324, 405]


@pytest.mark.parametrize(
    ("high", "eta", "firsts", "cost"),
    [
        (243, 3, [243, 98, 41, 18, 9, 6], 8457),
        (1000, 10, [1000, 134, 20, 4], None),
        (64, 2, [64, 38, 23, 14, 10, 7, 7], None),
        (27, 3, [27, 12, 6, 4], 423),
        (9, 3, [9, 5, 3], 78),
        (8, 2, [8, 6, 4, 4], None),
    ],
)
def test_numbers_of_trials(high, eta, firsts, cost):  # MFI-15
    brackets = hyperband(1, high, eta)
    assert [b.counts[0] for b in brackets] == firsts
    assert cost is None or sum(b.cost for b in brackets) == cost


def test_whole_brackets():
    assert counts(1, 27, 3) == [[27, 9, 3, 1], [12, 4, 1], [6, 2], [4]]
    assert counts(1, 8, 2) == [[8, 4, 2, 1], [6, 3, 1], [4, 2], [4]]
    assert sum(b.cost for b in hyperband(1, 27, 3, True)) == 405
    assert sum(b.cost for b in hyperband(1, 9, 3, True)) == 72
    assert hyperband(1, 52, 3)[0].budgets == (2, 6, 17, 52)


@given(st.integers(1, 20), st.integers(0, 3000), st.sampled_from([2, 3, 4, 2.5]), st.booleans())
@settings(deadline=None)
def test_shapes(low, more, eta, is_table):
    brackets = hyperband(low, low + more, eta, is_table)
    for bracket in brackets:
        assert bracket.budgets[-1] == low + more
        assert min(bracket.counts) >= 1
        assert list(bracket.counts) == sorted(bracket.counts, reverse=True)
        assert list(bracket.budgets) == sorted(set(bracket.budgets))


@given(st.integers(2, 9), st.integers(0, 20))
@settings(deadline=None)
def test_one_bracket_more_than_powers(eta, k):
    assert len(hyperband(1, eta**k, eta)) == k + 1


def test_refusals():
    for n, low, high in ((0, 1, 9), (3, 0, 9), (3, 9, 1)):
        with pytest.raises(InvalidArgument, match="n="):
            halving(n, low, high, 3)
