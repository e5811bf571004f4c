"""What a worker is given of a trial that begins: made from the folded history and the claim to it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from trimtab.core.history import History
from trimtab.core.journal import Claim
from trimtab.core.message import Task
from trimtab.core.problem import metric_names
from trimtab.core.protocols import Promoter
from trimtab.rng import trial_seed
from trimtab.study.codes import Codes
from trimtab.study.proposer import Proposed, Proposer


class Folded(Protocol):
    """What is known of a study: as much of its ledger as a task is made from."""

    history: History
    proposer: Proposer
    promoter: Promoter | None
    checkpoints: Path
    seed: int
    is_open: bool


def task_of(ledger: Folded, claim: Claim, made: Proposed | None) -> Task:
    """The task of a claimed trial; `made`: what was proposed for its number, if it is that trial."""
    history, number = ledger.history, claim.number
    tag = int(history.table.tag[number])
    return Task(
        number=number,
        space=history.space,
        config=_config(ledger, number, made),
        is_open=ledger.is_open,
        n_objectives=len(history.directions),
        seed=trial_seed(ledger.seed, number),
        key=ledger.proposer.key,
        index=tag if tag >= 0 else number,
        attempt=claim.attempt,
        token=claim.token,
        budget=None if ledger.promoter is None else ledger.promoter.budget(history, number),
        full=None if history.fidelity is None else history.fidelity.high,
        checkpoint=f"{ledger.checkpoints}/{number}",
        metrics=metric_names(history.attrs, len(history.directions)),
    )


def _config(ledger: Folded, number: int, made: Proposed | None) -> Mapping[str, Any]:
    history = ledger.history
    if ledger.is_open:
        return history.fixed.get(number, {})
    if made is not None and _are_equal(history.table.codes[number].tolist(), made.asked.codes):
        return made.config  # decoded already
    return history.config(number)


def _are_equal(row: list[float], codes: Codes | None) -> bool:
    """Whether a row of the table, NaN where inactive, holds these codes."""
    if codes is None or len(codes) != len(row):
        return False
    return all(a == b or (b is None and a != a) for a, b in zip(row, codes, strict=True))
