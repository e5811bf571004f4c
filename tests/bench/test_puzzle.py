import numpy as np
import pytest

from trimtab.bench.function import task
from trimtab.bench.puzzle import FunctionPuzzle
from trimtab.errors import InvalidArgument


def test_names_say_what_is_open():
    assert FunctionPuzzle("branin").name == "branin"
    assert FunctionPuzzle("sphere", 3).name == "sphere-3d"
    assert FunctionPuzzle("ackley", 4, noise=0.1).name == "ackley-4d-noise0.1"


def test_exact_without_noise():
    opened = FunctionPuzzle("sphere", 2).open(5)
    config = {"x0": 1.0, "x1": 2.0}
    assert opened.measured(config) == opened.true(config) == 5.0
    level = FunctionPuzzle("sphere", 2).level()
    assert level.least == 0.0
    assert level.typical == pytest.approx(2 * 25 / 3, rel=0.15)  # the mean of two squares is near


def test_noise_is_a_share_of_the_spread_and_follows_the_seed():
    puzzle = FunctionPuzzle("branin", noise=0.5)
    config = {"x0": 1.0, "x1": 2.0}
    opened = puzzle.open(1)
    drawn = np.array([opened.measured(config) for _ in range(4000)])
    rng = np.random.default_rng(3)
    spread = np.std([task("branin")(c) for c in opened.space.sample(rng, 4000)])
    assert drawn.std() == pytest.approx(0.5 * spread, rel=0.1)
    assert drawn.mean() == pytest.approx(opened.true(config), abs=0.05 * spread)
    assert puzzle.open(1).measured(config) == drawn[0] != puzzle.open(2).measured(config)


@pytest.mark.parametrize(
    "bad", [{"function": "zdt1"}, {"function": "gramacy"}, {"function": "branin", "noise": -1.0}]
)
def test_refuses(bad):
    with pytest.raises(InvalidArgument, match="least value"):
        FunctionPuzzle(**bad)
