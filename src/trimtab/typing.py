"""Names for the few shapes that travel through the framework.

n rows (trials), d columns (parameters), m objectives, k constraints, q proposals, u and x in the
unit interval or cube, z standardized.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
Mask = NDArray[np.bool_]
Rng = np.random.Generator
Config = Mapping[str, Any]
