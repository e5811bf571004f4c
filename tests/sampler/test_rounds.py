"""Rounds by hand, in virtual time."""

from dataclasses import replace

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.protocols import Proposals
from trimtab.sampler.random import Random
from trimtab.sampler.rounds import Rounds

SPACE = {"x": tt.Float(0, 1)}


class Told(Random):
    """A random sampler that is no sequence and writes down what it is told, and when it is asked."""

    @property
    def supports(self):
        return replace(super().supports, is_sequence=False)

    def tell(self, state, told, rng):
        LOG.append(len(told))
        return super().tell(state, told, rng)

    def ask(self, state, request):
        VERSIONS.append(len(LOG))
        return Proposals.of(request.rng.random((request.n, 1)))


LOG, VERSIONS = [], []


@pytest.fixture(autouse=True)
def _clean():
    LOG.clear()
    VERSIONS.clear()


def timed(durations):
    times = iter(durations)
    return lambda x: tt.Replay([x], seconds=next(times))


def test_the_next_round_starts_when_the_last_one_is_in():
    """ASY-03: four workers, durations 1, 2, 3, 4: all of the second round start at t = 4."""
    begun = []

    class Seen(tt.Simulator):
        def submit(self, task):
            begun.append(self.now)
            super().submit(task)

    workers = Seen(4)
    study = tt.create_study(SPACE, sampler=Rounds(Told(), 4), seed=0)
    study.optimize(
        timed([1, 2, 3, 4, 2, 2, 2, 2, 1, 1, 1, 1]), 12, executor=workers, progress=False
    )
    assert begun == [0] * 4 + [4] * 4 + [6] * 4
    assert workers.now == 7
    assert set(VERSIONS[:4]) == {0} and max(VERSIONS) == 8
    assert workers.utilisation < 0.9


def test_the_model_is_updated_every_k_completions():
    """ASY-05: k = 3, ten completions: versions 0, 0, 1, 1, 1, 2, 2, 2, 3, 3."""
    versions = []
    study = tt.create_study(SPACE, sampler=Rounds(Told(), 3, waits=False), seed=0)
    for _ in range(10):
        trial = study.ask()
        study.tell(trial, 0.5)
        study.ask()  # folds the result, and stays running
        versions.append(len(LOG) // 3)
    assert versions == [0, 0, 1, 1, 1, 2, 2, 2, 3, 3]


def test_within_a_round_nothing_is_proposed_twice():
    space = {"a": tt.Int(1, 6), "b": tt.Categorical(["u", "v"])}
    study = tt.create_study(space, sampler=Rounds(tt.sampler.TPE(), 5), seed=1)
    study.optimize(lambda a, b: a + (b == "u"), 12, progress=False)
    assert len({tuple(t.config.values()) for t in study.trials}) == 12


def test_rounds_of_one_are_the_sampler_itself():
    def xs(sampler):
        study = tt.create_study(SPACE, sampler=sampler, seed=5)
        study.optimize(lambda x: (x - 0.3) ** 2, 30, progress=False)
        return [t.value for t in study.trials]

    one = xs(Rounds(tt.sampler.TPE(), 1))
    assert min(one) < 0.01
    assert xs(Rounds(tt.sampler.TPE(), 1)) == one


@pytest.mark.parametrize(("wrong", "name"), [({"n": 0}, "n"), ({"waits": 1}, "waits")])
def test_settings(wrong, name):
    with pytest.raises(tt.InvalidArgument, match=name):
        Rounds(Random(), **wrong)
    with pytest.raises(tt.InvalidArgument, match="is no sampler"):
        Rounds(Random)


def test_failures_count():
    study = tt.create_study(SPACE, sampler=Rounds(Told(), 2), seed=0)
    study.optimize(lambda trial: None if trial.number % 2 else trial.config["x"], 8, progress=False)
    assert len(study.trials) == 8
    assert np.isfinite(study.best_value)
