"""Objectives of every origin run in workers; what cannot travel is named."""

import functools
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from trimtab.errors import Unpicklable
from trimtab.executor.ship import culprit, is_importable, ship

_SCRIPT = """
import functools, sys
from helper import squared, Offset
from trimtab.core.message import Task
from trimtab.core.protocols import Decision
from trimtab.executor.process import Process
from trimtab.space.space import Space

class Wrong(Exception):
    pass

SHIFT = 10.0
print("started", flush=True)

def shifted(x):
    return inner(x) + SHIFT

def inner(x):
    return 2 * x

def failing(x):
    raise Wrong("x is wrong")

class Model:
    def __init__(self, base):
        self.base = base
    def fit(self, x):
        return self.base + x
    def __call__(self, x):
        return self.base * x

def closure(base):
    return lambda x: base - x

notebook = {}
exec("K = 3\\ndef cell(x): return K * x", notebook)
objectives = [shifted, squared, lambda x: x + SHIFT, closure(1.0), Model(5.0).fit, Model(5.0),
              Offset(2.0).add,
              functools.partial(squared, by=3.0), notebook["cell"], failing]

def run(executor, objective, config):
    if objective is not None:
        executor.open(objective, lambda message: Decision.CONTINUE)
    executor.submit(Task(0, Space({k: [v] for k, v in config.items()}), config, False, 1, 1, 1, 0))
    (ended,) = executor.wait(20)
    print(ended.outcome.values or (isinstance(ended.error, Wrong), str(ended.error)), flush=True)

executor = Process(1)
run(executor, shifted, {"x": 4.0})
executor.open(lambda config: objectives[config["i"]](config["x"]), lambda message: Decision.CONTINUE)
for i in range(len(objectives)):
    run(executor, None, {"i": i, "x": 4.0})
executor.close()
"""

_HELPER = """
def squared(x, by=1.0):
    return x * x * by

class Offset:
    def __init__(self, by):
        self.by = by
    def add(self, x):
        return x + self.by
"""


def test_an_unguarded_script_runs_objectives_of_every_origin(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(_SCRIPT)
    (tmp_path / "helper.py").write_text(_HELPER)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "script.py")],
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "started",  # once: workers do not run the script again
        "(18.0,)",
        "(18.0,)",
        "(16.0,)",
        "(14.0,)",
        "(-3.0,)",
        "(9.0,)",
        "(20.0,)",
        "(6.0,)",
        "(48.0,)",
        "(12.0,)",
        "(True, 'x is wrong')",
    ]


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module that is loaded, and that no file provides."""
    module = ModuleType("a_stranger")
    exec(
        "def twice(x): return 2 * x\nclass Box:\n    def __init__(self, x): self.x = x",
        module.__dict__,
    )
    monkeypatch.setitem(sys.modules, "a_stranger", module)
    return module


def _load_elsewhere(blob: bytes, expression: str) -> str:
    code = (
        "import sys, cloudpickle; thing = cloudpickle.loads(sys.stdin.buffer.read()); "
        f"print({expression})"
    )
    done = subprocess.run([sys.executable, "-c", code], input=blob, capture_output=True, timeout=30)
    return done.stdout.decode().strip() or done.stderr.decode()


def test_code_of_modules_without_a_file_travels_by_value(stranger: ModuleType) -> None:
    def objective(x: float) -> Any:
        return stranger_twice(x), boxes[0].x

    stranger_twice, boxes = stranger.twice, [stranger.Box(7)]
    assert not is_importable("a_stranger")
    assert _load_elsewhere(ship("it", stranger.twice), "thing(4)") == "8"
    assert _load_elsewhere(ship("it", objective), "thing(4)") == "(8, 7)"
    holder = SimpleNamespace(function=stranger.twice)  # an object of importable code that holds it
    assert _load_elsewhere(ship("it", holder), "thing.function(4)") == "8"


def test_importable_code_travels_by_name() -> None:
    for name in ("json", "os.path", "numpy.linalg", "trimtab.executor.ship", "_csv", "sys"):
        assert is_importable(name)
    assert not is_importable("trimtab.executor.absent")
    assert not is_importable(__name__)
    assert len(ship("it", functools.partial(subprocess.run, ["ls"]))) < 200


class Slotted:
    __slots__ = ("held",)

    def __init__(self, held: Any) -> None:
        self.held = held


def test_the_culprit_is_found_however_deep() -> None:
    lock = threading.Lock()

    def inner() -> Any:
        return lock

    cases = [
        (lambda: inner(), "inner.lock"),
        ({"a": [1, lock]}, "a.[1]"),
        (Slotted([lock]), "held.[0]"),
        (functools.partial(print, lock), "[0]"),
        (lambda x=lock: x, "[0]"),
        (lock, ""),
    ]
    for thing, path in cases:
        assert culprit(thing) == (path, lock)


def test_a_thing_that_is_itself_to_blame_is_named() -> None:
    with pytest.raises(Unpicklable, match=r"trial 3 \(_thread\.lock\) cannot be sent"):
        ship("trial 3", threading.Lock())
    with pytest.raises(Unpicklable, match=r"captures 'file' \(_io\.TextIOWrapper\)"):
        file = sys.__stderr__
        ship("the objective", lambda x: file.write(x))
