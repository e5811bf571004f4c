"""A model in a file: it comes back the same, and a file that is not as it was made is refused."""

import json
import os
import subprocess
import sys
import threading
import zipfile

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier

import trimtab as tt
from trimtab.evaluation.interval import Interval
from trimtab.study.bundle import EnvironmentChanged
from trimtab.study.manifest import sealed

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)


def saved(path, **contents):
    model = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, Y)
    tt.save_bundle(path, model, **contents)
    return model


def rewritten(path, change, *, is_sealed=True):
    """The same archive with another manifest."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    change(manifest)
    members["manifest.json"] = json.dumps(sealed(manifest) if is_sealed else manifest).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_a_study_and_its_model_come_back(tmp_path):
    study = tt.maximize(
        lambda c: -((c["x"] - 1) ** 2), {"x": tt.Float(0, 3)}, n_trials=9, seed=4, progress=False
    )
    path = tmp_path / "m.trimtab"
    held = Interval(0.8, 0.7, 0.9, 0.95, "Wilson")
    model = LinearRegression().fit(X, Y)
    told = tt.save_bundle(path, model, study=study, notes="for Tuesday", scores={"test": held})
    bundle = tt.load_bundle(path)
    np.testing.assert_array_equal(bundle.model.predict(X), model.predict(X))
    assert bundle.config == dict(study.best.config) and bundle.space == study.space
    assert bundle.manifest == told == tt.read_manifest(path)
    assert told["seeds"] == {"study": 4} and told["search"]["n_trials"] == 9
    assert bundle.scores == {
        "test": {"value": 0.8, "interval": [0.7, 0.9], "confidence": 0.95, "method": "Wilson"}
    }
    assert told["notes"] == "for Tuesday" and bundle.differences == ()
    assert set(told["environment"]["needed"]) == {"scikit-learn", "numpy"}
    assert os.listdir(tmp_path) == ["m.trimtab"]


def test_without_further_scores_the_selected_one_says_what_it_is(tmp_path):
    study = tt.minimize(lambda c: c["x"], {"x": [1, 2, 3]}, n_trials=3, seed=0, progress=False)
    told = tt.save_bundle(tmp_path / "m", LinearRegression().fit(X, Y), study=study)
    assert told["scores"]["selected"]["value"] == 1
    assert "among 3: too good" in told["scores"]["selected"]["note"]


def test_the_manifest_can_be_read_without_loading_anything(tmp_path):
    path = tmp_path / "m.trimtab"
    saved(path, config={"max_depth": 2, "loss": np.float64(0.5), "of": LinearRegression()})
    code = (
        "import sys, trimtab as tt; m = tt.read_manifest(sys.argv[1]); print(m['model']['class'], "
        "m['config']['max_depth'], m['config']['loss'], m['config']['of'], 'sklearn' in sys.modules)"
    )
    out = subprocess.check_output([sys.executable, "-c", code, path], text=True)
    shown = "{'repr': 'LinearRegression()'}"
    assert out.split(maxsplit=1)[0].endswith("DecisionTreeClassifier")
    assert out.split(maxsplit=1)[1].strip() == f"2 0.5 {shown} False"
    text = zipfile.ZipFile(path).read("manifest.json").decode()
    assert text.startswith('{\n  "format": "trimtab bundle 1"')


def test_the_same_predictions_in_another_process(tmp_path):
    path = tmp_path / "m.trimtab"
    model = saved(path, examples=X[:7])
    code = (
        "import sys, numpy as np, trimtab as tt; b = tt.load_bundle(sys.argv[1], on_change='refuse');"
        "print(b.model.predict(np.load(sys.argv[2])).tolist())"
    )
    np.save(tmp_path / "x.npy", X)
    out = subprocess.check_output([sys.executable, "-c", code, path, tmp_path / "x.npy"], text=True)
    assert json.loads(out) == model.predict(X).tolist()


def test_another_environment_is_warned_of_or_refused(tmp_path):
    path = tmp_path / "m.trimtab"
    saved(path)

    def change(manifest):
        manifest["environment"]["python"] = "3.1.4"
        manifest["environment"]["needed"] = {"scikit-learn": "0.1", "gone": "2.0"}

    rewritten(path, change)
    words = (
        r"Python 3.1.4 then, .*\n  scikit-learn 0.1 then, .* now\n  gone 2.0 then, not installed"
    )
    with pytest.warns(EnvironmentChanged, match=words):
        bundle = tt.load_bundle(path)
    assert len(bundle.differences) == 3
    with pytest.raises(tt.BundleChanged, match=words):
        tt.load_bundle(path, on_change="refuse")
    assert tt.load_bundle(path, on_change="ignore").differences == bundle.differences


def test_other_predictions_of_the_examples_are_told(tmp_path):
    class Moody:
        shift = 0.0

        def predict(self, x):
            return np.asarray(x)[:, 0] + Moody.shift + float(os.environ.get("TRIMTAB_MOOD", "0"))

    path = tmp_path / "m.trimtab"
    tt.save_bundle(path, Moody(), examples=X[:5])
    assert tt.load_bundle(path, on_change="refuse").differences == ()
    os.environ["TRIMTAB_MOOD"] = "1"
    try:
        with pytest.raises(tt.BundleChanged, match="other predictions of the 5 examples"):
            tt.load_bundle(path, on_change="refuse")
    finally:
        del os.environ["TRIMTAB_MOOD"]


def test_a_file_that_was_changed_is_refused_before_it_is_loaded(tmp_path):
    path = tmp_path / "m.trimtab"
    saved(path)
    whole = path.read_bytes()
    rewritten(path, lambda m: m["scores"].update(test={"value": 1.0}), is_sealed=False)
    with pytest.raises(tt.BundleChanged, match=r"manifest.json was changed"):
        tt.load_bundle(path)
    path.write_bytes(whole)
    with zipfile.ZipFile(path) as archive:
        manifest = archive.read("manifest.json")
    marker = tmp_path / "ran"
    evil = f"cos\nsystem\n(S'touch {marker}'\ntR.".encode()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", manifest)
        archive.writestr("model.pkl", evil)
    with pytest.raises(tt.BundleChanged, match=r"model.pkl was changed"):
        tt.load_bundle(path)
    assert not marker.exists()
    path.write_bytes(whole)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("more.pkl", b"")
    with pytest.raises(tt.BundleChanged, match="added or taken out"):
        tt.read_manifest(path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_refused(tmp_path, share):
    path = tmp_path / "m.trimtab"
    saved(path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(tt.BundleChanged, match="damaged"):
        tt.load_bundle(path)


def test_what_is_no_bundle(tmp_path):
    with pytest.raises(FileNotFoundError, match="no bundle at"):
        tt.load_bundle(tmp_path / "none")
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("manifest.json", '{"format": "trimtab bundle 9"}')
    with pytest.raises(tt.BundleChanged, match="'trimtab bundle 1'"):
        tt.load_bundle(tmp_path / "z.zip")
    saved(tmp_path / "m")
    with pytest.raises(tt.InvalidArgument, match="on_change='maybe'"):
        tt.load_bundle(tmp_path / "m", on_change="maybe")


def test_what_cannot_be_saved_leaves_no_file(tmp_path):
    model = LinearRegression().fit(X, Y)
    with pytest.raises(tt.InvalidArgument, match="did you mean 'notes'"):
        tt.save_bundle(tmp_path / "m", model, note="x")
    model.lock = threading.Lock()
    with pytest.raises(tt.Unpicklable, match=r"lock.* no pickle holds"):
        tt.save_bundle(tmp_path / "m", model)
    assert os.listdir(tmp_path) == []
