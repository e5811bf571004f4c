"""Memory and size of a model, and the seconds of fitting and scoring, as trials keep them."""

import threading
import time
import tracemalloc

import numpy as np
import pytest

import trimtab as tt
from trimtab.evaluation.evaluator import CrossValidated
from trimtab.evaluation.footprint import footprint

MB = 2**20


class Heavy:
    """Takes .3 s and 100 MB to fit, .1 s to score, and keeps 8 MB."""

    def fit(self, x, y):
        for _ in range(2):
            block = np.ones(50 * MB // 8)
            self.block = np.concatenate([block, block])
        self.block = self.block[:MB].copy()
        time.sleep(0.3)

    def score(self, x, y):
        time.sleep(0.1)
        return 1.0


def test_seconds_memory_and_size_are_kept_with_the_trial():
    """EVL-07: fit time, scoring time, memory and size."""
    splits = [(np.arange(5), np.arange(5, 8))]
    objective = CrossValidated(
        lambda _: Heavy(), np.zeros((8, 1)), np.zeros(8), splits, measures=True
    )
    study = tt.maximize(objective, {"a": [1]}, 1, sampler="grid", progress=False)
    attrs = study.best.user_attrs
    assert attrs["fit_seconds"] >= 0.3 and attrs["score_seconds"] >= 0.1
    assert attrs["fit_memory"] == pytest.approx(250 * MB, rel=0.01)  # the old one, and both halves
    assert attrs["model_bytes"] == pytest.approx(8 * MB, rel=0.01)
    assert not tracemalloc.is_tracing()


def test_without_measures_there_are_none():
    splits = [(np.arange(5), np.arange(5, 8))]
    objective = CrossValidated(lambda _: Heavy(), np.zeros((8, 1)), np.zeros(8), splits)
    study = tt.maximize(objective, {"a": [1]}, 1, sampler="grid", progress=False)
    assert {"fit_memory", "model_bytes"} & set(study.best.user_attrs) == set()


def test_what_cannot_be_pickled_has_no_size():
    assert footprint(threading.Lock).model_bytes is None


def test_the_tracing_of_others_goes_on():
    tracemalloc.start()
    try:
        kept = np.ones(MB)
        assert footprint(lambda: np.ones(2 * MB).sum()).fit_memory == pytest.approx(
            16 * MB, rel=0.01
        )
        assert tracemalloc.is_tracing() and kept.sum() == MB
    finally:
        tracemalloc.stop()
