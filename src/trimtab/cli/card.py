"""`trimtab card`: a study on one page, Markdown or HTML by the name of the file.

Mitchell et al. (2019), Model Cards for Model Reporting.
"""

from pathlib import Path

import click

from trimtab.cli.place import STORAGE, STUDY, open_study
from trimtab.viz.card import card as markdown
from trimtab.viz.report import write_report


@click.command()
@STORAGE
@STUDY
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    help="Write it there; .html: the full report.",
)
def card(storage: str, study: str | None, output: str | None) -> None:
    """A STUDY on one page: Markdown to standard output, or a file; the full report for .html."""
    found = open_study(storage, study)
    if output is None:
        click.echo(markdown(found), nl=False)
        return
    path = Path(output)
    if path.suffix.lower() in (".html", ".htm"):
        write_report(found, path)
    else:
        path.write_text(markdown(found), encoding="utf-8")
    click.echo(str(path), err=True)
