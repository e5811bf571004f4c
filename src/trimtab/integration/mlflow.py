"""Trials as runs of MLflow: `study.optimize(f, 50, callbacks=[tt.MLflow("digits")])`.

The study itself is the record; this shows it in MLflow as well (Zaharia et al. 2018, Accelerating the machine
learning lifecycle with MLflow): a run for each trial, with parameters, what it reported by step, its files.
"""

import json
import re
from collections.abc import Iterator, Sequence

from trimtab.core.trial import Record, TrialState
from trimtab.executor.artifact import artifacts_of
from trimtab.plugin import require
from trimtab.study.study import Study

_NAME = re.compile(r"[^\w\-. /:]")  # what MLflow does not take in the name of a parameter or metric
_LONGEST = 500  # characters of a parameter's value, which every store takes
_MOST = 100  # parameters, tags, or metrics in one call


class MLflow:
    """A callback that logs each trial to MLflow once it has ended: `pip install "trimtab[mlflow]"`.

    `experiment`: its name; None: the study's. `tracking_uri`: None is the one that MLflow is set to.
    `metrics`: names of the objectives; None: "value", or "value_0", "value_1", ...

    A complete or pruned trial is a FINISHED run, a failed one FAILED; the tag `trimtab.state` says which.
    Calling it for all of `study.trials` exports a study that ran without it.

    Raises:
        MissingExtra: MLflow is not installed.
    """

    def __init__(
        self,
        experiment: str | None = None,
        *,
        tracking_uri: str | None = None,
        metrics: Sequence[str] | None = None,
    ) -> None:
        self._entities = require("mlflow.entities", "mlflow", "callback MLflow")
        client = require("mlflow.tracking", "mlflow", "callback MLflow").MlflowClient
        self._client = client(tracking_uri)
        self.experiment = experiment
        self.metrics = metrics
        self._ids: dict[str, str] = {}

    def __call__(self, study: Study, trial: Record) -> None:
        """Log one trial that has ended."""
        client, kinds = self._client, self._entities
        start = _ms(trial.started) or _ms(trial.ended)
        run = client.create_run(
            self._experiment(study),
            start_time=start,
            run_name=f"{study.name}-{trial.number}",
            tags={"trimtab.study": study.name, "trimtab.trial": str(trial.number)},
        )
        id = run.info.run_id
        params = [kinds.Param(_plain(k), str(v)[:_LONGEST]) for k, v in trial.config.items()]
        tags = [kinds.RunTag(_plain(k), v) for k, v in _tags(trial).items()]
        end = _ms(trial.ended) or start or 0
        measured = [kinds.Metric(k, v, end, step) for k, v, step in _measured(trial, self.metrics)]
        for i in range(0, max(map(len, (params, tags, measured))), _MOST):
            part = slice(i, i + _MOST)
            client.log_batch(id, metrics=measured[part], params=params[part], tags=tags[part])
        for path in artifacts_of(study.ledger.checkpoints, trial.number):
            client.log_artifact(id, str(path))
        status = "FAILED" if trial.state is TrialState.FAILED else "FINISHED"
        client.set_terminated(id, status=status, end_time=end)

    def _experiment(self, study: Study) -> str:
        name = self.experiment or study.name
        if name not in self._ids:
            found = self._client.get_experiment_by_name(name)
            made = self._client.create_experiment(name) if found is None else found.experiment_id
            self._ids[name] = made
        return self._ids[name]


def _measured(trial: Record, names: Sequence[str] | None) -> Iterator[tuple[str, float, int]]:
    """Names, values and steps of all that was measured; the result stands one step after the last report."""
    reports = dict(sorted(trial.reports.items()))
    last = max(reports, default=-1)
    if trial.values is not None and reports.get(last) != trial.values:
        reports[last + 1] = trial.values
    for step, values in reports.items():
        for name, value in zip(metric_names(names, len(values)), values, strict=True):
            yield name, value, step
    if trial.seconds is not None:
        yield "seconds", trial.seconds, 0


def metric_names(given: Sequence[str] | None, n: int) -> list[str]:
    """The names of n objectives."""
    if given is not None and len(given) == n:
        return [_plain(name) for name in given]
    return ["value"] if n == 1 else [f"value_{i}" for i in range(n)]


def _tags(trial: Record) -> dict[str, str]:
    tags = {"trimtab.state": trial.state.value, "trimtab.attempt": str(trial.attempt)}
    if trial.reason is not None:
        tags["trimtab.reason"] = trial.reason[:_LONGEST]
    return tags | {k: json.dumps(v)[:_LONGEST] for k, v in trial.user_attrs.items()}


def _plain(name: str) -> str:
    return _NAME.sub("_", name)[:250]


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else int(1000 * seconds)
