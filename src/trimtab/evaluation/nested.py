"""Nested cross-validation: how good is a model that was tuned, on rows that the tuning never saw?

Stone (1974); Varma & Simon (2006), Bias in Error Estimation When Using Cross-validation for Model
Selection: each outer training part is tuned by an inner evaluation of its own, and the winner is scored
once on the outer test part. What is estimated is the whole procedure, tuning included.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.errors import InvalidArgument, WorkerDied
from trimtab.evaluation.evaluator import CrossValidated
from trimtab.evaluation.interval import Interval
from trimtab.evaluation.split import Split
from trimtab.rng import stream, trial_seed
from trimtab.typing import Array, Config, Ints, Rng

Inner = Callable[[Ints, Rng], Sequence[Split]]
Tune = Callable[[CrossValidated, int], Any]

_BOOT = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from trimtab.evaluation.nested import serve; serve()"
)


@dataclass(frozen=True)
class Fold:
    """What one outer fold gave: the winner there, its inner score, and its score on the test part."""

    config: Config
    inner: float
    outer: float


@dataclass(frozen=True)
class NestedScore:
    """The outcome of nested cross-validation; `score` is the one to report."""

    folds: tuple[Fold, ...]
    score: Interval

    @property
    def outer(self) -> Array:
        """The scores of the winners on their outer test parts (n,)."""
        return np.array([fold.outer for fold in self.folds])

    @property
    def inner(self) -> float:
        """The mean of the winners' inner scores: what would be reported without nesting."""
        return float(np.mean([fold.inner for fold in self.folds]))

    @property
    def optimism(self) -> float:
        """Inner minus outer mean; above 0 where greater is better and tuning flattered itself."""
        return self.inner - self.score.value


def nested_cv(
    outer: CrossValidated,
    inner: Inner,
    tune: Tune,
    *,
    seed: int = 0,
    n_jobs: int = 1,
    confidence: float = 0.95,
) -> NestedScore:
    """Tune on each outer training part alone, and score the winner on the outer test part.

    outer: model, data, scorer, and the outer splits. inner: called as inner(rows, rng) with the row
    indices of an outer training part; returns splits that count these rows 0, 1, ... tune: called as
    tune(objective, seed), where the objective knows the outer training part only; returns a study, or
    the winning configuration. n_jobs: outer folds at once, each in a process of its own.

    Raises:
        InvalidArgument: fewer than two outer splits, or `tune` returns something else.
        WorkerDied: the process of a fold ended without a result.
    """
    if len(outer.splits) < 2:
        raise InvalidArgument(
            "outer.splits: nested cross-validation needs two outer splits or more"
        )
    if n_jobs < 1:
        raise InvalidArgument(f"n_jobs={n_jobs} must be 1 or more")
    jobs = [(outer, inner, tune, i, seed) for i in range(len(outer.splits))]
    if n_jobs == 1:
        folds = [_fold(*job) for job in jobs]
    else:
        with ThreadPoolExecutor(n_jobs) as pool:
            folds = list(pool.map(_elsewhere, jobs))
    return NestedScore(tuple(folds), outer.interval([f.outer for f in folds], confidence))


def _fold(outer: CrossValidated, inner: Inner, tune: Tune, i: int, seed: int) -> Fold:
    train, _ = outer.splits[i]
    own = trial_seed(seed, i)
    objective = outer.within(train, inner(train, stream(seed, i)), own)
    config, score = _winner(tune(objective, own), objective)
    return Fold(config, score, outer.fold(config, i)[0])


def _winner(found: Any, objective: CrossValidated) -> tuple[Config, float]:
    if isinstance(found, Mapping):
        return dict(found), float(objective.scores(found).mean())
    best = getattr(found, "best", None)
    if best is None or not hasattr(best, "config") or not hasattr(best, "value"):
        raise InvalidArgument(
            f"tune returned a {type(found).__name__}; return the study, or the best configuration"
        )
    return dict(best.config), float(best.value)


def _elsewhere(job: Any) -> Fold:
    """Run one fold in a fresh interpreter, which is told everything and answers on its standard output."""
    import cloudpickle

    done = subprocess.run(
        [sys.executable, "-c", _BOOT, json.dumps(sys.path)],
        input=cloudpickle.dumps(job),
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise WorkerDied(
            f"outer fold {job[3]} ended with exit code {done.returncode}; its own words are on standard "
            "error. n_jobs=1 runs the folds here"
        )
    fold: Fold = cloudpickle.loads(done.stdout)
    return fold


def serve() -> None:
    """The other end of `_elsewhere`: one fold from standard input, its outcome to standard output."""
    import cloudpickle

    answer = os.dup(1)
    os.dup2(2, 1)  # what the user's code prints must not get between
    fold = _fold(*cloudpickle.loads(sys.stdin.buffer.read()))
    with os.fdopen(answer, "wb") as out:
        out.write(cloudpickle.dumps(fold))
