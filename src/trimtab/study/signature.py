"""The space that an objective declares with the defaults of its parameters."""

import inspect
from typing import Any

from trimtab.space.parse import space_of
from trimtab.space.space import Space


def space_for(objective: Any, space: Any) -> Space | None:
    """The space given, else the one that the objective's signature declares; None for define-by-run."""
    if space is not None:
        return space_of(space)
    try:
        parameters = list(inspect.signature(objective).parameters.values())
    except (TypeError, ValueError):
        return None
    required = [p for p in parameters if p.default is p.empty]
    is_annotated = any(hasattr(p.annotation, "__metadata__") for p in parameters)
    if "trial" in [p.name for p in required] or (
        len(required) == 1 == len(parameters) and not is_annotated
    ):
        return None
    return Space(objective)
