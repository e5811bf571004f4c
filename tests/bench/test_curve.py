"""Learning curves with known ends: what is early misleading, and what is not."""

import numpy as np
import pytest

from trimtab.bench.curve import TASKS, mf_hartmann, quality
from trimtab.bench.function import hartmann6


@pytest.mark.parametrize("name", sorted(TASKS))
def test_curves_end_where_they_say_and_are_the_same_again(name):
    task = TASKS[name]
    rows = np.random.default_rng(0).random((20, len(task.space.names)))
    ends = task.final(rows)
    for row, config, end in zip(rows, task.space.configs(rows), ends, strict=True):
        curve = task.curve(config)
        assert len(curve) == task.high
        assert curve.values[-1] == pytest.approx(end, abs=0.05)
        assert np.array_equal(curve.values, task.curve(config).values)
        assert len(row) == len(config)
    assert task.least is not None and ends.min() >= task.least


def test_hartmann_at_the_full_budget_is_hartmann():
    x = np.random.default_rng(1).random((10, 6))
    task = mf_hartmann("one", 3.0, 2.0)
    assert task.final(x) == pytest.approx([hartmann6(row) for row in x])
    assert task.path(x[0], np.array([1.0]), np.random.default_rng(0)) == pytest.approx(
        task.final(x[:1])
    )


def early_agreement(name, step):
    from scipy.stats import spearmanr

    task = TASKS[name]
    rows = np.random.default_rng(2).random((200, len(task.space.names)))
    early = [task.curve(c).values[step - 1] for c in task.space.configs(rows)]
    return spearmanr(early, task.final(rows)).statistic


def test_what_early_steps_tell():
    """MFI-06: crossing curves mislead, a blind start says nothing, good low fidelities tell a lot."""
    assert early_agreement("crossing", 1) < -0.9 and early_agreement("crossing", 27) > 0.5
    assert abs(early_agreement("blind", 1)) < 0.2 and early_agreement("blind", 9) > 0.9
    assert early_agreement("mfhartmann_good", 30) > early_agreement("mfhartmann_bad", 30)


def test_quality_lies_in_the_unit_interval():
    x = np.random.default_rng(3).random((1000, 4))
    assert quality(x).min() >= 0 and quality(x).max() <= 1
    assert quality(np.array([[0.7, 0.2 + 0.6 * 0.49, 0.3, 0.5]])) == pytest.approx(0.0)
