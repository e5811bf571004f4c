"""What every domain offers to the space that holds it.

Codes are the canonical numbers of values (principle after Ax's search-space digest, 2021): the
value itself for a continuous domain, the 0-based index for every other. Unit coordinates are the
distribution function of the domain's prior, so a uniform draw is a draw from the prior.
"""

from typing import Any, Protocol

from trimtab.typing import Array


class Domain(Protocol):
    """The set of values of one parameter; u and codes are arrays of one shape."""

    @property
    def kind(self) -> int:
        """FLOAT, INTEGER, CATEGORICAL or ORDINAL of `columns`."""

    @property
    def n_values(self) -> int:
        """How many values there are, 0 for a continuous domain."""

    @property
    def default_code(self) -> float:
        """The code of the default, NaN where none was given."""

    def from_unit(self, u: Array) -> Array:
        """Codes at unit coordinates in [0, 1]."""

    def to_unit(self, codes: Array) -> Array:
        """Unit coordinates of codes; an indexed value gives the middle of its slice."""

    def values(self, codes: Array) -> list[Any]:
        """Native values of codes (n,), none of them NaN."""

    def code(self, name: str, value: Any) -> float:
        """The code of a value; SpaceError names the parameter `name`, the value and the way out."""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""

    def text(self) -> str:
        """How a user would write it."""
