"""A finished study as what another one may learn from.

Swersky, Snoek & Adams (2013), Multi-Task Bayesian Optimization, NeurIPS 26.
"""

from typing import Any

import numpy as np

from trimtab.errors import InvalidArgument, NothingYet
from trimtab.study.study import Study


def source_of(study: Study) -> dict[str, Any]:
    """Configurations and losses of the complete trials, for `MultiTask(sources=[...])`; plain values.

    Losses are smaller where the study calls it better, whatever its direction. Trials that broke a
    constraint are left out, or they would be learned from as good ones.

    Raises:
        InvalidArgument: the study has several objectives.
        NothingYet: no trial is complete, or every complete one broke a constraint.
    """
    history = study.history
    if len(history.directions) > 1:
        raise InvalidArgument(
            f"the study has {len(history.directions)} objectives; a source needs one"
        )
    loss = history.losses()[:, 0]
    is_done = np.isfinite(loss)
    numbers = np.flatnonzero(is_done & history.is_feasible())
    if not len(numbers):
        if is_done.any():
            raise NothingYet(
                f"every one of the {int(is_done.sum())} complete trials broke a constraint; "
                "a source needs one that broke none"
            )
        raise NothingYet("no trial is complete; a source needs one")
    configs = [history.config(int(i)) for i in numbers]
    return {"configs": configs, "values": loss[numbers].tolist()}
