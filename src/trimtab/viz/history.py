"""The optimization history: every result by trial, and the best so far as a line.

A running best is the usual picture of an optimizer's progress (e.g. Bergstra & Bengio 2012, Random
Search for Hyper-Parameter Optimization). Pruned, failed and infeasible trials are marked, not counted.
"""

import numpy as np

from trimtab.typing import Array
from trimtab.viz.axis import numeric_axis, thinned
from trimtab.viz.frame import Frame
from trimtab.viz.svg import circle, figure, line, mark, number, polyline
from trimtab.viz.view import View

MOST_POINTS = 1500
DIAMOND = "M0-4L4 0L0 4L-4 0Z"
CROSS = "M-3-3L3 3M-3 3L3-3"


def best_so_far(view: View, objective: int = 0) -> Array:
    """The best value (n,) up to and including each trial, raw; NaN before the first.

    Only complete, feasible, finite results count.
    """
    sign = view.sign(objective)
    return np.fmin.accumulate(view.losses[:, objective]) * sign if view.n else np.empty(0)


def draw_history(view: View, objective: int, width: float, key: str) -> str:
    """The plot as an SVG of this width, pixels."""
    x = numeric_axis("trial", 0, max(view.n - 1, 1), most=max(2, int(width / 90)))
    frame = Frame(x, view.axis(objective), width, 320 if width > 500 else 280)
    best = best_so_far(view, objective)
    shapes = [*frame.shapes(), *_failures(view, frame), _step_line(frame, best)]
    shapes += _points(view, objective, frame)
    return figure(
        width, frame.height, key, f"{view.label(objective)} by trial", _about(view, best), shapes
    )


def _points(view: View, objective: int, frame: Frame) -> list[str]:
    values = view.values[:, objective]
    drawn = np.flatnonzero(~np.isnan(values) & (view.complete | view.pruned))
    keep = np.searchsorted(drawn, view.front)
    chosen = drawn[thinned(len(drawn), MOST_POINTS, keep.tolist())]
    xs, ys = frame.across(chosen.astype(float)), frame.up(values[chosen])
    front = set(view.front.tolist())
    found, top = [], []
    for trial, px, py in zip(chosen.tolist(), xs.tolist(), ys.tolist(), strict=True):
        tip = view.tip(trial)
        if view.pruned[trial]:
            found.append(mark(DIAMOND, px, py, "pruned", tip=tip, trial=trial))
        elif trial in front:
            top.append(circle(px, py, 6, "best", tip=tip, trial=trial))
        else:
            cls = "broken" if view.infeasible[trial] else "pt"
            found.append(circle(px, py, 3.5, cls, tip=tip, trial=trial))
    return found + top


def _failures(view: View, frame: Frame) -> list[str]:
    """Failed trials have no value: crosses on the axis."""
    failed = np.flatnonzero(view.failed)
    failed = failed[thinned(len(failed), MOST_POINTS // 3)]
    return [
        mark(CROSS, px, frame.floor, "failed", tip=view.tip(trial), trial=trial)
        for trial, px in zip(failed.tolist(), frame.across(failed.astype(float)), strict=True)
    ]


def _step_line(frame: Frame, best: Array) -> str:
    """Level until a better one comes; only the corners are drawn."""
    known = np.flatnonzero(~np.isnan(best))
    if not len(known):
        return ""
    steps = best[known]
    new = known[np.append(True, steps[1:] != steps[:-1])]
    xs = np.repeat(np.append(new, len(best) - 1).astype(float), 2)[1:-1]
    ys = np.repeat(best[new], 2)
    px, py = frame.across(xs).tolist(), frame.up(ys).tolist()
    if len(px) == 2 and px[0] == px[1]:
        return line(frame.left, py[0], frame.width - frame.right, py[0], "so-far")
    return polyline(px, py, "so-far")


def _about(view: View, best: Array) -> str:
    known = best[~np.isnan(best)]
    counts = f"{int(view.complete.sum())} complete, {int(view.pruned.sum())} pruned, "
    counts += f"{int(view.failed.sum())} failed trials."
    if not len(known):
        return counts + " No usable result."
    return counts + f" The best goes from {number(float(known[0]))} to {number(float(known[-1]))}."
