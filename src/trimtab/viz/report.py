"""The report: a study on one HTML page that needs nothing else, for reading, sending and archiving.

What it shows follows the reporting checklists of Dodge et al. (2019), Show Your Work: space, budget,
seed, all results and not only the best, code and machine. All plots are inline SVG; the page is complete
without its script, which only adds tooltips, linked highlighting and sorting.
"""

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from trimtab.analysis.usage import used
from trimtab.core.history import COMPLETE, FAILED, PRUNED
from trimtab.core.journal import StudyRow
from trimtab.study.study import Study
from trimtab.viz import page
from trimtab.viz.curves import MOST_CURVES, curves, draw_curves
from trimtab.viz.history import CROSS, DIAMOND, MOST_POINTS, draw_history
from trimtab.viz.lineage import draw_lineage
from trimtab.viz.parallel import MOST_AXES, draw_parallel, width_of
from trimtab.viz.pareto import draw_pareto
from trimtab.viz.provenance import provenance_table
from trimtab.viz.slices import MOST_SLICES, draw_slices
from trimtab.viz.svg import RAMP, circle, escape, line, mark, number
from trimtab.viz.trials import failures, leading, trials_table
from trimtab.viz.view import View, duration, shown, view_of

_WIDE, _NARROW = 980.0, 360.0
_FIRST = (circle(0, 0, 5, "best"), "best")
_MARKS = {
    "complete": (circle(0, 0, 3.5, "pt"), "complete"),
    "pruned": (mark(DIAMOND, 0, 0, "pruned"), "pruned"),
    "failed": (mark(CROSS, 0, 0, "failed"), "failed"),
    "broken": (circle(0, 0, 3.5, "broken"), "breaks a constraint"),
    "so-far": (line(-8, 0, 8, 0, "so-far"), "best so far"),
}


@dataclass(frozen=True)
class Section:
    """Something of your own in the report. All of it is text, except `figure`.

    figure: an SVG from one of this package's functions, put into the page as it is.
    """

    heading: str
    paragraphs: Sequence[str] = ()
    rows: Sequence[tuple[str, str]] = ()
    figure: str = ""


def write_report(
    study: Study, path: str | os.PathLike[str], *, sections: Sequence[Section] = ()
) -> Path:
    """Write the report of a study as one HTML file, and return where it is.

    path: its folder is made if need be; an existing file is replaced in one step, never half written.
    sections: what to add after the headline.

    Raises:
        OSError: the folder or the file cannot be written.
    """
    target = Path(path)
    words = report(study, sections=sections)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, spare = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(words)
        os.chmod(spare, 0o644)
        os.replace(spare, target)
    except OSError:
        Path(spare).unlink(missing_ok=True)
        raise
    return target


def report(study: Study, *, sections: Sequence[Section] = ()) -> str:
    """The report as HTML text."""
    with study.ledger.lock:
        view = view_of(study.history)
        row = next(r for r in study.ledger.journal.studies() if r.id == study.ledger.id)
        body = list(_body(view, row, sections))
    goal = " and ".join(f"{d.value} {view.label(i)}" for i, d in enumerate(view.history.directions))
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    subtitle = f"{goal.capitalize()} over {len(view.history.space)} parameters · {now}"
    return page.page(
        f"{row.name} · Trimtab report", row.name, subtitle, body, "Written by Trimtab."
    )


def _body(view: View, row: StudyRow, sections: Sequence[Section]) -> Iterable[str]:
    yield _tiles(view)
    yield _best(view)
    for i, extra in enumerate(sections):
        yield _own(extra, f"own{i}")
    if len(view.values):
        yield from _plots(view)
    top = leading(view)
    if top:
        note = f"The best {len(top)} of {view.n}." if view.n > len(top) else ""
        yield page.section("trials", "Trials", note, trials_table(view, top))
    if view.failed.any():
        note = f"{int(view.failed.sum())} of {view.n} trials failed, by the last line of what they said."
        yield page.section("failures", "Failures", note, failures(view))
    yield _space(view)
    yield page.section("provenance", "Provenance", "", provenance_table(row, view.history.sampler))


def _tiles(view: View) -> str:
    counts, table = view.history.counts, view.history.table
    if view.n_objectives > 1:
        first = page.tile(len(view.front), "trials on the Pareto front", "first")
    elif view.best is None:
        first = page.tile("none", "usable result so far", "first")
    else:
        best = number(float(view.values[view.best, 0]))
        first = page.tile(best, f"best value, by trial {view.best}", "first")
    parts = [
        f"{counts[c]} {w}"
        for c, w in ((COMPLETE, "complete"), (PRUNED, "pruned"), (FAILED, "failed"))
    ]
    left = view.n - view.history.n_finished
    parts += [f"{left} open"] if left else []
    tiles = [first, page.tile(view.n, "trials: " + ", ".join(p for p in parts if p[0] != "0"))]
    start, end = table.started[: view.n], table.ended[: view.n]
    if np.isfinite(start).any() and np.isfinite(end).any():
        span = float(np.nanmax(end) - np.nanmin(start))
        tiles.append(page.tile(duration(max(span, 0.0)), "from first start to last end"))
    seconds = table.seconds[: view.n]
    if np.isfinite(seconds).any():
        tiles.append(page.tile(duration(float(np.nanmedian(seconds))), "median of a trial"))
    usage = used(view.history)
    if usage.busy_with_cpu > 0:
        tiles.append(page.tile(duration(usage.cpu_seconds), "of CPU time, children included"))
    if usage.peak is not None:
        size = f"{usage.peak / 2**20:.0f} MiB"
        tiles.append(page.tile(size, f"of memory at most, by trial {usage.peak_trial}"))
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _best(view: View) -> str:
    if view.best is None:
        return ""
    config = view.history.config(view.best)
    if not config:
        return ""
    rows = [(name, shown(value, 400)) for name, value in config.items()]
    return page.section("best", "Best configuration", f"Trial {view.best}.", page.cards(rows))


