"""Trials made of what stands in the queue; who is next is said in `core/queue.py` (Cobham 1954)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from trimtab.core.event import Asked
from trimtab.core.history import History
from trimtab.core.queue import Job
from trimtab.study.proposer import Proposed


def from_queue(history: History, n: int) -> list[Proposed]:
    """Up to n new trials, in the order of the queue; none where nothing stands in it."""
    jobs = history.queue.next(n) if len(history.queue) else []
    return [_proposed(history, job, number) for number, job in enumerate(jobs, len(history))]


def _proposed(history: History, job: Job, number: int) -> Proposed:
    config: Mapping[str, Any]
    if job.codes is None:
        config = job.fixed or {}
        return Proposed(Asked(number, None, fixed=dict(config), job=job.id), config)
    config = history.space.config(np.array(job.codes, float))
    return Proposed(Asked(number, job.codes, job=job.id), config)
