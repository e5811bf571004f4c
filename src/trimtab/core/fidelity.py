"""Fidelity: how much of an evaluation is done, and the levels at which evaluations are compared.

Levels grow geometrically from the least budget that means something (Jamieson & Talwalkar 2016; Li et
al. 2018). They are found by multiplication, never by logarithms: log(243)/log(3) is 4.999..., and a
bracket gets lost.
"""

from itertools import pairwise

from trimtab.errors import InvalidArgument

_SLACK = 1 + 1e-9  # of relative error that repeated multiplication may gather


def levels_of(low: int, high: int, eta: float) -> tuple[int, ...]:
    """The levels low, low * eta, low * eta**2, ..., rounded, and always `high` as the last one.

    Raises:
        InvalidArgument: not 1 <= low <= high, or eta not above 1.
    """
    if not 1 <= low <= high:
        raise InvalidArgument(
            f"min_budget={low!r}, max_budget={high!r}: give whole numbers with 1 <= min <= max"
        )
    found = []
    for k in range(n_steps(low, high, eta) + 1):
        found.append(round(low * eta**k))
    if found[-1] != high:
        found.append(high)
    return tuple(a for a, b in pairwise([*found, high + 1]) if b > a)


def n_steps(low: float, high: float, eta: float) -> int:
    """The largest s with low * eta**s <= high: s_max of Hyperband; exact for whole numbers.

    Raises:
        InvalidArgument: eta is not above 1, or low not above 0.
    """
    if not (eta > 1 and low > 0):
        raise InvalidArgument(f"eta={eta!r} must be above 1, and min_budget={low!r} above 0")
    s, level = 0, low * eta
    while level <= high * _SLACK:
        s, level = s + 1, level * eta
    return s
