"""What the verbs print on standard output: JSON documents, and tables for eyes or for other programs.

On a terminal a table is drawn with lines and may wrap; anywhere else it is plain text in aligned
columns, so that `awk` and `cut` can read it (Kernighan and Pike 1984, on programs that are filters).
"""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click


def print_json(document: Any) -> None:
    """Print one JSON document; what JSON cannot say (infinities, objects) is printed as text."""
    click.echo(to_json(document, indent=2))


def to_json(document: Any, indent: int | None = None) -> str:
    """Strict JSON of plain values, mappings, sequences, and anything else as its text."""
    text = json.dumps(_plain(document), indent=indent, ensure_ascii=False, allow_nan=False)
    return text if text.isascii() else "".join(map(_in_json, text))


def _in_json(character: str) -> str:
    """What a terminal would obey (C1 controls, changes of direction) as JSON's own escape."""
    if character.isprintable() or character == "\n":
        return character
    return json.dumps(character)[1:-1]


def safe(text: str) -> str:
    """Text that a terminal only shows: all but line breaks and tabs that it would obey is spelled out."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else _spelled(c) for c in text)


def _spelled(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return repr(value)


def print_table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table; numbers are aligned to the right."""
    head = [cell_of(name) for name in head]
    cells = [[cell_of(value) for value in row] for row in rows]
    right = [any(_is_number(row[i]) for row in rows) for i in range(len(head))]
    if sys.stdout.isatty():
        _print_drawn(head, cells, right)
        return
    widths = [max(len(row[i]) for row in [list(head), *cells]) for i in range(len(head))]
    for row in [list(head), *cells]:
        padded = [
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(row, widths, right, strict=True)
        ]
        click.echo("  ".join(padded).rstrip())


def _print_drawn(head: Sequence[str], cells: list[list[str]], right: list[bool]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, header_style="bold")
    for name, is_right in zip(head, right, strict=True):
        table.add_column(Text(name), justify="right" if is_right else "left")
    for row in cells:
        table.add_row(*map(Text, row))  # as Text: values may hold what Rich takes for markup
    Console().print(table)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def cell_of(value: Any) -> str:
    """One value for eyes, on one line; an empty text for None."""
    if value is None:
        return ""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return (
        text if text.isprintable() else "".join(c if c.isprintable() else _spelled(c) for c in text)
    )


def pairs_of(config: Mapping[str, Any]) -> str:
    """A configuration on one line: `lr=0.001 depth=3`."""
    return " ".join(f"{cell_of(name)}={cell_of(value)}" for name, value in config.items())
