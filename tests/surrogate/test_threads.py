"""One thread for linear algebra: set within, restored after, whoever else is inside."""

import json
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import scipy.linalg

import trimtab as tt
from trimtab.surrogate.factor import cholesky
from trimtab.surrogate.threads import libraries, one_thread

threadpoolctl = pytest.importorskip("threadpoolctl")


def counts():
    """What an independent library says of each BLAS."""
    found = threadpoolctl.threadpool_info()
    return [f["num_threads"] for f in found if f["internal_api"] == "openblas" and _ours(f)]


def _ours(info):
    return "numpy" in info["filepath"] or "scipy" in info["filepath"]


@pytest.fixture
def two():
    scipy.linalg.solve(np.eye(2), np.eye(2))
    if not libraries():
        pytest.skip("this NumPy has no OpenBLAS of its own")
    with threadpoolctl.threadpool_limits(2):
        yield


def test_one_within_and_as_before_after(two):
    before = counts()
    assert set(before) == {2}
    with one_thread():
        assert set(counts()) == {1}
        with one_thread():
            assert set(counts()) == {1}
        assert set(counts()) == {1}
    assert counts() == before


def test_restored_after_an_error(two):
    with pytest.raises(ZeroDivisionError), one_thread():
        _ = 1 / 0
    assert set(counts()) == {2}


def test_threads_that_leave_in_another_order(two):
    inside, leave = threading.Event(), threading.Event()

    def other():
        with one_thread():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with one_thread():
        thread.start()
        inside.wait(10)
    assert set(counts()) == {1}  # the other one is still inside
    leave.set()
    thread.join(10)
    assert set(counts()) == {2}


def test_a_process_is_asked_with_one_thread_and_the_objective_has_all(two, monkeypatch):
    seen = {"objective": set(), "model": set()}

    def watched(matrix):
        seen["model"].update(counts())
        return cholesky(matrix)

    monkeypatch.setattr("trimtab.surrogate.gp.cholesky", watched)

    def loss(x):
        seen["objective"].update(counts())
        return (x - 0.3) ** 2

    tt.minimize(loss, {"x": tt.Float(0, 1)}, 8, sampler="gp", seed=0, progress=False)
    assert seen == {"objective": {2}, "model": {1}}


LATE = """
import json
import threadpoolctl
import numpy as np
from trimtab.surrogate.factor import cholesky
from trimtab.surrogate.threads import one_thread

def counts():
    found = threadpoolctl.threadpool_info()
    return [f["num_threads"] for f in found if "scipy." in f["filepath"]]

with one_thread():
    before = counts()
    cholesky(np.eye(2))
    within = counts()
print(json.dumps([before, within, counts()]))
"""


def test_what_the_first_model_imports_is_limited_too(two):
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    out = subprocess.run([sys.executable, "-c", LATE], env=env, stdout=subprocess.PIPE, check=True)
    assert json.loads(out.stdout) == [[], [1], [2]]
