"""`trimtab export`: a study as CSV (RFC 4180, 2005), JSON, or JSON lines."""

import csv
import io
import os
from pathlib import Path
from typing import Any

import click

from trimtab.cli.place import STORAGE, STUDY, open_study
from trimtab.cli.record import as_document, flat, metrics_of
from trimtab.cli.table import to_json
from trimtab.errors import InvalidArgument
from trimtab.study.study import Study


@click.command()
@STORAGE
@STUDY
@click.option("--format", "form", type=click.Choice(["csv", "json", "jsonl"]),
              help="Default: as FILE is called, else csv.")  # fmt: skip
@click.option("-o", "--output", metavar="FILE", help="Write there, at once or not at all.")
def export(storage: str, study: str | None, form: str | None, output: str | None) -> None:
    """STUDY, the only one in STORAGE unless named, as CSV, JSON or JSON lines."""
    found = open_study(storage, study)
    suffix = Path(output).suffix.lstrip(".").lower() if output else ""
    text = _WRITERS[form or (suffix if suffix in _WRITERS else "csv")](found)
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(Path(output), text)


def _as_csv(study: Study) -> str:
    rows = flat(study.trials, metrics_of(study))
    out = io.StringIO(newline="")
    head = list(rows[0]) if rows else list(flat([], []))
    writer = csv.DictWriter(out, head)
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    """Numbers in full precision, text as it is, and everything else as JSON."""
    if isinstance(value, str | float) or value is None:
        return value
    return to_json(value)


def _as_json(study: Study) -> str:
    document = {
        "name": study.name,
        "directions": [direction.value for direction in study.directions],
        "metrics": metrics_of(study),
        "space": study.space.to_dict(),
        "user_attrs": study.user_attrs,
        "trials": [as_document(record) for record in study.trials],
    }
    return to_json(document, indent=2) + "\n"


def _as_lines(study: Study) -> str:
    return "".join(to_json(as_document(record)) + "\n" for record in study.trials)


_WRITERS = {"csv": _as_csv, "json": _as_json, "jsonl": _as_lines}


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(text.encode())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise InvalidArgument(f"--output {path}: cannot be written: {error.strerror}") from error
