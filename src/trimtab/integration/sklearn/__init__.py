"""Search classes for scikit-learn (Pedregosa et al. 2011), by name; the extra `sklearn` brings it.

`GridSearchCV`, `RandomizedSearchCV`, `HalvingGridSearchCV` and `HalvingRandomSearchCV` stand in for
scikit-learn's own; `SearchCV` runs any sampler of ours, with a storage if you like.
"""

import importlib
from typing import Any

from trimtab.plugin import require

require("sklearn", "sklearn", "trimtab.sklearn")  # MissingExtra here, with the way to get it

_HOME = {
    "GridSearchCV": "exhaustive",
    "RandomizedSearchCV": "exhaustive",
    "HalvingGridSearchCV": "halving",
    "HalvingRandomSearchCV": "halving",
    "SearchCV": "adaptive",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
