"""Histories made by hand for schedulers, and the same ones for Optuna."""

import warnings
from types import SimpleNamespace

import numpy as np
import optuna as oracle
import pytest

from trimtab.core.event import Asked, Reported, Settled
from trimtab.core.history import History
from trimtab.core.problem import Direction
from trimtab.core.protocols import Decision
from trimtab.core.trial import TrialState


class Lab:
    """A history to which curves are added; `run` asks a scheduler after each report, as a study does."""

    def __init__(self, direction="minimize"):
        words = [direction] if isinstance(direction, str) else direction
        self.history = History([Direction(w) for w in words])
        self.n = 0
        self.events = []

    def apply(self, event):
        self.events.append(event)
        self.history.apply(event)

    def start(self):
        self.apply(Asked(self.n, ()))
        self.n += 1
        return self.n - 1

    def report(self, number, step, value):
        values = tuple(value) if isinstance(value, (tuple, list)) else (float(value),)
        self.apply(Reported(number, step, values))

    def settle(self, number, state=TrialState.COMPLETE, value=None):
        values = value if isinstance(value, tuple | list) or value is None else (float(value),)
        self.apply(Settled(number, state, None if values is None else tuple(values)))

    def run(self, scheduler, values, steps=None, number=None):
        """The step at which a new trial with this curve is stopped; None: it completes."""
        number = self.start() if number is None else number
        for i, value in enumerate(values):
            step = i if steps is None else steps[i]
            self.report(number, step, value)
            if scheduler.judge(self.history, number) is not Decision.CONTINUE:
                self.settle(number, TrialState.PRUNED, value)
                return step
        self.settle(number, value=values[-1])
        return None


def optuna_run(optuna, study, values, steps=None, final=None):
    """The same in Optuna, or None."""
    trial = study.ask()
    for i, value in enumerate(values):
        step = i if steps is None else steps[i]
        trial.report(float(value), step)
        if trial.should_prune():
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            return step
    study.tell(trial, float(values[-1]))
    return None


def curves(rng, n, length):
    """n noisy curves (n, length) that fall towards limits of their own, with crossings."""
    t = np.arange(1, length + 1)
    a, b, c = rng.normal(size=(n, 1)), rng.uniform(0.5, 3, (n, 1)), rng.uniform(0.2, 2, (n, 1))
    return a + b * t ** (-c) + 0.2 * rng.normal(size=(n, length))


@pytest.fixture
def lab():
    return SimpleNamespace(Lab=Lab, optuna_run=optuna_run, curves=curves)


@pytest.fixture
def optuna():
    """The oracle; it warns of what is experimental in it, and of NaN."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        oracle.logging.set_verbosity(oracle.logging.ERROR)
        yield oracle
