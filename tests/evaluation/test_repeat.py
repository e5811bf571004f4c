from typing import ClassVar

import numpy as np
import pytest

import trimtab as tt
from trimtab.errors import InvalidArgument, TrialPruned
from trimtab.evaluation.repeat import Repeated, summary


def noisy(config, seed):
    return config["x"] + float(np.random.default_rng(seed).normal(0, 0.5))


def test_the_standard_error_is_reported_and_right():
    errors = []
    for seed in range(100):
        objective = Repeated(noisy, 16, seed)
        study = tt.minimize(objective, {"x": [1.0]}, 1, progress=False)
        attrs = study.best.user_attrs
        assert attrs["standard_error"] == pytest.approx(np.std(attrs["scores"], ddof=1) / 4)
        assert study.best_value == pytest.approx(np.mean(attrs["scores"]))
        errors.append(attrs["standard_error"])
    assert np.mean(errors) == pytest.approx(0.125, abs=0.005)


def test_all_configurations_share_their_seeds():
    study = tt.minimize(Repeated(noisy, 4), {"x": [0.0, 1.0]}, 2, sampler="grid", progress=False)
    zero, one = (np.array(t.user_attrs["scores"]) for t in study.trials)
    assert np.abs(one - zero) == pytest.approx(np.ones(4))
    assert len(set(Repeated(noisy, 4).seeds)) == 4


def test_a_trial_may_be_stopped_between_runs():
    class Stopping:
        attrs: ClassVar[dict] = {}

        def report(self, value, step=None):
            self.step = step

        def should_prune(self):
            return self.step == 1

        def set_user_attr(self, key, value):
            self.attrs[key] = value

    with pytest.raises(TrialPruned, match="run 1 of 5"):
        Repeated(noisy, 5)({"x": 0.0}, Stopping())
    assert len(Stopping.attrs["scores"]) == 2


def test_summary_by_hand():
    found = summary([1.0, 2.0, 3.0, 6.0])
    assert (found.n, found.mean) == (4, 3.0)
    assert found.std**2 == pytest.approx(14 / 3) and found.error == pytest.approx(found.std / 2)
    assert np.isnan(summary([1.0]).error)
    with pytest.raises(InvalidArgument, match="one run"):
        summary([])
    with pytest.raises(InvalidArgument, match="repeats=1"):
        Repeated(noisy, 1)
