"""Slices: the objective against each parameter alone, on the parameter's own scale.

One scatter a parameter, as in the one-dimensional views of Hutter, Hoos & Leyton-Brown (2014); for
choices a box from the first to the third quartile with the median (Tukey 1977) lies behind the points.
Later trials are darker, so that one sees where the search went.
"""

import numpy as np

from trimtab.typing import Array, Ints
from trimtab.viz.axis import LARGEST, parameter_axis, thinned
from trimtab.viz.frame import Frame
from trimtab.viz.history import DIAMOND
from trimtab.viz.svg import circle, figure, line, mark, number, ramp, rect
from trimtab.viz.view import View

MOST_SLICES = 24
MOST_POINTS = 400
_WIDTH, _HEIGHT = 320.0, 230.0
_FEWEST_IN_BOX = 4


def draw_slices(view: View, objective: int, key: str) -> list[str]:
    """One SVG for each of the first 24 parameters."""
    names = view.history.space.names[:MOST_SLICES]
    return [draw_slice(view, j, objective, f"{key}{j}") for j in range(len(names))]


def draw_slice(view: View, column: int, objective: int, key: str) -> str:
    """The plot of one parameter as an SVG."""
    space = view.history.space
    name = space.names[column]
    codes = view.history.codes()[: view.n, column]
    axis, values = parameter_axis(name, space.domains[name], codes, most=4)
    frame = Frame(axis, view.axis(objective, 4), _WIDTH, _HEIGHT)
    results = np.clip(view.values[:, objective], -LARGEST, LARGEST)
    is_drawn = ~np.isnan(values) & ~np.isnan(results) & (view.complete | view.pruned)
    drawn = np.flatnonzero(is_drawn).astype(np.int64)
    shapes = frame.shapes()
    if axis.n_strips:
        done = drawn[view.complete[drawn]]
        shapes += _boxes(frame, values[done], results[done])
    shapes += _points(view, frame, drawn, values, results)
    about = _about(view, name, objective)
    return figure(_WIDTH, _HEIGHT, key, f"{view.label(objective)} by {name}", about, shapes)


def quartiles(groups: Array, values: Array) -> dict[int, Array]:
    """First quartile, median and third quartile (3,) of the values (n,) in each group (n,)."""
    found = {}
    for group in np.unique(groups[~np.isnan(groups)]).astype(int).tolist():
        inside = values[groups == group]
        inside = inside[~np.isnan(inside)]
        if len(inside):
            found[group] = np.quantile(inside, [0.25, 0.5, 0.75])
    return found


def _boxes(frame: Frame, groups: Array, values: Array) -> list[str]:
    width = min(54.0, (frame.width - frame.left - frame.right) / frame.x.n_strips * 0.7)
    found = []
    for group, box in quartiles(groups, values).items():
        if np.count_nonzero(groups == group) < _FEWEST_IN_BOX:
            continue
        x = float(frame.across(np.array([float(group)]))[0]) - width / 2
        ys = frame.up(box).tolist()
        found.append(rect(x, min(ys), width, max(ys) - min(ys), "box"))
        found.append(line(x, ys[1], x + width, ys[1], "median"))
    return found


def _points(view: View, frame: Frame, drawn: Ints, values: Array, results: Array) -> list[str]:
    front = set(view.front.tolist())
    keep = [i for i, trial in enumerate(drawn.tolist()) if trial in front]
    chosen = drawn[thinned(len(drawn), MOST_POINTS, keep)]
    xs, ys = frame.across(values[chosen]), frame.up(results[chosen])
    if frame.x.n_strips:
        width = (frame.width - frame.left - frame.right) / frame.x.n_strips
        xs = xs + _spread(chosen) * min(36.0, width * 0.5)
    shades = ramp(chosen / max(view.n - 1, 1))
    found, top = [], []
    rows = zip(chosen.tolist(), xs.tolist(), ys.tolist(), shades, strict=True)
    for trial, px, py, shade in rows:
        tip = view.tip(trial)
        if trial in front:
            top.append(circle(px, py, 5.5, "best", tip=tip, trial=trial))
        elif view.pruned[trial]:
            found.append(mark(DIAMOND, px, py, "pruned", tip=tip, trial=trial))
        else:
            cls = "broken" if view.infeasible[trial] else shade
            found.append(circle(px, py, 3.5, cls, tip=tip, trial=trial))
    return found + top


def _spread(trials: Ints) -> Array:
    """Sideways shares in [-1/2, 1/2), the same for the same trial: a golden-ratio sequence."""
    return np.asarray(trials * 0.6180339887498949, float) % 1.0 - 0.5


def _about(view: View, name: str, objective: int) -> str:
    if view.best is None or objective:
        return f"Each point is a trial; {name} across, {view.label(objective)} up."
    config = view.history.config(view.best)
    value = config.get(name, "inactive")
    value = number(value) if isinstance(value, float) else value
    return f"Each point is a trial; the best one has {name} = {value}."
