"""A study on one page of Markdown: what was asked, with which budget, where, and what came of it.

What a card should state follows Mitchell et al. (2019), Model Cards for Model Reporting.
"""

import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from trimtab.analysis.edge import edges
from trimtab.analysis.timing import timing
from trimtab.analysis.usage import used
from trimtab.core.history import COMPLETE, FAILED, PRUNED, History
from trimtab.core.trial import Record
from trimtab.errors import NothingYet
from trimtab.evaluation.evaluator import ERROR, SCORES
from trimtab.evaluation.statistic import student
from trimtab.study.create import find_study
from trimtab.study.study import Study

_DIRTY = " with uncommitted changes"
_TOP = 10  # trials in the table


def card(study: Study) -> str:
    """The study as Markdown."""
    history = study.history
    row = find_study(study.ledger.journal, study.name)
    meta, git = row.meta, row.meta.get("git") or {}
    goals = ", ".join(d.value for d in history.directions)
    lines = [
        f"# Study {_plain(study.name)}",
        "",
        f"{goals.capitalize()} over {len(history.space.names)} parameters; "
        f"created {time.strftime('%Y-%m-%d %H:%M', time.gmtime(row.created))} UTC.",
        "",
        "## Budget",
        "",
        f"- {len(history)} trials: {history.counts[COMPLETE]} complete, {history.counts[PRUNED]} pruned, "
        f"{history.counts[FAILED]} failed",
        f"- {timing(history)}",
        f"- {used(history)}",
        "",
        "## Best",
        "",
        *_best(study, history),
        "",
        "## Space",
        "",
        "```",
        *history.space.describe().splitlines(),
        "```",
        "",
        "## Where it comes from",
        "",
        f"- seed {row.seed}, sampler {_plain(_settings(history.sampler))}",
        f"- commit {git.get('commit', 'unknown')}{_DIRTY if git.get('is_dirty') else ''}",
        f"- Python {meta.get('python', 'unknown')}; "
        + (
            ", ".join(f"{k} {v}" for k, v in meta.get("packages", {}).items()) or "versions unknown"
        ),
    ]
    return _shown("\n".join(lines)) + "\n"


def _best(study: Study, history: History) -> Iterable[str]:
    single = len(history.directions) == 1
    try:
        top = [study.best] if single else study.best_trials
    except NothingYet as error:
        return [str(error)]
    if not top:
        return ["No feasible trial is complete yet."]
    ranked = _ranked(history)[:_TOP] if single else top
    lines = [_row(r, history) for r in ranked]
    head = ["| trial | value | interval | " + " | ".join(map(_plain, history.space.names)) + " |"]
    rule = ["|---" * (3 + len(history.space.names)) + "|"]
    notes = [f"- {_plain(str(edge))}" for edge in edges(history)]
    optimism = [
        "",
        "The best of many noisy scores flatters itself: score the configuration again on data that the "
        "search has not used before you report it.",
    ]
    return [*head, *rule, *lines, *([""] if notes else []), *notes, *optimism]


def _ranked(history: History) -> list[Record]:
    losses = np.where(history.is_feasible(), history.losses()[:, 0], np.nan)
    order = np.argsort(losses, kind="stable")
    return [history.record(int(i)) for i in order if np.isfinite(losses[i])]


def _row(record: Record, history: History) -> str:
    values = ", ".join(f"{v:.6g}" for v in record.values or ())
    cells = [_cell(record.config.get(name, "")) for name in history.space.names]
    return f"| {record.number} | {values} | {_interval(record)} | " + " | ".join(cells) + " |"


def _interval(record: Record) -> str:
    """The interval of a score that is a mean over folds or repeats, by the error that they noted."""
    scores, error = record.user_attrs.get(SCORES), record.user_attrs.get(ERROR)
    n = len(scores) if isinstance(scores, list) else 1
    if (
        n < 2
        or not isinstance(error, float)
        or record.value is None
        or len(record.values or ()) > 1
    ):
        return "n=1, no interval" if n < 2 else f"n={n}, no interval"
    found = student(record.value, error, n - 1, 0.95)
    return f"95 %: {found.low:.4g} to {found.high:.4g}, n={n}"


def _cell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else _plain(str(value))


def _settings(sampler: dict[str, Any]) -> str:
    rest = ", ".join(f"{k}={v!r}" for k, v in sampler.items() if k != "name")
    return f"{sampler.get('name', 'unknown')}({rest})"


def _shown(text: str) -> str:
    """Text with all that a terminal would obey, line breaks aside, spelled out."""
    return "".join(
        c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode("ascii")
        for c in text
    )


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    escaped = "".join(f"\\{c}" if c in "\\`*_{}[]<>#|" else c for c in text)
    return " ".join(escaped.split())
