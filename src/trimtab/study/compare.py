"""What a caller believes of a study that exists, held against what it was made with."""

from collections.abc import Sequence
from typing import Any

from trimtab.core.journal import StudyRow
from trimtab.core.problem import Direction
from trimtab.errors import InvalidArgument, SpaceChanged
from trimtab.space.space import Space


def checked_seed(seed: Any) -> int:
    """A seed of 63 bits; InvalidArgument otherwise."""
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or not 0 <= int(seed) < 2**63:
        raise InvalidArgument(f"seed={seed!r} must be a whole number from 0 to 2**63 - 1")
    return int(seed)


def compare(row: StudyRow, goals: Sequence[Direction] | None, seed: int | None) -> None:
    """Refuse other directions, or another seed, than the study was made with."""
    if goals is not None and tuple(g.value for g in goals) != row.directions:
        raise InvalidArgument(
            f"direction={[g.value for g in goals]}, but study {row.name!r} was created with "
            f"{list(row.directions)}; give that, or another study_name"
        )
    if seed is not None and checked_seed(seed) != row.seed:
        raise InvalidArgument(
            f"seed={seed}, but study {row.name!r} was created with seed={row.seed}; "
            "leave the seed out to go on with it, or give another study_name"
        )


def compare_spaces(row: StudyRow, stored: Space, declared: Space | None, is_open: bool) -> None:
    """Refuse another space than the study was made with; the message shows the difference."""
    if declared is None:
        return
    if is_open:
        raise SpaceChanged(
            f"space: study {row.name!r} was created without one, for objectives that choose their own; "
            "leave it out, or give another study_name"
        )
    if declared.sha256 != stored.sha256:
        lines = "\n  ".join(stored.diff(declared))
        raise SpaceChanged(
            f"space: study {row.name!r} was created with another one:\n  {lines}\n"
            "Restore it to go on with the study, or give another study_name to begin a new one."
        )
