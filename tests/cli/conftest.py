"""Studies for the reading verbs."""

import shutil
from pathlib import Path

import pytest

from trimtab import create_study


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with one study, `mine`: trials complete, failed, pruned, complete and running."""
    path = tmp_path_factory.mktemp("cli") / "study.db"
    space = {"lr": "1e-5..1e-1 log", "opt": ["adam", "[red]sgd"]}
    study = create_study(space, direction="maximize", storage=path, study_name="mine", seed=7)
    trials = study.ask(5, lease=3600)  # the tests may come to it late
    study.tell(trials[0], 0.25)
    study.tell(trials[1], "out of memory\n, twice", state="failed")
    study.tell(trials[2], 0.125, state="pruned")
    study.tell(trials[3], 0.5)
    study.ledger.journal.close()
    return path


@pytest.fixture
def storage(original: Path, tmp_path: Path) -> str:
    """A copy of that file, to do with as one likes."""
    return str(shutil.copy(original, tmp_path / "study.db"))
