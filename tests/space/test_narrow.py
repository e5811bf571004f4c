"""Smaller spaces from results."""

import math

import numpy as np
import pytest

from trimtab.errors import SpaceError
from trimtab.space.domain import Beta, Categorical, Float, Int, Ordinal, ZeroOr
from trimtab.space.narrow import narrow, replaced
from trimtab.space.space import Space

SPACE = Space(
    {
        "lr": Float(1e-5, 1, log=True, default=1e-5),
        "n": Int(1, 100, step=3, default=49),
        "c": Categorical(["x", "y", "z"], weights=[1, 2, 1]),
        "o": Ordinal([1, 2, 4, 8], default=8),
        "z": ZeroOr(Float(0.1, 10, log=True), default=0),
        "mode": ["on", "off"],
        "k": Float(0, 1, prior=Beta(2, 2)).when(mode="on"),
        "s": Float(0, 1, step=0.1),
    }
)


def loss(c):
    return (
        abs(math.log10(c["lr"]) + 2)
        + abs(c["n"] - 50) / 100
        + 10 * (c["c"] != "y")
        + abs(c["o"] - 2)
    )


def test_the_box_is_that_of_the_best_and_holds_the_incumbent():
    configs = SPACE.sample(np.random.default_rng(0), 300)
    values = [loss(c) for c in configs]
    small = narrow(SPACE, configs, values, top=0.1)
    best = [configs[i] for i in np.argsort(values)[:30]]
    for config in best:
        assert small.validate(config) == config
    for name in ("lr", "n", "s"):
        seen = [c[name] for c in best]
        assert (small.domains[name].low, small.domains[name].high) == (min(seen), max(seen))
    assert small.domains["c"].choices == ("y",) and small.domains["mode"] == SPACE.domains["mode"]
    assert small.domains["lr"].log and small.domains["lr"].default is None
    assert small.domains["n"].step == 3 and small.domains["z"].default == 0


def test_one_result_is_enough():
    config = SPACE.sample(np.random.default_rng(1), 1)[0]
    small = narrow(SPACE, [config, config], [1.0, math.nan])
    assert small.validate(config) == config and small.domains["lr"].low == small.domains["lr"].high


@pytest.mark.parametrize(
    "configs, values, top, words",
    [
        ([], [], 0.1, "no config"),
        ([{}], [], 0.1, "one value for each"),
        ([{}], [1.0], 0, "top=0"),
        ([{}], [math.inf], 1, "finite"),
    ],
)
def test_what_cannot_work_is_refused(configs, values, top, words):
    with pytest.raises(SpaceError, match=words):
        narrow(Space(), configs, values, top)


def test_experts_may_widen():
    wide = replaced(SPACE, "lr", Float(1e-9, 10, log=True))
    assert wide.diff(SPACE)[0].startswith("changed lr") and len(wide.diff(SPACE)) == 1
    with pytest.raises(SpaceError, match="not a parameter"):
        replaced(SPACE, "rl", Float(0, 1))