def _own(extra: Section, key: str) -> str:
    body = [f"<p>{escape(words)}</p>" for words in extra.paragraphs]
    if extra.figure:
        body.append(f'<figure style="max-width:33rem">{extra.figure}</figure>')
    if extra.rows:
        body.append(page.pairs(extra.rows))
    return page.section(key, extra.heading, "", *body)


def _plots(view: View) -> Iterable[str]:
    names, m = view.history.space.names, view.n_objectives
    if m > 1:
        note = "Each point is a complete trial. No other trial beats a coloured one in every objective."
        yield page.section(
            "pareto", "Pareto front", note, page.figures(draw_pareto(view, "pareto"), "pair")
        )
    drawn = [
        page.wide_and_narrow(
            draw_history(view, i, _WIDE, f"history{i}"),
            draw_history(view, i, _NARROW, f"historyn{i}"),
        )
        for i in range(m)
    ]
    yield page.section("history", "Progress", _thinning(view), *drawn, page.legend(_key(view)))
    if names and view.complete.any():
        yield _slices(view)
        best = "the best fifth" if m == 1 else "those on the Pareto front"
        note = f"All complete trials are grey, {best} coloured."
        note += f" The first {MOST_AXES} parameters." if len(names) > MOST_AXES else ""
        plot = f'<div class="scroll" tabindex="0"><figure style="min-width:{width_of(view):g}px">'
        plot += f"{draw_parallel(view, 'parallel')}</figure></div>"
        yield page.section("parallel", "What the best have in common", note, plot)
    found = curves(view)
    if found:
        note = f"{MOST_CURVES} of {len(found)} trials." if len(found) > MOST_CURVES else ""
        plot = page.wide_and_narrow(
            draw_curves(view, _WIDE, "curves"), draw_curves(view, _NARROW, "curvesn")
        )
        yield page.section("curves", "What trials reported while they ran", note, plot)
    if view.history.origins:
        note = "The line of the best trial is coloured; marks show who was stopped."
        drawn = [draw_lineage(view, w, k) for w, k in ((_WIDE, "lineage"), (_NARROW, "lineagen"))]
        yield page.section("lineage", "Who went on from whom", note, page.wide_and_narrow(*drawn))


def _slices(view: View) -> str:
    names = view.history.space.names
    note = "Every result against one parameter at a time, on the parameter's own scale."
    if len(names) > MOST_SLICES:
        note += f" The first {MOST_SLICES} of {len(names)} parameters."
    dots = "".join(circle(-27 + 9 * i, 0, 3.5, f"r{i}") for i in range(RAMP))
    first = _FIRST if view.n_objectives == 1 else (_FIRST[0], "on the Pareto front")
    key = page.legend([(f"<g>{dots}</g>", "early to late"), first])
    body = [page.figures(draw_slices(view, 0, "slice"), "grid"), key]
    for i in range(1, view.n_objectives):
        plots = page.figures(draw_slices(view, i, f"slice{i}-"), "grid")
        body.append(page.folded(f"The same for {view.label(i)}", plots))
    return page.section("slices", "By parameter", note, *body)


def _key(view: View) -> list[tuple[str, str]]:
    first = _FIRST if view.n_objectives == 1 else (_FIRST[0], "on the Pareto front")
    found = [_MARKS["complete"], _MARKS["so-far"], first]
    for name, mask in (
        ("pruned", view.pruned),
        ("failed", view.failed),
        ("broken", view.infeasible),
    ):
        found += [_MARKS[name]] if mask.any() else []
    return found


def _thinning(view: View) -> str:
    note = "Results far worse than the rest lie on the edge." if _is_cut(view) else ""
    return note + (f" {MOST_POINTS} of {view.n} trials are drawn." if view.n > MOST_POINTS else "")


def _is_cut(view: View) -> bool:
    for i in range(view.n_objectives):
        axis, values = view.axis(i), view.values[view.complete, i]
        if np.any(values > axis.high) or np.any(values < axis.low):
            return True
    return False


def _space(view: View) -> str:
    space = view.history.space
    if not len(space):
        return ""
    heads = ["parameter", "domain", "active when"]
    rows = [
        (name, domain.text(), space.conditions[name].text() if name in space.conditions else "")
        for name, domain in space.domains.items()
    ]
    if not space.conditions:
        heads, rows = heads[:2], [row[:2] for row in rows]  # type: ignore[misc]
    rules = "".join(f"<p>where <code>{escape(c.text())}</code></p>" for c in space.constraints)
    return page.section(
        "space", "Search space", f"Digest {space.sha256[:12]}.", page.table(heads, rows), rules
    )
