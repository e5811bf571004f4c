"""Where a PostgreSQL storage is: the server, the schema of its tables, the folder of its checkpoints.

The url is libpq's (https://www.postgresql.org/docs/16/libpq-connect.html, 2023), with two
settings of our own.
"""

import os
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from trimtab.errors import InvalidArgument

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,40}")


class Place:
    """What a url says.

    Raises:
        InvalidArgument: the schema's name is not one, or the url cannot be read.
    """

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            query = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        except ValueError as error:  # the url may hold a password: it is not repeated
            raise InvalidArgument(
                f"storage: the url cannot be read ({type(error).__name__}); write "
                "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, special characters as %XX"
            ) from None
        self.schema = query.pop("schema", "trimtab")
        self.checkpoints = query.pop("checkpoints", None)
        if not _SCHEMA.fullmatch(self.schema) or self.schema.startswith("pg_"):
            raise InvalidArgument(
                f"storage: schema={self.schema!r} is no name for a schema; use small letters, digits and "
                "underscores, e.g. ?schema=trimtab"
            )
        self.dsn = urlunsplit(("postgresql", parts.netloc, parts.path, urlencode(query), ""))
        host = parts.netloc.rpartition("@")[2] or query.get("host", "localhost")
        self.where = f"'postgresql://{host}{parts.path}'"  # without the password


def checkpoint_folder(given: str | None, uuid: str) -> Path:
    """The folder for the checkpoints of one storage: as given, else in this user's state folder."""
    if given is not None:
        return Path(given).expanduser()
    return state_folder() / "checkpoints" / uuid


def state_folder() -> Path:
    """This user's folder for what has to outlive a process."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "trimtab"
