"""SVG by hand: ticks at nice numbers, and the few shapes that the plots are made of.

Nice numbers after Heckbert (1990), Nice Numbers for Graph Labels, in Graphics Gems. All functions
are pure and return text; every word that comes from a user goes through `escape`. Colours are
classes (`pt`, `best`, `r0` to `r6`, ...), which the page's style sheet gives for light and dark.
"""

import html
import math
import re
from collections.abc import Iterable, Sequence

import numpy as np

from trimtab.typing import Array

RAMP = 7  # colour classes r0 (early, or worst) to r6 (late, or best)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_REORDERING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def escape(text: object) -> str:
    """Text that is safe between tags and in quoted attributes, of HTML and of XML.

    Characters that XML forbids, and those that reorder the text around them, become U+FFFD.
    """
    clean = _REORDERING.sub("\ufffd", _ILLEGAL.sub("\ufffd", str(text)))
    return html.escape(clean, quote=True)


def shortened(text: object, most: int) -> str:
    """The text, cut to `most` characters with an ellipsis; not escaped."""
    words = " ".join(str(text).split())
    return words if len(words) <= most else words[: most - 1] + "…"


def number(value: float, digits: int = 6) -> str:
    """A value for people: up to `digits` significant digits, no padding."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.{digits}g}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")


def ticks(low: float, high: float, most: int = 6) -> list[tuple[float, str]]:
    """At most `most` + 1 round numbers inside [low, high], with labels of equal precision."""
    span = high - low
    if not (math.isfinite(span) and span > 0) or span < abs(high) * 1e-12:
        return [(low, number(low, 4))]
    step = _nice(span / most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    places = next((p for p in range(6) if abs(round(step, p) - step) < step * 1e-6), 6)
    found = [i * step for i in range(first, last + 1)]
    largest = max(map(abs, found), default=0.0)
    if places > 5 or largest >= 1e6:
        digits = min(16, max(3, math.ceil(math.log10(largest / step + 1.0)) + 1))
        return [(v, _signed(number(v, digits))) for v in found]
    return [(v, _signed(f"{v + 0.0:.{places}f}")) for v in found]


def _signed(digits: str) -> str:
    """With a true minus sign before a negative number, and none before a zero."""
    if not digits.startswith("-"):
        return digits
    return digits[1:] if not digits.strip("-0.") else "\u2212" + digits[1:]


def _nice(rough: float) -> float:
    """The least of 1, 2, 2.5, 5 and 10 times a power of ten that is not below `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9))


def log_ticks(low: float, high: float, most: int = 6) -> list[tuple[float, str]]:
    """Powers of ten inside [low, high]; with less than two of them 1-2-5 steps; 0 < low < high."""
    start, end = math.log10(low), math.log10(high)
    first, last = math.ceil(start - 1e-9), math.floor(end + 1e-9)
    if last - first >= 1:
        stride = math.ceil((last - first + 1) / most)
        return [(10.0**e, _power(e)) for e in range(first, last + 1, stride)]
    fine = [m * 10.0**e for e in range(first - 1, last + 2) for m in (1, 2, 5)]
    inside = [v for v in fine if low * (1 - 1e-9) <= v <= high * (1 + 1e-9)]
    if len(inside) < 2:
        return ticks(low, high, most)
    return [(v, number(v, 3)) for v in inside]


def _power(exponent: int) -> str:
    if -3 <= exponent <= 4:
        return number(10.0**exponent)
    return "10" + str(exponent).translate(_SUPERSCRIPT)


def ramp(shares: Array) -> list[str]:
    """Colour classes for shares (n,) in [0, 1]."""
    steps = np.clip(np.nan_to_num(shares) * RAMP, 0, RAMP - 1).astype(int)
    return [f"r{step}" for step in steps.tolist()]


# -- shapes -----------------------------------------------------------------------------------------


def circle(
    x: float, y: float, r: float, cls: str, *, tip: str = "", trial: int | None = None
) -> str:
    """A circle; `tip` shows on hover, `trial` links it with the same trial elsewhere."""
    return _shape(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:g}"', "circle", cls, tip, trial)


def mark(
    path: str, x: float, y: float, cls: str, *, tip: str = "", trial: int | None = None
) -> str:
    """A small path, drawn around the origin and moved to (x, y)."""
    start = f'<path d="{path}" transform="translate({x:.1f} {y:.1f})"'
    return _shape(start, "path", cls, tip, trial)


def polyline(
    xs: Sequence[float], ys: Sequence[float], cls: str, *, tip: str = "", trial: int | None = None
) -> str:
    """A line through points; it is broken where a coordinate is NaN."""
    parts, pen = [], "M"
    for x, y in zip(xs, ys, strict=True):
        if math.isnan(x) or math.isnan(y):
            pen = "M"
            continue
        parts.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
    return _shape(f'<path d="{"".join(parts)}"', "path", cls + " line", tip, trial)


def _shape(start: str, tag: str, cls: str, tip: str, trial: int | None) -> str:
    link = "" if trial is None else f' data-n="{trial}"'
    end = f"><title>{escape(tip)}</title></{tag}>" if tip else "/>"
    return f'{start} class="{cls}"{link}{end}'


def line(x1: float, y1: float, x2: float, y2: float, cls: str) -> str:
    """A straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{cls}"/>'


def rect(x: float, y: float, width: float, height: float, cls: str) -> str:
    """A rectangle with its top left corner at (x, y)."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" '
        f'height="{max(height, 0):.1f}" class="{cls}"/>'
    )


def text(
    x: float, y: float, words: object, cls: str = "", *, anchor: str = "start", turn: float = 0.0
) -> str:
    """A line of text; `turn` rotates it around its anchor, degrees."""
    kind = f' class="{cls}"' if cls else ""
    rotate = f' transform="rotate({turn:g} {x:.1f} {y:.1f})"' if turn else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}{rotate}>{escape(words)}</text>'
    )


def figure(
    width: float, height: float, key: str, title: str, about: str, shapes: Iterable[str]
) -> str:
    """A whole SVG that fills its container; `title` and `about` are read to those who cannot see it.

    `key` is unique on the page.
    """
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-labelledby="{key}-t {key}-d" '
        f'xmlns="http://www.w3.org/2000/svg"><title id="{key}-t">{escape(title)}</title>'
        f'<desc id="{key}-d">{escape(about)}</desc>{"".join(shapes)}</svg>'
    )
