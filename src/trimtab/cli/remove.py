"""`trimtab rm`: delete a study. Like rm(1) (POSIX 2017) it is final; unlike it, it asks first."""

import click

from trimtab.cli.place import STORAGE, existing
from trimtab.study.create import delete_study, find_study


@click.command()
@STORAGE
@click.argument("study")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def remove(storage: str, study: str, yes: bool) -> None:
    """Delete STUDY and all of its trials from STORAGE."""
    journal = existing(storage)
    row = find_study(journal, study)
    if not yes:
        click.confirm(
            f"Delete study {row.name!r} with its {row.n_trials} trials?", abort=True, err=True
        )
    delete_study(storage=journal, study_name=row.name)
    click.echo(f"deleted study {row.name!r}", err=True)
