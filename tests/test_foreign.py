"""Words of other frameworks are answered with ours; and what ours are, exists."""

import copy
import pickle
import re

import pandas as pd
import pytest

import trimtab as tt
from trimtab.foreign import PACKAGE, RECORD, STUDY, TRIAL


@pytest.fixture(scope="module")
def study():
    made = tt.create_study({"x": [1, 2, 3]}, seed=1)
    made.optimize(lambda x: x, 2, progress=False)
    return made


@pytest.mark.parametrize(
    ("owner", "word"),
    [
        (o, w)
        for o, words in {"s": STUDY, "t": TRIAL, "r": RECORD, "p": PACKAGE}.items()
        for w in words
    ],
)
def test_a_word_of_others_is_answered_with_ours(study, owner, word):
    thing = {"s": study, "t": study.ask, "r": study.trials[0], "p": tt}[owner]
    thing = thing() if owner == "t" else thing
    words = {"s": STUDY, "t": TRIAL, "r": RECORD, "p": PACKAGE}[owner]
    with pytest.raises(AttributeError, match=rf"has no '{word}'; use {re.escape(words[word])}"):
        getattr(thing, word)
    if owner == "t":
        study.tell(thing, state="failed")
        study.enqueue({"x": 1})  # one more, whatever was tried


@pytest.mark.parametrize(
    ("words", "owner", "variable"),
    [(STUDY, tt.Study, "study"), (TRIAL, tt.Trial, "trial"), (RECORD, tt.Record, "record")],
)
def test_the_words_that_are_named_are_ours(words, owner, variable):
    for foreign, text in words.items():
        assert not hasattr(owner, foreign)
        for said in re.findall(rf"\b{variable}\.([a-z_]+)", text):
            assert hasattr(owner, said) or said in ("number", "name"), text
    for said in re.findall(
        r"\btrimtab\.([A-Z]\w+)", " ".join([*PACKAGE.values(), *TRIAL.values()])
    ):
        assert hasattr(tt, said)


def test_what_newcomers_look_for_and_find(study):
    for word in ("best_params", "best_value", "best_trial", "best_trials", "trials", "direction",
                 "directions", "user_attrs", "set_user_attr", "ask", "tell", "stop", "optimize"):  # fmt: skip
        assert hasattr(study, word)


def test_a_slip_is_answered_with_the_nearest(study):
    with pytest.raises(
        AttributeError, match=r"no attribute 'best_vlaue' \(did you mean 'best_value'\?\)"
    ):
        _ = study.best_vlaue
    with pytest.raises(AttributeError, match=r"did you mean 'minimize'"):
        _ = tt.minimise
    assert not hasattr(study.trials[0], "__array__")


def test_records_are_copied_and_pickled(study):
    record = study.trials[0]
    assert copy.deepcopy(record) == record == pickle.loads(pickle.dumps(record))


def test_a_data_frame_of_all_trials(tmp_path):
    """REP-04: every trial a row, with what it used; what it returned is what CSV and back would give."""
    study = tt.create_study(
        {"lr": tt.Float(0, 1), "act": ["a", "b"]}, seed=1, storage=tmp_path / "s.db"
    )
    study.optimize(lambda c: 1 / (c["lr"] > 0.2), 10, progress=False)
    frame = study.dataframe()
    assert isinstance(frame, pd.DataFrame) and len(frame) == 10
    assert frame["config.lr"].tolist() == [t.config["lr"] for t in study.trials]
    assert frame["state"].tolist() == [t.state for t in study.trials]
    assert frame["cpu_seconds"].tolist() == [t.usage.cpu_seconds for t in study.trials]
    frame.to_csv(tmp_path / "t.csv", index=False)
    again = pd.read_csv(tmp_path / "t.csv", dtype=str)
    assert [float(x) for x in again["config.lr"]] == frame["config.lr"].tolist()
