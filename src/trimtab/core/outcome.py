"""From what an objective returned, or a caller told, to an outcome that may be written down.

A result is a finite real number for each objective. Everything else is refused here, at the boundary,
with words that say what came, for which objective, and what to do about it.
"""

import math
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

from trimtab.core.trial import Outcome, Result, TrialState
from trimtab.errors import ResultError

Reported = float | Sequence[float] | Mapping[str, Any] | None  # as objectives report it


def outcome_of(
    returned: Any, n_objectives: int, *, barrier: bool = False, metrics: Sequence[str] = ()
) -> Outcome:
    """The outcome of a completed evaluation.

    `returned`: a number, a sequence of `n_objectives` numbers, a mapping with the metrics' names, or a
    `Result`. `barrier` admits +inf and -inf, for objectives that wall off a region with them.

    Raises:
        ResultError: anything else; the message names the objective and the value.
    """
    constraints: Sequence[float] = ()
    cost: float | None = None
    values = returned
    if isinstance(returned, Result):
        values, cost = returned.values, returned.cost
        constraints = [
            _real(c, f"constraint {i}", barrier)
            for i, c in enumerate(_sequence(returned.constraints))
        ]
        cost = None if cost is None else _real(cost, "cost", False)
    if isinstance(values, Mapping):
        values = _by_name(values, n_objectives, metrics)
    checked = _values(values, n_objectives, barrier)
    return Outcome(TrialState.COMPLETE, checked, tuple(constraints), cost)


def observed(values: Any, n_objectives: int, metrics: Sequence[str] = ()) -> tuple[float, ...]:
    """Checked values of one report: one number, one for each objective, or a mapping with their names.

    A run that diverges measures NaN or an infinity on its way: that is kept, and ranks last.

    Raises:
        ResultError: not as many real numbers as there are objectives.
    """
    if isinstance(values, Mapping):
        values = _by_name(values, n_objectives, metrics)
    return _values(values, n_objectives, True, admits_nan=True)


def given(
    value: Reported, named: Mapping[str, Any], metrics: Sequence[str]
) -> tuple[Any, Mapping[str, Any]]:
    """What was reported of the objectives, in order or by name, and what was named besides.

    Raises:
        ResultError: both ways were taken at once.
    """
    if value is not None and named:
        raise ResultError(
            f"report: values by order ({_show(value)}) or by name ({', '.join(named)}), not both"
        )
    found = named or value
    if not isinstance(found, Mapping) or not metrics:
        return found, {}
    return found, {name: other for name, other in found.items() if name not in metrics}


def step_of(step: Any) -> int:
    """A checked step: a whole number from 0 to 2**63 - 1.

    Raises:
        ResultError: anything else.
    """
    if isinstance(step, bool) or not isinstance(step, numbers.Integral):
        raise ResultError(f"step={step!r} is not a whole number; count steps 0, 1, 2, ...")
    if not 0 <= int(step) < 2**63:
        raise ResultError(f"step={step!r} is out of range; a step lies between 0 and 2**63 - 1")
    return int(step)


def _values(
    values: Any, n_objectives: int, barrier: bool, *, admits_nan: bool = False
) -> tuple[float, ...]:
    if n_objectives == 1 and not isinstance(values, (list, tuple)):
        return (_real(values, "objective", barrier, admits_nan),)
    items = _sequence(values)
    if len(items) != n_objectives:
        raise ResultError(
            f"got {len(items)} value{'s' if len(items) != 1 else ''} ({_show(values)}) for "
            f"{n_objectives} objective{'s' if n_objectives > 1 else ''}; give one number for each "
            "direction of the study"
        )
    return tuple(_real(v, f"objective {i}", barrier, admits_nan) for i, v in enumerate(items))


def _by_name(values: Mapping[str, Any], n_objectives: int, metrics: Sequence[str]) -> Any:
    if not metrics and len(values) == n_objectives == 1:
        return list(values.values())
    if len(metrics) != n_objectives:
        raise ResultError(
            f"got a mapping {_show(values)}, but the study's objectives have no names: make it with "
            "create_study(direction={'loss': 'minimize', ...}), or give numbers in the order of directions"
        )
    for name in metrics:
        if name not in values:
            raise ResultError(
                f"got a mapping {_show(values)}, which lacks {name!r}; it must hold the metrics "
                f"{list(metrics)!r}"
            )
    return [values[name] for name in metrics]


def _sequence(values: Any) -> Sequence[Any]:
    if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
        return [values]
    return list(values)


def _real(value: Any, what: str, barrier: bool, admits_nan: bool = False) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ResultError(f"{what} is {_show(value)} ({type(value).__name__}); {_way_out(value)}")
    try:
        number = float(value)
    except OverflowError:
        raise ResultError(
            f"{what} is too large for a float; return its logarithm, or scale it"
        ) from None
    is_refused = not admits_nan if math.isnan(number) else math.isinf(number) and not barrier
    if is_refused:
        raise ResultError(
            f"{what} is {number}; return a finite number, or raise an exception (or trimtab.TrialPruned) "
            "where there is none"
            + ("" if math.isnan(number) else "; barrier=True admits infinities")
        )
    return number


def _way_out(value: Any) -> str:
    if value is None:
        return "the objective returned nothing: end it with `return loss`"
    if hasattr(value, "item") and getattr(value, "size", None) != 0:
        return "return a plain number: value.item() or float(value)"
    if isinstance(value, (str, bool)):
        return "return a number, e.g. float(value)"
    if isinstance(value, complex):
        return "return a real number, e.g. abs(value) or value.real"
    return "return a finite real number"


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
