"""An estimate with its interval against zero: does the difference hold?

The new statistics (Cumming 2014): show the interval, not a star.
"""

import numpy as np

from trimtab.viz.axis import numeric_axis
from trimtab.viz.svg import circle, figure, line, number, text


def draw_interval(
    mean: float, low: float, high: float, *, title: str, unit: str = "", width: float = 520.0
) -> str:
    """The mean of a difference and its interval [low, high] as an SVG, with a line at zero.

    `title` also names the figure, and must be unique among the intervals of a page.
    """
    ends = (min(low, 0.0), max(high, 0.0))
    room = (ends[1] - ends[0]) * 0.12 or 1.0
    axis = numeric_axis(title, ends[0] - room, ends[1] + room)
    left, right, floor, middle = 16.0, 16.0, 78.0, 44.0
    values = np.array([0.0, low, mean, high])
    zero, start, at, end = (left + axis.place(values) * (width - left - right)).tolist()
    shapes = [line(left, floor, width - right, floor, "base")]
    for place, label in axis.labels:
        x = left + place * (width - left - right)
        shapes += [line(x, floor, x, floor + 4, "base")]
        shapes += [text(x, floor + 17, label, "tick", anchor="middle")]
    shapes += [line(zero, 20, zero, floor, "zero"), line(start, middle, end, middle, "reach")]
    shapes += [line(x, middle - 7, x, middle + 7, "reach") for x in (start, end)]
    shapes += [circle(at, middle, 6, "best")]
    words = f"{number(mean, 3)} [{number(low, 3)}, {number(high, 3)}] {unit}".strip()
    shapes += [text(at, middle - 15, words, "strong", anchor="middle")]
    shapes += [text(width - right, floor + 34, title, "name", anchor="end")]
    key = "interval-" + "".join(c if c.isascii() and c.isalnum() else "-" for c in title)
    return figure(width, floor + 40, key, title, f"{words}; zero means no difference.", shapes)
