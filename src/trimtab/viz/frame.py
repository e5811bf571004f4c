"""The frame that a plot of points stands in: grid, labels, and the way from values to pixels.

Few lines, none around the data (the data-ink ratio; Tufte 1983).
"""

from dataclasses import dataclass

import numpy as np

from trimtab.typing import Array
from trimtab.viz.axis import Axis
from trimtab.viz.svg import line, shortened, text

_LETTER = 6.4  # pixels that a letter of a label takes, about


@dataclass(frozen=True)
class Frame:
    """A plot area of width by height pixels, with an axis each way."""

    x: Axis
    y: Axis
    width: float
    height: float
    left: float = 56.0
    right: float = 14.0
    top: float = 26.0
    bottom: float = 40.0

    def across(self, values: Array) -> Array:
        """Pixels (n,) from the left of values (n,) on the x axis."""
        return self.left + self.x.place(values) * (self.width - self.left - self.right)

    def up(self, values: Array) -> Array:
        """Pixels (n,) from the top of values (n,) on the y axis."""
        return self.height - self.bottom - self.y.place(values) * self._tall

    @property
    def _tall(self) -> float:
        return self.height - self.top - self.bottom

    @property
    def floor(self) -> float:
        """Where the x axis lies, pixels from the top."""
        return self.height - self.bottom

    def shapes(self) -> list[str]:
        """Grid lines, tick labels and the names of both axes."""
        floor, end = self.floor, self.width - self.right
        found = []
        for at, label in self.y.labels:
            y = floor - at * self._tall
            found.append(line(self.left, y, end, y, "grid"))
            words = shortened(label, int(self.left / _LETTER))
            found.append(text(self.left - 7, y + 4, words, "tick", anchor="end"))
        found.append(line(self.left, floor, end, floor, "base"))
        found += self._below(floor)
        found.append(text(4, 13, shortened(self.y.title, 40), "name"))
        wide = int((end - self.left) / _LETTER)
        found.append(
            text(end, self.height - 5, shortened(self.x.title, wide), "name", anchor="end")
        )
        return found

    def _below(self, floor: float) -> list[str]:
        """The labels of the x axis; those that would touch their neighbour are left out."""
        labels = self.x.labels
        span = self.width - self.left - self.right
        room = span / max(self.x.n_strips, 1) if self.x.n_strips else span
        most = max(3, int(room * max(1, self.x.n_strips / max(len(labels), 1)) / _LETTER))
        found, free = [], -np.inf
        for at, label in labels:
            x = self.left + at * span
            words = shortened(label, most)
            half = len(words) * _LETTER / 2
            found.append(line(x, floor, x, floor + 4, "base"))
            if x - half < free:
                continue
            free = x + half + 6
            x = min(x, self.width - half - 1)
            found.append(text(x, floor + 17, words, "tick", anchor="middle"))
        return found
