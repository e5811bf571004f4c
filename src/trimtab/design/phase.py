"""A part of a plan: which method is at work, from when on, and why.

Rice (1976), The Algorithm Selection Problem.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Phase:
    """A method, from how many results on, and the reason."""

    method: str
    start: int
    why: str
