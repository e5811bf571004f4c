"""Learning curves: what each trial reported while it ran, by step; where it was pruned is marked.

Domhan, Springenberg & Hutter (2015), Speeding up Automatic Hyperparameter Optimization by
Extrapolation of Learning Curves, for why these are worth a look.
"""

import numpy as np

from trimtab.typing import Array
from trimtab.viz.axis import numeric_axis, thinned, value_axis
from trimtab.viz.frame import Frame
from trimtab.viz.history import CROSS, DIAMOND
from trimtab.viz.svg import figure, mark, polyline
from trimtab.viz.view import View

MOST_CURVES = 200
_MOST_STEPS = 200  # of one curve that are drawn


def curves(view: View, objective: int = 0) -> dict[int, Array]:
    """The reported (step, value) pairs (s, 2) of each trial that reported a finite value, by number."""
    found = {}
    for trial in range(view.n):
        reports = view.history.reports(trial)
        pairs = [(float(s), v[objective]) for s, v in sorted(reports.items()) if len(v) > objective]
        points = np.array(pairs, float).reshape(-1, 2)
        points = points[np.isfinite(points).all(axis=1)]
        if len(points):
            found[trial] = points
    return found


def draw_curves(view: View, width: float, key: str) -> str:
    """The plot of the first objective's curves as an SVG; empty text where nothing was reported."""
    found = curves(view)
    if not found:
        return ""
    every = np.concatenate(list(found.values()))
    x = numeric_axis("step", float(every[:, 0].min()), float(every[:, 0].max()))
    y = value_axis("reported value", every[:, 1], view.sign(0))
    frame = Frame(x, y, width, 320 if width > 500 else 280)
    numbers = list(found)
    keep = [i for i, trial in enumerate(numbers) if trial == view.best]
    chosen = [numbers[i] for i in thinned(len(numbers), MOST_CURVES, keep)]
    chosen.sort(key=lambda trial: trial == view.best)
    shapes = frame.shapes()
    for trial in chosen:
        shapes += _curve(view, frame, trial, found[trial])
    about = f"{len(chosen)} of {len(found)} trials that reported; marks show where one was pruned."
    return figure(width, frame.height, key, "reported values by step", about, shapes)


def _curve(view: View, frame: Frame, trial: int, points: Array) -> list[str]:
    points = points[thinned(len(points), _MOST_STEPS)]
    xs, ys = frame.across(points[:, 0]).tolist(), frame.up(points[:, 1]).tolist()
    tip = view.tip(trial)
    cls = "lead" if trial == view.best else "curve"
    shapes = [polyline(xs, ys, cls, tip=tip, trial=trial)]
    if view.pruned[trial]:
        shapes.append(mark(DIAMOND, xs[-1], ys[-1], "pruned", tip=tip, trial=trial))
    elif view.failed[trial]:
        shapes.append(mark(CROSS, xs[-1], ys[-1], "failed", tip=tip, trial=trial))
    elif len(xs) == 1:
        shapes.append(mark("M-3 0L3 0", xs[0], ys[0], cls + " line", tip=tip, trial=trial))
    return shapes
