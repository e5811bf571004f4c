"""`trimtab doctor`: is a storage whole, up to date, well placed, and are its workers alive?

Named after brew doctor (Homebrew 2009); like fsck(8) it says what it found in its exit code.
"""

from dataclasses import asdict

import click

from trimtab.cli import exit_code
from trimtab.cli.place import JSON, STORAGE
from trimtab.cli.table import print_json, print_table
from trimtab.storage.doctor import BAD, examine


@click.command()
@STORAGE
@JSON
@click.pass_context
def doctor(ctx: click.Context, /, storage: str, as_json: bool) -> None:
    """Check STORAGE, without changing it: file system, integrity, version (with a dry run of a
    migration), and the leases of running trials. Exit code 1 if something is broken."""
    found = examine(storage)
    if as_json:
        print_json([asdict(finding) for finding in found])
    else:
        print_table(("check", "is", "found"), [(f.check, f.level, f.text) for f in found])
    ctx.exit(exit_code.ERROR if any(f.level == BAD for f in found) else exit_code.DONE)
