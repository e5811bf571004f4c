import numpy as np
import pytest

import trimtab as tt
from trimtab.analysis.pitfall import leak, of_space, of_splits, over_budget
from trimtab.errors import InvalidArgument
from trimtab.evaluation.split import repeated_kfold


def codes(space):
    return [(f.code, f.subject) for f in of_space(tt.Space(space))]


def test_a_wide_linear_range_wants_a_logarithm():
    """PIT-03: 1e-6..1e-1 without a logarithm."""
    assert codes({"lr": tt.Float(1e-6, 1e-1)}) == [("T101", "lr")]
    assert codes({"n": tt.Int(1, 1000)}) == [("T101", "n")]
    found = of_space(tt.Space({"lr": tt.Float(1e-6, 1e-1)}))[0]
    assert "90 %" in found.evidence and found.remedy == "use log=True"
    assert (
        codes({"a": tt.Float(1e-6, 1e-1, log=True), "b": tt.Float(0, 1), "c": tt.Int(1, 999)}) == []
    )


def test_one_value_and_unordered_numbers():
    assert codes({"a": tt.Float(1, 1), "b": [3], "c": tt.Int(2, 2)}) == [
        ("T102", "a"),
        ("T102", "b"),
        ("T102", "c"),
    ]
    assert codes({"units": tt.Categorical([32, 64, 128, 256])}) == [("T103", "units")]
    assert codes({"a": tt.Ordinal([32, 64, 128, 256]), "b": ["x", "y", "z", "w"]}) == []


def test_a_plan_over_budget():
    """PIT-04: 324 x 5 fits of a minute take 27 hours, and there are two."""
    found = over_budget(324 * 5, 1, 2)
    assert [f.code for f in found] == ["T202"]
    assert "1620 fits of 1 min take 27 h; there are 2 h" in str(found[0])
    assert "plan 120 fits" in found[0].remedy
    assert over_budget(120, 1, 2) == []
    with pytest.raises(InvalidArgument, match="hours=0"):
        over_budget(1, 1, 0)


def test_leaks():
    """PIT-06: the same object, or shared rows, on both sides."""
    data = np.zeros((10, 2))
    assert leak("x", data, data)[0].evidence.endswith("the same object")
    assert leak("x", data[:8], data[5:])[0].code == "T402"
    assert leak("x", data[:5], data[5:]) == []
    assert leak("rows", np.arange(6), np.arange(4, 8))[0].evidence.startswith("2 of 4")
    splits = repeated_kfold(20, 4, 1, np.random.default_rng(0))
    assert of_splits("s", splits) == []
    found = of_splits("s", [*splits, (np.arange(3), np.arange(3))])
    assert [(f.code, f.subject) for f in found] == [("T402", "s[4]")]
