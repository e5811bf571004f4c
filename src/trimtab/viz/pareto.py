"""The Pareto scatter: two objectives against each other, with the set that no other trial beats.

Pareto (1906); the staircase bounds what the front dominates (Knowles 2005, attainment surfaces).
"""

from itertools import combinations

import numpy as np

from trimtab.typing import Array
from trimtab.viz.axis import thinned
from trimtab.viz.frame import Frame
from trimtab.viz.svg import circle, figure, polyline
from trimtab.viz.view import View

MOST_POINTS = 1500
MOST_PAIRS = 6
_WIDTH, _HEIGHT = 520.0, 400.0


def draw_pareto(view: View, key: str) -> list[str]:
    """One SVG for each pair of objectives, six at most."""
    pairs = list(combinations(range(view.n_objectives), 2))[:MOST_PAIRS]
    return [draw_pair(view, first, second, f"{key}{first}-{second}") for first, second in pairs]


def draw_pair(view: View, first: int, second: int, key: str) -> str:
    """The plot of two objectives as an SVG; the staircase is drawn where there are only two."""
    frame = Frame(view.axis(first), view.axis(second), _WIDTH, _HEIGHT)
    drawn = np.flatnonzero(view.complete & ~np.isnan(view.values).any(axis=1))
    keep = np.searchsorted(drawn, view.front).tolist()
    chosen = drawn[thinned(len(drawn), MOST_POINTS, keep)]
    xs, ys = frame.across(view.values[chosen, first]), frame.up(view.values[chosen, second])
    front = set(view.front.tolist())
    found, top = [], []
    for trial, px, py in zip(chosen.tolist(), xs.tolist(), ys.tolist(), strict=True):
        if trial in front:
            top.append(circle(px, py, 5.5, "best", tip=view.tip(trial), trial=trial))
        else:
            cls = "broken" if view.infeasible[trial] else "pt"
            found.append(circle(px, py, 3.5, cls, tip=view.tip(trial), trial=trial))
    stairs = []
    if view.n_objectives == 2 and len(view.front):
        corners = staircase(view.losses[view.front])
        signs = view.sign(first), view.sign(second)
        line = [frame.across(corners[:, 0] * signs[0]), frame.up(corners[:, 1] * signs[1])]
        stairs.append(polyline(line[0].tolist(), line[1].tolist(), "so-far"))
    about = f"{len(front)} of {len(drawn)} complete trials are beaten by no other one."
    title = f"{view.label(first)} against {view.label(second)}"
    return figure(_WIDTH, _HEIGHT, key, title, about, [*frame.shapes(), *stairs, *found, *top])


def staircase(losses: Array) -> Array:
    """The corners (2 q - 1, 2) of the boundary of what q front points (q, 2) dominate, left to right."""
    order = losses[np.lexsort((losses[:, 1], losses[:, 0]))]
    return np.stack([np.repeat(order[:, 0], 2)[1:], np.repeat(order[:, 1], 2)[:-1]], axis=1)
