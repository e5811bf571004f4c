"""Trials as tables: the best ones, and the failed ones grouped by what they said."""

from collections.abc import Iterable

import numpy as np

from trimtab.core.trial import Record
from trimtab.space.columns import CATEGORICAL, ORDINAL
from trimtab.viz.page import folded
from trimtab.viz.svg import escape, number, shortened
from trimtab.viz.view import View, shown

MOST_REASONS = 12
_LONGEST = 20_000  # characters of a traceback


def leading(view: View, most: int = 20) -> list[int]:
    """The numbers of the best trials: by value, or with several objectives the front before the rest."""
    usable = np.flatnonzero(~np.isnan(view.losses).any(axis=1))
    behind = ~np.isin(usable, view.front) if view.n_objectives > 1 else np.zeros(len(usable), bool)
    order = np.lexsort((usable, view.losses[usable, 0], behind))
    return usable[order][:most].tolist()


def trials_table(view: View, numbers: Iterable[int]) -> str:
    """A table that the page's script makes sortable."""
    names = view.history.space.names
    labels = [view.label(i) for i in range(view.n_objectives)]
    records = [view.history.record(i) for i in numbers]
    cpu = [getattr(r.usage, "cpu_seconds", None) for r in records]
    peak = [getattr(r.usage, "peak_rss", None) for r in records]
    numeric = ["trial", *labels, "seconds"]
    numeric += ["CPU s"] * any(c is not None for c in cpu) + ["MiB"] * any(peak)
    head = "".join(f'<th scope="col" class="n">{escape(h)}</th>' for h in numeric)
    kinds = view.history.space.columns.kind
    for name, kind in zip(names, kinds.tolist(), strict=True):
        cls = "" if kind in (CATEGORICAL, ORDINAL) else ' class="n"'
        head += f'<th scope="col"{cls}>{escape(shortened(name, 30))}</th>'
    front = set(view.front.tolist())
    rows = []
    for record, seconds, held in zip(records, cpu, peak, strict=True):
        i = record.number
        cells = [_cell(v) for v in record.values or ()]
        cells.append(_cell(record.seconds, 3))
        cells += [_cell(seconds, 3)] * ("CPU s" in numeric)
        cells += [_cell(None if held is None else held / 2**20, 3)] * ("MiB" in numeric)
        cells += [_cell(record.config[n]) if n in record.config else "<td></td>" for n in names]
        lead = ' class="lead"' if i in front else ""
        first = f'<th scope="row" class="n" data-v="{i}">{i}</th>'
        rows.append(f'<tr data-n="{i}"{lead}>{first}{"".join(cells)}</tr>')
    return (
        f'<div class="scroll" tabindex="0"><table class="full trials"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(value: object, digits: int = 5) -> str:
    if value is None:
        return '<td class="n"></td>'
    if isinstance(value, int | float) and not isinstance(value, bool):
        words = number(value, digits) if isinstance(value, float) else str(value)
        return f'<td class="n" data-v="{escape(repr(value))}">{escape(words)}</td>'
    return f"<td>{escape(shown(value))}</td>"


def reasons(view: View) -> dict[str, list[Record]]:
    """The failed trials by the last line of their reason, the most frequent first."""
    found: dict[str, list[Record]] = {}
    for i in np.flatnonzero(view.failed).tolist():
        record = view.history.record(i)
        lines = (record.reason or "").strip().splitlines()
        found.setdefault(shortened(lines[-1] if lines else "no reason given", 240), []).append(
            record
        )
    return dict(sorted(found.items(), key=lambda pair: -len(pair[1])))


def failures(view: View) -> str:
    """One fold for each reason, with the trials' numbers and the whole text of the last one."""
    groups = reasons(view)
    parts = []
    for reason, records in list(groups.items())[:MOST_REASONS]:
        numbers = ", ".join(str(r.number) for r in records[:40])
        numbers += f" and {len(records) - 40} more" if len(records) > 40 else ""
        last = records[-1]
        config = ", ".join(f"{k} = {shown(v)}" for k, v in last.config.items())
        body = f'<p class="note">{escape(f"Trials {numbers}.")}</p>'
        body += f"<pre>{escape(f'trial {last.number}: {config}')}\n\n"
        body += f"{escape((last.reason or '')[-_LONGEST:])}</pre>"
        fold = folded(reason, body)
        parts.append(
            fold.replace("<summary>", f'<summary><span class="count">{len(records)}</span>', 1)
        )
    if len(groups) > MOST_REASONS:
        parts.append(
            f'<p class="note">{len(groups) - MOST_REASONS} rarer reasons are not shown.</p>'
        )
    return "".join(parts)
