"""Conditions learned from the rows that objectives leave behind."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab as tt
from trimtab.space.learned import with_learned_conditions

F, C = tt.Float, tt.Categorical
TREE = {
    "x1": C([0, 1]),
    "x2": C([0, 1]).when(x1=0),
    "x4": F(-1, 1).when(x1=0, x2=0),
    "x5": F(-1, 1).when(x1=0, x2=1),
    "r8": F(0, 1).when(x1=0),
    "n": tt.Int(1, 4),
    "u2": F(1, 9).when("n >= 2"),
    "u4": F(1, 9).when("n == 4"),
    "always": C(["a", "b", "c"]),
}


def flat(space: tt.Space) -> tt.Space:
    """The same parameters without conditions, as a define-by-run study knows them."""
    return tt.Space(dict(space.domains))


def test_a_tree_is_found_again_from_its_rows() -> None:
    declared = tt.Space(TREE)
    rows = declared.from_unit(np.random.default_rng(0).random((200, 9)))
    learned = with_learned_conditions(flat(declared), rows)
    fresh = np.random.default_rng(1).random((500, 9))
    assert np.array_equal(np.isnan(learned.from_unit(fresh)), np.isnan(declared.from_unit(fresh)))
    assert "always" not in learned.conditions
    assert learned.conditions["u4"].text() == "n == 4"


def test_what_nothing_explains_stays_as_it_is() -> None:
    space = tt.Space({"a": C(["x", "y"]), "b": F(0, 1)})
    rows = np.array([[0, 0.5], [0, np.nan], [1, 0.5], [1, np.nan]] * 5)
    assert with_learned_conditions(space, rows) is space


def test_values_that_were_hardly_seen_stay_active() -> None:
    space = tt.Space({"a": C(["x", "y", "z"]), "b": F(0, 1)})
    once = np.array([[0, 0.5], [0, 0.5], [1, np.nan]])
    assert with_learned_conditions(space, once) is space
    twice = np.vstack([once, [[1, np.nan]]])
    learned = with_learned_conditions(space, twice)
    assert learned.conditions["b"].text() == "a in ['x', 'z']"  # of z nothing is known


def test_a_parameter_depends_on_none_that_is_asked_for_after_it() -> None:
    space = tt.Space({"b": F(0, 1), "a": C(["x", "y"])})
    rows = np.array([[0.5, 0], [np.nan, 1]] * 4)
    assert with_learned_conditions(space, rows) is space


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.floats(0.0, 1.0))
@settings(deadline=None, max_examples=80)
def test_no_row_is_contradicted(seed: int, n: int, share: float) -> None:
    """Whatever is missing where: what was asked for is active in the learned space."""
    rng = np.random.default_rng(seed)
    space = tt.Space(
        {"a": C(list("xyz")), "b": C([True, False]), "k": tt.Int(1, 5), "f": F(0, 1), "g": F(0, 1)}
    )
    rows = space.from_unit(rng.random((n, 5)))
    rows[rng.random(rows.shape) < share] = np.nan
    learned = with_learned_conditions(space, rows)
    active = ~np.isnan(learned.from_unit(learned.to_unit(rows)))
    assert (active | np.isnan(rows)).all()
