"""What is said when scikit-learn is missing, or has become another."""

import subprocess
import sys

import pytest

from trimtab.errors import MissingExtra
from trimtab.integration.sklearn import private


def run(text):
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "line", ["import trimtab.sklearn", "import trimtab as tt; tt.sklearn.SearchCV"]
)
def test_without_scikit_learn_the_way_to_get_it_is_told(line):
    done = run(f"import sys; sys.modules['sklearn'] = None\n{line}")
    assert "MissingExtra" in done.stderr
    assert 'pip install "trimtab[sklearn]"' in done.stderr


def test_a_private_name_that_is_gone_is_told_with_the_releases_that_have_it():
    with pytest.raises(MissingExtra, match=r"needs '_gone' of scikit-learn, which release .*1\.6"):
        private._need("_gone", "base", "nowhere")


def test_the_first_module_that_has_a_name_gives_it():
    assert private._find("clone", "nowhere", "base") is private._need("clone", "base")


def test_silent_callbacks_answer_as_real_ones():
    silent = private.Silent()
    inner = silent.subcontext(task_name="x").call_on_fit_task_begin(estimator=None)
    with inner.propagate_callback_context(None):
        assert inner.call_on_fit_task_end(estimator=None) is None
    assert private.root_context(private._NoCallbacks(), 1).subcontext() is not None
