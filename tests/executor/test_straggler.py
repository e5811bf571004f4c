"""Which segments are held up, and by how much."""

import math

import numpy as np
import pytest

import trimtab as tt
from trimtab.executor.straggler import check_stragglers, slowness


def test_a_tenth_of_the_segments_takes_five_times_as_long():
    """One segment a trial, of a second each."""
    study = tt.create_study({"x": tt.Float(0, 1)}, sampler="random", seed=0)
    workers = tt.Simulator(4, stragglers=(0.1, 5.0), seed=1)
    study.optimize(lambda x: [x], 600, executor=workers, progress=False)
    seconds = np.round([t.seconds for t in study.trials], 9)
    assert set(seconds) == {1.0, 5.0}
    assert abs(np.mean(seconds == 5.0) - 0.1) < 3 * math.sqrt(0.09 / 600)


def test_a_lognormal_factor():
    rng = np.random.default_rng(0)
    logs = np.log([slowness(0.5, rng) for _ in range(4000)])
    assert abs(logs.mean()) < 4 * 0.5 / math.sqrt(4000)
    assert logs.std() == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize(
    "wrong", [-1, True, math.inf, (1.5, 2.0), (0.1, -2.0), (0.1,), (0.1, 2, 3)]
)
def test_what_is_neither_is_refused(wrong):
    with pytest.raises(tt.InvalidArgument, match="stragglers"):
        check_stragglers(wrong)
