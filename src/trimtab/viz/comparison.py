"""One page that compares methods: anytime curves, critical differences, and the tables behind them.

Anytime curves: Hansen et al. (2021), Optimization Methods and Software 36; the diagram of critical
differences: Demsar (2006), JMLR 7, figure 1.
"""

from collections.abc import Mapping

import numpy as np

from trimtab.evaluation.standing import Standing
from trimtab.typing import Array
from trimtab.viz.axis import numeric_axis
from trimtab.viz.frame import Frame
from trimtab.viz.page import figures, folded, page, section, table
from trimtab.viz.svg import RAMP, figure, line, number, polyline, text

CHECKPOINTS = (10, 25, 50, 100, 200, 500, 1000)
_LEAST = 1e-6  # regrets below it are drawn there


def comparison_page(found: Standing, title: str, missing: Mapping[str, str]) -> str:
    """The whole page; `missing` are methods or problems that could not be run, with the reason."""
    at = [n for n in CHECKPOINTS if n <= found.n_trials] or [found.n_trials]
    n_seeds = min((min(row) for row in found.n_seeds), default=0)
    about = (
        f"{len(found.methods)} methods, {len(found.problems)} problems, {found.n_trials} trials, "
        f"{n_seeds} or more seeds each, the same for all methods"
    )
    note = "0 is the optimum, 1 a typical random configuration; the best measured one is judged."
    body = [
        section("mean", "Mean regret over all problems", note, _overall(found)),
        section("ranks", "Average ranks", "", *[_diagram(found, n) for n in at], _ranks(found, at)),
        section("each", "Each problem", "Mean regret over seeds.", _each(found)),
        section("tables", "Regret by problem", "", *[_regrets(found, n) for n in at]),
    ]
    if missing:
        rows = list(missing.items())
        body.append(section("missing", "Not run", "", table(("name", "why"), rows)))
    return page(title, title, about, body, "Made by Trimtab.")


def draw_anytime(
    methods: tuple[str, ...], curves: Array, *, title: str, key: str, width: float = 520.0
) -> str:
    """Regret (m, n) after 1..n trials as an SVG, logarithmic; the method that ends lowest is marked."""
    n = curves.shape[1]
    shown = np.clip(curves, _LEAST, None)
    low, high = (float(f(shown)) for f in (np.nanmin, np.nanmax))
    frame = Frame(
        numeric_axis("trials", 1, n),
        numeric_axis(title, low, high, is_log=True),
        width,
        260.0,
        right=118.0,
    )
    order = np.argsort(np.where(np.isnan(curves[:, -1]), np.inf, curves[:, -1]), kind="stable")
    shapes, free = frame.shapes(), 0.0
    xs = frame.across(np.arange(1, n + 1)).tolist()
    ends = []
    for place, i in enumerate(order.tolist()):
        cls = "lead" if place == 0 else f"r{max(RAMP - 1 - place, 1)}"
        ys = frame.up(shown[i]).tolist()
        shapes.append(polyline(xs, ys, cls, tip=methods[i]))
        ends.append((ys[-1], methods[i], place))
    for y, name, place in sorted(ends):
        free = max(y, free + 13.0)
        cls = "strong" if place == 0 else "tick"
        shapes.append(text(width - 112.0, free + 4.0, name, cls))
    words = ", ".join(f"{methods[i]} {number(float(curves[i, -1]), 3)}" for i in order)
    return figure(width, 260.0, key, title, f"After {n} trials: {words}.", shapes)


def draw_ranks(found: Standing, n: int, *, width: float = 520.0) -> str:
    """The diagram of critical differences after n trials; empty text where there is no test."""
    test = found.test(n)
    if test is None:
        return ""
    axis = numeric_axis(f"average rank after {n} trials", 1, test.k)
    left, right = 16.0, width - 16.0
    order = np.argsort(test.ranks, kind="stable").tolist()
    at = (left + axis.place(test.ranks) * (right - left)).tolist()
    bars = test.groups()
    top = 44.0 + 10.0 * len(bars)
    height = top + 16.0 * test.k + 8.0
    shapes = [
        text(4, 13, f"{axis.title}; critical difference {test.critical_difference():.2f}", "name")
    ]
    shapes.append(line(left, 30, right, 30, "base"))
    for value, label in axis.labels:
        x = left + value * (right - left)
        shapes += [line(x, 26, x, 30, "base"), text(x, 24, label, "tick", anchor="middle")]
    for k, bar in enumerate(bars):
        y = 38.0 + 10.0 * k
        shapes.append(line(at[bar[0]] - 3, y, at[bar[-1]] + 3, y, "reach"))
    for place, i in enumerate(order):
        y = top + 16.0 * (place + 1)
        shapes.append(line(at[i], 30, at[i], y - 4, "base"))
        anchor, shift = ("start", 5.0) if at[i] < width / 2 else ("end", -5.0)
        words = f"{found.methods[i]} {test.ranks[i]:.2f}"
        shapes.append(text(at[i] + shift, y, words, "strong" if place == 0 else "", anchor=anchor))
    said = ", ".join(f"{found.methods[i]} {test.ranks[i]:.2f}" for i in order)
    return figure(width, height, f"cd-{n}", axis.title, f"Average ranks: {said}.", shapes)


def _overall(found: Standing) -> str:
    whole = np.isfinite(found.curves).all(axis=(0, 2))
    if not whole.any():
        return "<p>No problem has been run by all methods.</p>"
    mean = found.curves[:, whole].mean(axis=1)
    svg = draw_anytime(found.methods, mean, title="mean regret", key="all", width=760.0)
    return figures([svg])


def _each(found: Standing) -> str:
    return figures(
        (
            draw_anytime(found.methods, found.curves[:, j], title=name, key=f"p{j}")
            for j, name in enumerate(found.problems)
        ),
        "pair",
    )


def _diagram(found: Standing, n: int) -> str:
    svg = draw_ranks(found, n)
    return figures([svg]) if svg else ""


def _ranks(found: Standing, at: list[int]) -> str:
    heads = ["method", *[f"rank at {n}" for n in at], *[f"mean regret at {n}" for n in at], "CPU s"]
    ranks = {n: np.nanmean(found.ranks(n), axis=1) for n in at}
    rows = []
    for i in np.argsort(ranks[at[-1]], kind="stable").tolist():
        regret = [number(float(np.nanmean(found.curves[i, :, n - 1])), 3) for n in at]
        cpu = number(float(np.nanmean(found.seconds[i])), 3)
        rows.append([found.methods[i], *[f"{ranks[n][i]:.2f}" for n in at], *regret, cpu])
    return table(heads, rows)


def _regrets(found: Standing, n: int) -> str:
    rows = []
    for j, name in enumerate(found.problems):
        rows.append([name, *[number(float(v), 3) for v in found.curves[:, j, n - 1]]])
    return folded(f"after {n} trials", table(["problem", *found.methods], rows))
