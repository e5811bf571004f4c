"""What a model costs beside time: the memory that fitting takes at its peak, and the size of the result.

Traced by Python's allocator hooks (PEP 445 and 454, 2013), which NumPy's arrays report to; memory that a
compiled library takes for itself is not seen.
"""

import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Footprint:
    """Bytes: the peak of fitting above what there was before, and of the pickled model.

    model_bytes is None where the model cannot be pickled.
    """

    fit_memory: int
    model_bytes: int | None


def footprint(fit: Callable[[], Any]) -> Footprint:
    """Call `fit`, which returns a fitted model, and measure; tracing makes it slower, so do not time it."""
    was_tracing = tracemalloc.is_tracing()
    if not was_tracing:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        model = fit()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        if not was_tracing:
            tracemalloc.stop()
    return Footprint(peak - before, _size(model))


def _size(model: Any) -> int | None:
    import cloudpickle

    try:
        return len(cloudpickle.dumps(model))
    except Exception:  # noqa: BLE001 - that it raises, whatever it is, is the answer
        return None
