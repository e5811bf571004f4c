"""Parallel coordinates: one upright axis a parameter, one line a trial.

Inselberg (1985), The Plane with Parallel Coordinates. All complete trials are drawn faintly, and the
best fifth in colour on top, so that one sees which regions the good ones share.
"""

import math

import numpy as np

from trimtab.typing import Array, Ints
from trimtab.viz.axis import Axis, parameter_axis, thinned
from trimtab.viz.svg import figure, line, polyline, ramp, shortened, text
from trimtab.viz.view import View

MOST_AXES = 16
MOST_LINES = 400
MOST_VALUES = 4  # objectives with an axis
_HEIGHT, _TOP, _BOTTOM, _SIDE = 330.0, 40.0, 18.0, 62.0
_WIDE, _NARROWEST, _WIDEST = 980.0, 104.0, 250.0  # pixels: the whole, and between two axes
_BEST = 0.2


def coloured(view: View) -> Ints:
    """The numbers of the best fifth of the usable trials, best first, one at least if there is any.

    With several objectives: those on the Pareto front, by the first objective.
    """
    losses = view.losses[:, 0]
    usable = view.front if view.n_objectives > 1 else np.flatnonzero(~np.isnan(losses))
    order = usable[np.argsort(losses[usable], kind="stable")].astype(np.int64)
    return order if view.n_objectives > 1 else order[: math.ceil(_BEST * len(order))]


def draw_parallel(view: View, key: str) -> str:
    """The plot as an SVG; its width grows with the number of parameters."""
    axes, places = _axes(view)
    gap = min(max((_WIDE - 2 * _SIDE) / (len(axes) - 1), _NARROWEST), _WIDEST)
    width = 2 * _SIDE + gap * (len(axes) - 1)
    at = [_SIDE + gap * i for i in range(len(axes))]
    tall = _HEIGHT - _TOP - _BOTTOM
    ys = _HEIGHT - _BOTTOM - places * tall  # (n, axes)
    top = coloured(view)
    best = set(top.tolist())
    others = [i for i in np.flatnonzero(view.complete).tolist() if i not in best]
    others = [others[i] for i in thinned(len(others), MOST_LINES)]
    shapes = [polyline(at, ys[i].tolist(), "faint", trial=i) for i in others]
    top = top[thinned(len(top), MOST_LINES)]
    shades = ramp(np.linspace(1, 0, len(top)))
    for i, shade in reversed(list(zip(top.tolist(), shades, strict=True))):
        cls = "lead" if i in set(view.front.tolist()) else f"{shade} good"
        shapes.append(polyline(at, ys[i].tolist(), cls, tip=view.tip(i), trial=i))
    for x, axis in zip(at, axes, strict=True):
        shapes += _upright(x, axis, tall, int(gap / 7))
    about = f"{len(best)} best of {int(view.complete.sum())} complete trials in colour, the best on top."
    return figure(width, _HEIGHT, key, "parallel coordinates", about, shapes)


def _axes(view: View) -> tuple[list[Axis], Array]:
    """The axes, those of the objectives last, and the place (n, axes) of each trial on each."""
    space = view.history.space
    codes = view.history.codes()[: view.n]
    axes, places = [], []
    for j, name in enumerate(space.names[:MOST_AXES]):
        axis, values = parameter_axis(name, space.domains[name], codes[:, j])
        axes.append(axis)
        places.append(axis.place(values))
    for i in range(min(view.n_objectives, MOST_VALUES)):
        axes.append(view.axis(i))
        places.append(axes[-1].place(view.values[:, i]))
    return axes, np.stack(places, axis=1)


def width_of(view: View) -> float:
    """The least width at which the plot can be read, pixels."""
    n = min(len(view.history.space), MOST_AXES) + min(view.n_objectives, MOST_VALUES)
    return min(60.0 + 76.0 * n, 1500.0)


def _upright(x: float, axis: Axis, tall: float, letters: int) -> list[str]:
    floor = _HEIGHT - _BOTTOM
    found = [line(x, _TOP, x, floor, "base")]
    found.append(text(x, _TOP - 16, shortened(axis.title, letters), "name", anchor="middle"))
    for at, label in axis.labels:
        y = floor - at * tall
        found.append(line(x - 3, y, x + 3, y, "base"))
        found.append(text(x + 6, y + 4, shortened(label, 12), "tick halo"))
    return found
