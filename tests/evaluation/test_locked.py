import numpy as np
import pytest

import trimtab as tt
from trimtab.errors import InvalidArgument
from trimtab.evaluation.locked import LockedTest, TestSetReused

X = np.arange(100.0)
Y = (X % 4 != 0).astype(int)


class Constant:
    def score(self, x, y):
        return float(np.mean(np.asarray(y) == 1))


def test_the_first_look_gives_the_score_with_its_interval():
    """EVL-08, CHK-11: the first look gives the score."""
    locked = LockedTest(X, Y)
    found = locked.test_once(Constant())
    assert found.value == 0.75 and found.low < 0.75 < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.sqrt(0.75 * 0.25 / 100), rel=0.25)
    assert [(look["value"], look["is_refused"]) for look in locked.looks] == [(0.75, False)]


def test_a_second_look_is_refused_and_logged_and_a_forced_one_warned_of():
    """EVL-08, CHK-11: a second look is refused, logged, and warned of where it is forced."""
    locked = LockedTest(X, Y, lambda model, x, y: float(np.mean(y)))
    locked.test_once(None)
    with pytest.raises(InvalidArgument, match=r"opened 1 time.*again=True"):
        locked.test_once(None)
    with pytest.warns(TestSetReused, match="look 2"):
        assert locked.test_once(None, again=True).value == 0.75
    assert [look["is_refused"] for look in locked.looks] == [False, True, False]


def test_the_lock_outlives_the_process_with_a_stored_study(tmp_path):
    """EVL-08: the log of looks is kept with the study."""
    path = tmp_path / "s.db"
    study = tt.create_study({"x": tt.Float(0, 1)}, storage=path, study_name="s")
    LockedTest(X, Y, keeper=study).test_once(Constant())
    again = tt.load_study(storage=path, study_name="s")
    with pytest.raises(InvalidArgument, match="opened 1 time"):
        LockedTest(X, Y, keeper=again).test_once(Constant())
    assert len(again.user_attrs["test_looks"]) == 2
