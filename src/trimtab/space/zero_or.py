"""An exact zero, or a positive number on its own scale: regularization that may be off.

A spike at zero mixed with a continuous slab (Mitchell & Beauchamp 1988), as a prior over one
parameter.
"""

import math
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from trimtab.errors import SpaceError
from trimtab.space.columns import FLOAT
from trimtab.space.condition import Switchable
from trimtab.space.number import Float
from trimtab.space.value import native
from trimtab.typing import Array


@dataclass(frozen=True)
class ZeroOr(Switchable):
    """An exact 0.0 with probability p, else a positive Float; code: the value.

    Raises:
        SpaceError: the domain is not a Float above zero without a step, or p is not inside (0, 1).
    """

    domain: Float
    p: float = 0.25
    _: KW_ONLY
    default: float | None = None

    def __post_init__(self) -> None:
        if (
            not isinstance(self.domain, Float)
            or self.domain.step is not None
            or self.domain.low <= 0
        ):
            raise SpaceError(f"ZeroOr({self.domain!r}) needs a Float with low > 0 and no step")
        if isinstance(self.p, bool) or not isinstance(self.p, int | float) or not 0 < self.p < 1:
            raise SpaceError(f"ZeroOr: p={self.p!r} must lie between 0 and 1")
        if self.default is None and self.domain.default is not None:
            object.__setattr__(self, "default", self.domain.default)
        if self.default is not None:
            object.__setattr__(self, "default", self.code("default", self.default))

    @property
    def kind(self) -> int:
        """FLOAT."""
        return FLOAT

    @property
    def n_values(self) -> int:
        """0: continuous."""
        return 0

    @property
    def default_code(self) -> float:
        """The default, NaN where none was given."""
        return math.nan if self.default is None else self.default

    def from_unit(self, u: Array) -> Array:
        """Values at unit coordinates in [0, 1]; below p it is zero."""
        rest = np.maximum((u - self.p) / (1.0 - self.p), 0.0)
        return np.where(u < self.p, 0.0, self.positive(rest))

    def positive(self, u: Array) -> Array:
        """Values above zero at unit coordinates of the inner domain."""
        if self.domain.n_values:  # its bounds meet, and its only code is an index
            return np.full(np.shape(u), self.domain.low)
        return self.domain.from_unit(u)

    def to_unit(self, codes: Array) -> Array:
        """Unit coordinates of values; zero gives p / 2."""
        zero = codes == 0.0
        inner = self.domain.to_unit(np.where(zero, self.domain.low, codes))
        return np.where(zero, self.p / 2, self.p + (1.0 - self.p) * inner)

    def values(self, codes: Array) -> list[float]:
        """Native floats of codes (n,)."""
        return codes.tolist()

    def code(self, name: str, value: Any) -> float:
        """The value, checked; raises SpaceError if it is neither zero nor in the domain."""
        value = native(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and value == 0:
            return 0.0
        try:
            code = self.domain.code(name, value)
        except SpaceError as error:
            raise SpaceError(f"{error}, or exactly 0") from None
        return self.domain.low if self.domain.n_values else code

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        inner = self.domain.to_dict()
        return {"type": "zero_or", "domain": inner, "p": self.p, "default": self.default}

    def text(self) -> str:
        """How a user would write it."""
        default = "" if self.default is None else f", default={self.default!r}"
        return f"ZeroOr({self.domain.text()}, p={self.p!r}{default})"
