"""Arrays that workers read from one copy."""

import gc
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trimtab as tt
from trimtab.errors import InvalidArgument
from trimtab.executor import shared


def test_all_workers_read_one_copy_that_was_loaded_once(tmp_path: Any) -> None:
    """MEM-07: the same pages of the same file in every worker, none of them private; one load counted."""

    def load() -> np.ndarray:
        with open(tmp_path / "loads", "a") as file:
            file.write("x")
        return np.arange(4_000_000, dtype=float)

    data = tt.Shared(x=load(), y=np.array(["a", "bc"]))

    def objective(trial: Any) -> float:
        total = float(data.x[:: trial.config["k"]].sum())
        maps = Path("/proc/self/smaps").read_text().split("VmFlags")
        [part] = [p for p in maps if "trimtab-shared" in p and "0.npy" in p]
        sizes = {line.split(":")[0]: line.split()[1] for line in part.splitlines() if " kB" in line}
        head = next(line for line in part.splitlines() if "0.npy" in line).split()
        trial.set_user_attr("file", [head[3], head[4]])  # device and inode
        trial.set_user_attr("copied", int(sizes["Anonymous"]))  # KiB
        trial.set_user_attr("is_writeable", data.x.flags.writeable)
        return total + len(data["y"])

    study = tt.create_study({"k": [1, 2, 3, 4]}, sampler="grid", seed=1)
    study.optimize(objective, 4, n_jobs=2, progress=False)
    for t in study.trials:
        assert t.value == np.arange(4_000_000.0)[:: t.config["k"]].sum() + 2, t.reason
        assert (t.user_attrs["copied"], t.user_attrs["is_writeable"]) == (0, False)
    assert len({tuple(t.user_attrs["file"]) for t in study.trials}) == 1
    assert (tmp_path / "loads").read_text() == "x"
    assert len(pickle.dumps(data)) < 500


def test_it_is_a_mapping_of_arrays_that_nobody_changes() -> None:
    data = tt.Shared(x=[[1, 2], [3, 4]], empty=np.zeros((0, 3)))
    assert list(data) == ["x", "empty"] and len(data) == 2 and data.x.tolist() == [[1, 2], [3, 4]]
    assert data["empty"].shape == (0, 3) and "x int64 (2, 2)" in repr(data)
    with pytest.raises(ValueError, match="read-only"):
        data.x[0, 0] = 7
    with pytest.raises(AttributeError, match="no array 'z'; it has x, empty"):
        _ = data.z
    again = pickle.loads(pickle.dumps(data))
    assert again.x.tolist() == data.x.tolist()
    assert again._place == data._place


def test_the_files_go_with_the_program_or_when_it_is_forgotten(
    monkeypatch: Any, tmp_path: Any
) -> None:
    monkeypatch.setattr(shared, "_MEMORY", tmp_path / "absent")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(shared.tempfile, "tempdir", None)
    data = tt.Shared(x=[1.0])
    blob = pickle.dumps(data)
    assert len(list(tmp_path.iterdir())) == 1
    copy = pickle.loads(blob)
    del copy
    gc.collect()
    assert data.x[0] == 1.0 and len(list(tmp_path.iterdir())) == 1, "who attached removes nothing"
    del data
    gc.collect()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InvalidArgument, match="program has ended, or this is another host"):
        pickle.loads(blob)
    text = "import trimtab as tt; d = tt.Shared(x=[1]); print(d._place)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert not os.path.exists(done.stdout.strip())


@pytest.mark.parametrize(
    ("arrays", "says"), [({}, "by name"), ({"x": [{}, None]}, "x=list holds Python objects")]
)
def test_what_cannot_be_shared_is_refused(arrays: Any, says: str) -> None:
    with pytest.raises(InvalidArgument, match=says):
        tt.Shared(**arrays)
