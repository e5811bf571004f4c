"""Lineages: one line for each trial, from the step at which it went on from its parent to its last one.

Jaderberg et al. (2017), Population Based Training of Neural Networks, figure 6.
"""

import numpy as np

from trimtab.evaluation.population import position
from trimtab.viz.axis import numeric_axis
from trimtab.viz.frame import Frame
from trimtab.viz.history import CROSS, DIAMOND
from trimtab.viz.svg import figure, mark, polyline
from trimtab.viz.view import View

MOST_LINES = 400


def lanes(view: View) -> list[int]:
    """The row that each trial is drawn in: a child takes the place of the first loser without a successor."""
    history = view.history
    lost = [i for i in history.order if view.pruned[i] or view.failed[i]]
    found: list[int] = []
    n_rows = 0
    for i in range(view.n):
        if i in history.origins and lost and lost[0] < i:
            found.append(found[lost.pop(0)])
        else:
            found.append(n_rows)
            n_rows += 1
    return found


def draw_lineage(view: View, width: float, key: str) -> str:
    """The lines and who went on from whom, the best trial's ancestors coloured; empty text without any."""
    history = view.history
    if not history.origins:
        return ""
    rows = lanes(view)
    ends = [position(history, i) for i in range(view.n)]
    frame = Frame(
        numeric_axis("step", 0.0, float(max([1, *ends]))),
        numeric_axis("member", 0.0, float(max(1, *rows))),
        width,
        float(min(120 + 16 * (max(rows) + 1), 640)),
    )
    lead = _ancestors(view)
    shapes = frame.shapes()
    chosen = sorted(range(min(view.n, MOST_LINES)), key=lambda i: i in lead)
    for i in chosen:
        shapes += _line(view, frame, i, rows, ends[i], "lead" if i in lead else "curve")
    about = f"{len(chosen)} trials; each begins where it went on from another one's checkpoint."
    return figure(width, frame.height, key, "who went on from whom", about, shapes)


def _ancestors(view: View) -> set[int]:
    found: set[int] = set()
    number = view.best
    while number is not None:
        found.add(number)
        number = view.history.origins.get(number, (None,))[0]
    return found


def _line(view: View, frame: Frame, i: int, rows: list[int], end: int, cls: str) -> list[str]:
    parent, start = view.history.origins.get(i, (i, 0))
    xs = frame.across(np.array([start, start, end], float)).tolist()
    ys = frame.up(np.array([rows[parent], rows[i], rows[i]], float)).tolist()
    shapes = [polyline(xs, ys, cls, tip=view.tip(i), trial=i)]
    if view.pruned[i]:
        shapes.append(mark(DIAMOND, xs[-1], ys[-1], "pruned", tip=view.tip(i), trial=i))
    elif view.failed[i]:
        shapes.append(mark(CROSS, xs[-1], ys[-1], "failed", tip=view.tip(i), trial=i))
    return shapes
