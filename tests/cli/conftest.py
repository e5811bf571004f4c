"""Studies for the reading verbs."""

from pathlib import Path

import pytest

from trimtab import create_study


@pytest.fixture
def storage(tmp_path: Path) -> str:
    """A file with one study, `mine`: trials complete, failed, pruned, complete and running."""
    path = str(tmp_path / "study.db")
    space = {"lr": "1e-5..1e-1 log", "opt": ["adam", "[red]sgd"]}
    study = create_study(space, direction="maximize", storage=path, study_name="mine", seed=7)
    trials = study.ask(5)
    study.tell(trials[0], 0.25)
    study.tell(trials[1], "out of memory\n, twice", state="failed")
    study.tell(trials[2], 0.125, state="pruned")
    study.tell(trials[3], 0.5)
    return path
