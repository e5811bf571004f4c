import sqlite3
from pathlib import Path

import pytest

from trimtab.core.event import Asked
from trimtab.core.journal import StudySpec
from trimtab.core.trial import Outcome, TrialState
from trimtab.space.domain import Float
from trimtab.space.space import Space
from trimtab.storage.lease import Clock, Owner

SPACE = Space({"x": Float(0.0, 1.0), "y": Float(0.0, 1.0)})


class FakeClock(Clock):
    """A machine on which time passes, and processes die, when the test says so."""

    def __init__(self, pid: int = 1) -> None:
        self.seconds = 1000.0
        self.dead: set[int] = set()
        self.me = Owner(pid, pid, "pids", "boot", "host")

    def now(self) -> int:
        return int(self.seconds * 1e9)

    def owner(self) -> Owner:
        return self.me

    def is_alive(self, owner: Owner) -> bool:
        return owner.pid not in self.dead


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "study.db"


@pytest.fixture(scope="session")
def spec():
    def make(name="s", directions=("minimize",), meta=None):
        return StudySpec(name, directions, SPACE.to_dict(), 7, {"name": "random"}, meta or {})

    return make


@pytest.fixture(scope="session")
def asked():
    return lambda x=0.25, **more: Asked(0, (x, None), **more)


@pytest.fixture(scope="session")
def complete():
    return lambda *values: Outcome(TrialState.COMPLETE, values)


@pytest.fixture
def raw(path):
    """A plain connection to the file, as another program would open it."""
    opened = []

    def connect() -> sqlite3.Connection:
        opened.append(sqlite3.connect(path, isolation_level=None, check_same_thread=False))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()
