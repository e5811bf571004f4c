"""Where a study is: the arguments STORAGE and STUDY, and the study that they name.

A path without a scheme is a storage. Reading verbs never create one: a mistyped path is an error,
as it is for any Unix filter (POSIX 2017).
"""

from collections.abc import Callable
from typing import Any

import click

from trimtab.core.journal import Journal
from trimtab.storage.locate import open_storage
from trimtab.study.create import load_study
from trimtab.study.study import Study

STORAGE = click.argument("storage")
STUDY = click.argument("study", required=False)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def options(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several click decorators as one, in the order in which the help shall list them."""

    def decorate(command: Any) -> Any:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


def existing(storage: str) -> Journal:
    """The storage at a path or URL, which must be there already.

    Raises:
        StorageError: there is no such file, or it cannot be used.
    """
    return open_storage(storage, create=False)


def open_study(storage: str, name: str | None) -> Study:
    """A study of an existing storage; without a name, the only one.

    Raises:
        StorageError: no such storage.
        StudyNotFound: no such study; the message lists those there are.
    """
    return load_study(storage=existing(storage), study_name=name)
