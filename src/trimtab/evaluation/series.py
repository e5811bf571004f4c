"""Splits of n rows in time order: always trained on the past and tested on what comes after.

Rolling-origin evaluation (Tashman 2000, Out-of-sample Tests of Forecasting Accuracy). A gap between the
two parts keeps rows out whose labels reach into the test part (an embargo; Lopez de Prado 2018).
"""

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.evaluation.split import Split


def walk_forward(
    n: int,
    *,
    first: int,
    horizon: int = 1,
    stride: int | None = None,
    gap: int = 0,
    window: int | None = None,
) -> list[Split]:
    """Pairs (train, test) of row indices: test `horizon` rows, move on by `stride` rows, and so forth.

    first: the index of the first tested row. stride: default horizon, so that each row is tested once.
    gap: rows left out between the parts. window: at most so many training rows, the latest; None keeps
    all of the past. A last test part with fewer than `horizon` rows is left out.

    Raises:
        InvalidArgument: numbers out of range, or no room for a single split.
    """
    stride = horizon if stride is None else stride
    if min(horizon, stride) < 1 or gap < 0 or (window is not None and window < 1):
        raise InvalidArgument(
            f"horizon={horizon}, stride={stride} and window={window} must be 1 or more, gap={gap} 0 or more"
        )
    if first - gap < 1 or first + horizon > n:
        raise InvalidArgument(
            f"first={first} with gap={gap} and horizon={horizon} leaves no split of n={n} rows; it must lie "
            f"from gap + 1 to n - horizon"
        )
    found = []
    for start in range(first, n - horizon + 1, stride):
        end = start - gap
        begin = 0 if window is None else max(0, end - window)
        found.append((np.arange(begin, end), np.arange(start, start + horizon)))
    return found


def expanding(n: int, k: int, *, horizon: int | None = None, gap: int = 0) -> list[Split]:
    """k pairs (train, test) at the end of the rows; each trains on all of the past.

    horizon: rows in a test part, default n // (k + 1). The test parts follow one another without a gap.

    Raises:
        InvalidArgument: numbers out of range, or too few rows for k splits.
    """
    return _last(n, k, horizon, gap, None)


def sliding(
    n: int, k: int, *, window: int, horizon: int | None = None, gap: int = 0
) -> list[Split]:
    """The same as `expanding`, but each trains on the latest `window` rows of the past only.

    Raises:
        InvalidArgument: numbers out of range, or too few rows for k splits.
    """
    return _last(n, k, horizon, gap, window)


def _last(n: int, k: int, horizon: int | None, gap: int, window: int | None) -> list[Split]:
    if k < 1:
        raise InvalidArgument(f"k={k} must be 1 or more")
    size = n // (k + 1) if horizon is None else horizon
    first = n - k * size
    if size < 1 or first - gap < 1:
        raise InvalidArgument(
            f"n={n} rows are too few for k={k} test parts of {size} rows behind gap={gap}; use fewer"
        )
    return walk_forward(n, first=first, horizon=size, gap=gap, window=window)
