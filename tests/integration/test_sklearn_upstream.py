"""Scikit-learn's own tests with our classes in their place, and searches that are killed."""

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
import sklearn.model_selection
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils._test_common import instance_generator
from sklearn.utils.estimator_checks import check_estimator

import trimtab as tt
from trimtab import sklearn as ours

HERE = Path(__file__).parent
pytestmark = pytest.mark.slow
N_PASSED = 583  # in scikit-learn 1.9.1: 141 + 102 + 31 + 309


def test_scikit_learns_own_tests_pass(tmp_path):
    report = tmp_path / "report.xml"
    done = subprocess.run(
        [sys.executable, HERE / "swap.py", f"--junitxml={report}"],
        capture_output=True,
        text=True,
        timeout=3600,
        cwd=tmp_path,
    )
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    bad = [
        c.get("name") for c in cases if c.find("failure") is not None or c.find("error") is not None
    ]
    assert bad == []
    assert done.returncode == 0, done.stdout[-2000:]
    assert all(
        f"trimtab.integration.sklearn.{home}" in done.stdout for home in ("exhaustive", "halving")
    )
    skipped = [c.find("skipped").get("message") for c in cases if c.find("skipped") is not None]
    assert len(cases) - len(skipped) >= N_PASSED
    # With their own classes the same are skipped: array libraries that are not installed.
    assert all("not checking array_api input" in text for text in skipped)


NAMES = ("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV")
CHECKED = [(name, i) for name in NAMES for i in range(4)]


def checked(estimator, expected):
    """The outcome of each check by its name; those expected to fail that do so are "xfail"."""
    found = check_estimator(estimator, expected_failed_checks=expected, on_fail=None, on_skip=None)
    names = Counter(c["check_name"] for c in found)
    failed = {c["check_name"]: repr(c["exception"]) for c in found if c["status"] == "failed"}
    assert failed == {} and names.total() > 40
    return {(c["check_name"], c["status"]) for c in found}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "i"), CHECKED)
def test_check_estimator_as_with_scikit_learns_own(name, i):
    """Its own expected failures and no other: each check ends as it does with its own class."""
    theirs = getattr(sklearn.model_selection, name)
    given = instance_generator.INIT_PARAMS[theirs][i]
    expected = instance_generator.PER_ESTIMATOR_XFAIL_CHECKS[theirs]
    found = checked(getattr(ours, name)(**given), expected)
    assert found == checked(theirs(**given), expected)
    failing = {check for check, status in found if status == "xfail"}
    if "Halving" not in name:  # those have five more, of their resources
        assert len(expected) == 2 and failing <= set(expected)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("model", [Ridge(), LogisticRegression()])
def test_check_estimator_of_the_adaptive_search(model):
    space = {"alpha" if isinstance(model, Ridge) else "C": [0.1, 1.0]}
    expected = instance_generator.PER_ESTIMATOR_XFAIL_CHECKS[sklearn.model_selection.GridSearchCV]
    search = ours.SearchCV(model, space, sampler="grid", cv=2, error_score="raise")
    found = checked(search, expected)
    assert {check for check, status in found if status == "xfail"} <= set(expected)


SCRIPT = """
import json, sys
from sklearn.datasets import load_iris
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier
import trimtab as tt
from trimtab.sklearn import SearchCV

space = {"max_depth": tt.Int(1, 9), "ccp_alpha": tt.Float(1e-4, 0.1, log=True)}
model = DecisionTreeClassifier(random_state=0)
cv = StratifiedKFold(3, shuffle=True, random_state=0)
storage = sys.argv[1] if len(sys.argv) > 1 else None
search = SearchCV(model, space, sampler="tpe", n_trials=30, cv=cv, random_state=5, storage=storage)
search.fit(*load_iris(return_X_y=True))
table = {k: v for k, v in search.cv_results_.items() if k.endswith("test_score")}
print(json.dumps([search.cv_results_["params"], {k: v.tolist() for k, v in table.items()}]))
"""


def test_a_search_that_is_killed_ends_as_one_that_is_not(tmp_path):
    script, path = tmp_path / "script.py", tmp_path / "s.db"
    script.write_text(SCRIPT)
    whole = json.loads(subprocess.check_output([sys.executable, script], text=True))
    assert len(whole[0]) == 30
    n_kills, n_before = 0, 0
    while n_kills < 3:
        process = subprocess.Popen([sys.executable, script, path])
        while process.poll() is None and n_finished(path) < n_before + 6:
            time.sleep(0.01)
        process.kill()
        process.wait()
        n_kills, n_before = n_kills + 1, n_finished(path)
    assert 6 <= n_before < 30
    again = json.loads(subprocess.check_output([sys.executable, script, path], text=True))
    assert again == whole


def n_finished(path):
    if not path.exists():
        return 0
    try:
        return tt.load_study(storage=str(path)).history.n_finished
    except tt.TrimtabError:
        return 0  # not made yet
