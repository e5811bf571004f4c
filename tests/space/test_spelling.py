"""What may stand for a domain."""

import numpy as np
import pytest

from trimtab.errors import SpaceError
from trimtab.space.domain import Categorical, Float, Int, Normal, Ordinal, ZeroOr
from trimtab.space.spelling import domain_of


@pytest.mark.parametrize(
    "spec, wanted",
    [
        (Float(0, 1), Float(0, 1)),
        ([16, 32, 64], Categorical([16, 32, 64])),
        ([10, None, "auto"], Categorical([10, None, "auto"])),
        (range(3), Categorical([0, 1, 2])),
        (np.array([0.1, 0.2]), Categorical([0.1, 0.2])),
        ({"b", "a"}, Categorical(["a", "b"])),
        (0.9, Categorical([0.9])),
        (None, Categorical([None])),
        (True, Categorical([True])),
        (np.int64(3), Categorical([3])),
        ("1e-5..1e-1 log", Float(1e-5, 1e-1, log=True)),
        ({"low": "1e-5", "high": 0.1, "log": True}, Float(1e-5, 0.1, log=True)),
        ({"low": "1e-5", "high": "1e-1", "log": "true"}, Float(1e-5, 0.1, log=True)),
        ({"low": 1, "high": 8}, Int(1, 8)),
        ({"low": 1, "high": 8, "step": 0.5}, Float(1, 8, step=0.5)),
        ({"type": "float", "low": 1, "high": 8}, Float(1, 8)),
        ({"type": "int", "min": 1, "max": "1e3", "default": 7}, Int(1, 1000, default=7)),
        ({"type": "loguniform", "low": 1, "high": 8}, Float(1, 8, log=True)),
        ({"min": 0.0, "max": 1.0, "q": 0.1}, Float(0, 1, step=0.1)),
        ({"choices": ["a", None], "weights": [3, 1]}, Categorical(["a", None], weights=[3, 1])),
        ({"values": [1, 2], "default": 2}, Categorical([1, 2], default=2)),
        ({"type": "ordinal", "values": [1, 2]}, Ordinal([1, 2])),
        ({"value": 3}, Categorical([3])),
        (
            {"type": "zero_or", "low": 1e-5, "high": 1, "p": 0.5},
            ZeroOr(Float(1e-5, 1, log=True), 0.5),
        ),
        ({"prior": {"type": "normal", "mean": 0, "std": 1}}, Float(prior=Normal(0, 1))),
    ],
)
def test_spellings(spec, wanted):
    assert domain_of("x", spec) == wanted


def test_conditions_in_plain_dicts():
    for when in ({"opt": "sgd"}, "opt == 'sgd'"):
        found = domain_of("m", {"low": 0.0, "high": 1.0, "when": when})
        assert found.domain == Float(0, 1) and found.condition.text() == "opt == 'sgd'"


@pytest.mark.parametrize(
    "spec, words",
    [
        ((1e-5, 1e-1), "several things"),
        ({"low": 1}, "both low and high"),
        ({"low": 1, "hihg": 2}, "did you mean 'high'"),
        ({"type": "flaot", "low": 1, "high": 2}, "did you mean 'float'"),
        ({"low": "a", "high": 2}, "low='a'"),
        ({"choices": [1], "low": 2}, "low"),
        ({"type": "int", "choices": [1]}, "no choices"),
        ({"type": "categorical", "low": 1, "high": 2}, "needs choices"),
        ({"low": 1, "high": 2, "p": 0.5}, "zero_or"),
        ({"type": "int", "low": 1, "high": 2.5}, "high=2.5"),
        ({"lr": [1, 2]}, "Space"),
        (object(), "stands for no domain"),
        (dict, "stands for no domain"),
        ("5..1", "above"),
        ([], "nothing to choose"),
    ],
)
def test_mistakes_name_the_parameter(spec, words):
    with pytest.raises(SpaceError, match=words) as caught:
        domain_of("dropout", spec)
    assert "'dropout'" in str(caught.value)
