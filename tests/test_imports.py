"""What is loaded when: importing is cheap, and nobody pays for what is not used."""

import subprocess
import sys

import pytest

import trimtab as tt

HEAVY = ("numpy", "scipy", "pandas", "sklearn", "torch", "matplotlib", "rich", "sqlite3", "optuna")


def loaded_by(text):
    """Which of the heavy modules are loaded after running a script."""
    tail = f"\nimport sys\nprint(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", text + tail],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.split())


def test_importing_loads_nothing_heavy():
    assert loaded_by("import trimtab") == set()


def test_the_packages_of_pieces_load_nothing_before_a_name_is_used():
    assert loaded_by("import trimtab as tt; tt.design, tt.surrogate, tt.acquisition") == set()
    assert loaded_by("from trimtab.surrogate import GaussianProcess, matern") <= {"numpy"}


SPACE = """
import trimtab as tt
space = {"x": tt.Float(1e-5, 1, log=True), "k": tt.Int(1, 9), "c": ["a", "b"]}
study = tt.minimize(lambda x, k, c: x * k, space, n_trials=4, STORAGE, progress=False)
assert study.best.value > 0
"""


def test_the_first_trials_in_memory_need_numpy_only():
    assert loaded_by(SPACE.replace("STORAGE", "storage=None")) <= {"numpy", "sqlite3"}


@pytest.mark.parametrize("sampler", ["sobol", "grid", "latin_hypercube"])
def test_designs_do_not_need_scipy_either(sampler):
    text = SPACE.replace("STORAGE", f"sampler={sampler!r}").replace(
        "tt.Float(1e-5, 1, log=True)", "[1, 2, 3]"
    )
    assert not loaded_by(text) & {"scipy", "pandas", "sklearn", "torch"}


def test_a_study_in_a_file_does_not_need_scipy_either(tmp_path):
    text = SPACE.replace("STORAGE", f"storage={str(tmp_path / 's.db')!r}")
    assert loaded_by(text) <= {"numpy", "sqlite3"}


@pytest.mark.parametrize("name", tt.__all__)
def test_every_public_name_loads(name):
    assert getattr(tt, name) is not None
    assert name in dir(tt)


def test_every_error_is_public_and_ours():
    from trimtab import errors

    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, Exception):
            assert name == "TrialPruned" or issubclass(value, tt.TrimtabError)
            assert value.__doc__


def test_the_package_lists_its_own_names_alone():
    packages = {"sampler", "scheduler", "surrogate", "acquisition", "design", "space"}
    listed = {name for name in dir(tt) if not name.startswith("_")}
    assert listed == {*tt.__all__, *packages, "terminator", "errors", "sklearn", "preset"}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Studdy'"):
        _ = tt.Studdy
    with pytest.raises(AttributeError, match="no attribute 'Sobl'"):
        _ = tt.sampler.Sobl
