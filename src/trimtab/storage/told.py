"""Results that are told together, checked and as events; see `Journal.turn`."""

from collections.abc import Sequence

from trimtab.core.event import Event
from trimtab.core.journal import Told
from trimtab.errors import InvalidArgument
from trimtab.storage import rule


def check_told(results: Sequence[Told]) -> None:
    """What is told together are finished trials of one study, each once.

    Raises:
        InvalidArgument: they are not.
    """
    trials = {(t.claim.study, t.claim.number) for t in results}
    n_studies = len({study for study, _ in trials})
    if n_studies != 1 or len(trials) < len(results):
        raise InvalidArgument(
            f"told: {len(results)} results of {len(trials)} trials of {n_studies} studies; tell one or "
            "more trials of one study, each once"
        )
    for t in results:
        rule.check_outcome(t.outcome)


def ended(t: Told, at: float = 0.0) -> list[Event]:
    """The events that finish a trial; see `rule.told`."""
    return rule.told(t.claim.number, t.outcome, at, t.codes, t.observations, t.notes)
