"""Trials as runs of Weights & Biases: `study.optimize(f, 50, callbacks=[tt.WandB(project="digits")])`.

The study itself is the record; this shows it there as well (Biewald 2020, Experiment tracking with Weights
and Biases), offline where WANDB_MODE=offline says so: `wandb sync` sends it later.
"""

from collections.abc import Sequence
from typing import Any

from trimtab.core.trial import Record, TrialState
from trimtab.executor.artifact import artifacts_of
from trimtab.integration.mlflow import metric_names
from trimtab.plugin import require
from trimtab.study.study import Study


class WandB:
    """A callback that logs each trial as a run once it has ended: `pip install "trimtab[wandb]"`.

    `metrics`: names of the objectives; None: "value", or "value_0", "value_1", ... All else is given to
    `wandb.init`: project, entity, dir, mode, ... Runs of one study share its name as their group.

    A pruned trial is a finished run, a failed one has exit code 1; the summary's `state` says which.

    Raises:
        MissingExtra: wandb is not installed.
    """

    def __init__(self, *, metrics: Sequence[str] | None = None, **init: Any) -> None:
        self._wandb = require("wandb", "wandb", "callback WandB")
        self.metrics = metrics
        self.init = init

    def __call__(self, study: Study, trial: Record) -> None:
        """Log one trial that has ended."""
        given = {"group": study.name, "name": f"{study.name}-{trial.number}", **self.init}
        run = self._wandb.init(config=dict(trial.config), reinit="create_new", **given)
        for step, values in sorted(trial.reports.items()):
            run.log(
                dict(zip(metric_names(self.metrics, len(values)), values, strict=True)), step=step
            )
        found = {"state": trial.state.value, "seconds": trial.seconds, "trial": trial.number}
        if trial.values is not None:
            names = metric_names(self.metrics, len(trial.values))
            found |= dict(zip(names, trial.values, strict=True))
        if trial.reason is not None:
            found["reason"] = trial.reason[:2000]
        run.summary.update(
            {k: v for k, v in found.items() if v is not None} | dict(trial.user_attrs)
        )
        for path in artifacts_of(study.ledger.checkpoints, trial.number):
            run.save(str(path), base_path=str(path.parent), policy="now")
        run.finish(exit_code=int(trial.state is TrialState.FAILED))
