"""Small studies to draw."""

import math
from collections.abc import Callable
from typing import Any

import pytest

import trimtab as tt

SPACE = {
    "rate": tt.Float(1e-5, 1e-1, log=True),
    "layers": tt.Int(1, 8),
    "optimizer": tt.Categorical(["adam", "sgd"]),
    "momentum": tt.Float(0.5, 0.99).when(optimizer="sgd"),
    "l2": tt.ZeroOr(tt.Float(1e-6, 1e-1, log=True)),
}


def _told(space: Any, results: list[Any], **options: Any) -> tt.Study:
    """A study with one trial for each result: numbers, tuples, Results, "pruned ..." or "failed ..."."""
    study = tt.create_study(space, sampler="random", seed=0, **options)
    for result in results:
        trial = study.ask()
        if isinstance(result, str):
            state, _, reason = result.partition(" ")
            study.tell(trial, reason or None, state=state)
        else:
            study.tell(trial, result)
    return study


@pytest.fixture
def told() -> Callable[..., tt.Study]:
    return _told


@pytest.fixture
def mixed() -> tt.Study:
    """40 trials: 30 complete, 5 pruned after three reports, 5 failed."""
    study = tt.create_study(SPACE, sampler="random", seed=3, study_name="mixed")
    for number in range(40):
        trial = study.ask()
        for step in range(3):
            trial.report(math.sin(number) + 3 / (step + 1), step)
        if number % 8 == 3:
            study.tell(trial, state="pruned")
        elif number % 8 == 5:
            study.tell(trial, f"Traceback\n  line\nMemoryError: {number % 2}", state="failed")
        else:
            study.tell(trial, math.sin(number))
    return study
