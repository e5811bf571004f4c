"""Which worker evaluates which configurations, by what each is expected to take.

The logarithm of a trial's seconds is learned from those that a study has finished (Snoek, Larochelle &
Adams 2012, section 3.2); work is given out longest first, to the worker that would be done first with it
(Graham 1969; Gonzalez, Ibarra & Sahni 1977). So what is quick goes to the slow workers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.core.history import COMPLETE, History
from trimtab.design.makespan import longest_first
from trimtab.errors import InvalidArgument, NothingYet
from trimtab.study.study import Study
from trimtab.surrogate.cost import cost_model
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.threads import one_thread
from trimtab.typing import Array


@dataclass(frozen=True)
class Share:
    """One worker's part: configurations in the order in which to take them."""

    worker: int
    configs: tuple[Mapping[str, Any], ...]
    seconds: tuple[float, ...]  # that each is expected to take there


@one_thread()
def expected_seconds(history: History, configs: Sequence[Mapping[str, Any]]) -> Array:
    """What evaluations of configurations (n,) would take at the speed of those so far, in seconds (n,).

    Raises:
        NothingYet: fewer than four trials have completed in a known time.
    """
    done = history.numbers(COMPLETE)
    seconds, space = history.table.seconds[done], history.space
    known = np.isfinite(seconds) & (seconds > 0)
    embedding = embedding_of(space)
    model = cost_model(embedding, space.to_unit(history.codes(done[known])), seconds[known])
    if model is None:
        raise NothingYet(
            f"{int(known.sum())} trials have completed in a known time; four are needed to predict others"
        )
    if not configs:
        return np.empty(0)
    rows = space.to_unit(np.array([space.codes(config) for config in configs]))
    middle = float(np.log(seconds[known][-len(model.y) :]).mean())
    return np.exp(middle + model.expect(embedding(rows)))


def balanced(
    study: Study, configs: Sequence[Mapping[str, Any]], speeds: Sequence[float]
) -> list[Share]:
    """Configurations for workers of these speeds, so that all of them are done early.

    speeds: of each worker, in units of the speed at which the study's trials have run so far.

    Raises:
        NothingYet: fewer than four trials have completed in a known time.
        InvalidArgument: a speed that is not above 0, or no worker.
        SpaceError: a configuration that is not of the space.
    """
    if isinstance(configs, Mapping):
        raise InvalidArgument(f"configs={configs!r} is one configuration; give a list of them")
    seconds = expected_seconds(study.history, configs)
    return [
        Share(
            worker,
            tuple(configs[i] for i in tasks),
            tuple(float(seconds[i] / speeds[worker]) for i in tasks),
        )
        for worker, tasks in enumerate(longest_first(seconds.tolist(), speeds))
    ]
