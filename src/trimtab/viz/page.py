"""One HTML page: the frame, the style sheet, the script, and small pieces of markup.

Nothing is loaded from anywhere, and a content security policy (W3C, CSP Level 3, 2016) makes the
browser keep to that: only the script whose digest stands in the page may run.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from importlib.resources import files

from trimtab.viz.svg import escape

Row = Sequence[object]


def page(title: str, heading: str, subtitle: str, body: Iterable[str], foot: str) -> str:
    """The whole document. `body` is markup, all else is text."""
    style, script = _asset("page.css"), _asset("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>"
        f"<header><div><h1>{escape(heading)}</h1><p>{escape(subtitle)}</p></div></header>"
        f"<main>{''.join(body)}</main><footer>{escape(foot)}</footer>"
        f"<script>{script}</script></body></html>\n"
    )


def _asset(name: str) -> str:
    return files("trimtab.viz").joinpath(name).read_text(encoding="utf-8")


def section(key: str, heading: str, note: str, *body: str) -> str:
    """A card; `body` is markup, heading and note are text. `key` is its id on the page."""
    about = f'<p class="note">{escape(note)}</p>' if note else ""
    start = f'<section id="{escape(key)}" aria-labelledby="{escape(key)}-h">'
    return f'{start}<h2 id="{escape(key)}-h">{escape(heading)}</h2>{about}{"".join(body)}</section>'


def tile(value: object, label: str, cls: str = "") -> str:
    """A number with what it says."""
    return f'<div class="tile {cls}"><b>{escape(value)}</b><span>{escape(label)}</span></div>'


def figures(svgs: Iterable[str], cls: str = "") -> str:
    """Plots side by side, as many in a row as fit."""
    return f'<div class="{cls}">{"".join(f"<figure>{svg}</figure>" for svg in svgs)}</div>'


def wide_and_narrow(wide: str, narrow: str) -> str:
    """A plot in two widths; the style sheet shows the one that fits the screen."""
    return f'<figure class="wide">{wide}</figure><figure class="narrow">{narrow}</figure>'


def legend(entries: Iterable[tuple[str, str]]) -> str:
    """A key to the marks: (SVG shapes around (0, 0), what they mean)."""
    items = []
    for shapes, meaning in entries:
        long = 'class="long" viewBox="-32 -6 64 12"' if "<g>" in shapes else 'viewBox="-8 -6 16 12"'
        items.append(f'<li><svg {long} aria-hidden="true">{shapes}</svg>{escape(meaning)}</li>')
    return f'<ul class="key">{"".join(items)}</ul>'


def pairs(rows: Iterable[tuple[object, object]]) -> str:
    """A table of names and values."""
    cells = "".join(
        f'<tr><th scope="row">{escape(k)}</th><td>{escape(v)}</td></tr>' for k, v in rows
    )
    return f'<table class="pairs"><tbody>{cells}</tbody></table>'


def cards(rows: Iterable[tuple[object, object]]) -> str:
    """Names above values, as many side by side as fit."""
    cells = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in rows)
    return f'<dl class="config">{cells}</dl>'


def table(heads: Row, rows: Iterable[Row]) -> str:
    """A plain table that may be wider than the screen."""
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(c)}</td>' for c in row)}</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex="0"><table class="full"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def folded(summary: str, body: str) -> str:
    """Markup that is shown when asked for; `summary` is text."""
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"
