"""What a bundle says of itself: plain JSON, sealed, and the packages a pickle needs without running it."""

import io
import math
import pickle
import platform

import cloudpickle
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from trimtab.study.manifest import differences, modules_of, plain, score_entry, sealed

FITTED = make_pipeline(StandardScaler(), RandomForestClassifier(3)).fit(np.eye(4), [0, 1, 0, 1])


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "thing", [FITTED, csr_matrix(np.eye(2)), {"a": np.float64(1.0), "b": (1, 2)}]
)
def test_modules_of_a_pickle_are_those_that_it_imports(thing, protocol):
    seen = set()

    class Spy(pickle.Unpickler):
        def find_class(self, module, name):
            seen.add(module.partition(".")[0])
            return super().find_class(module, name)

    pickled = pickle.dumps(thing, protocol=protocol)
    Spy(io.BytesIO(pickled)).load()
    old = {"copy_reg": "copyreg", "__builtin__": "builtins"}  # their names in protocols 0 to 2
    assert {old.get(m, m) for m in modules_of(pickled)} == {old.get(m, m) for m in seen}


def test_modules_of_what_travels_by_value():
    def local(x):
        return np.sin(x)

    assert "numpy" in modules_of(cloudpickle.dumps(local))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(JSON)
def test_json_stays_as_it_is(value):
    assert plain(value) == value


def test_what_json_does_not_have_is_told_by_its_text():
    assert plain({1: (np.int64(2), math.inf, object)}) == {
        "1": [2, {"repr": "inf"}, {"repr": "<class 'object'>"}]
    }
    assert score_entry(math.nan, "no score") == {
        "value": {"repr": "nan"},
        "interval": None,
        "note": "no score",
    }


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.text(min_size=1), JSON, min_size=1, max_size=4), st.data())
def test_a_seal_is_of_everything(manifest, data):
    whole = sealed(manifest)
    assert sealed(whole) == whole
    name = data.draw(st.sampled_from(sorted(manifest)))
    assert sealed(whole | {name: ["other", manifest[name]]})["seal"] != whole["seal"]


def test_the_same_environment_has_no_differences():
    now = {"python": platform.python_version(), "needed": {"numpy": np.__version__}}
    assert differences(now) == []
    assert differences(now | {"needed": {"numpy": "1.0"}}) == [
        f"numpy 1.0 then, {np.__version__} now"
    ]
