"""The table of bad input: each is refused by a named class that says what, which value, and what to do."""

import threading

import numpy as np
import pytest

import trimtab as tt

SPACE = {"x": tt.Float(0, 1)}


def parts(error, *wanted):
    """Every one of the words stands in the message."""
    message = str(error.value if hasattr(error, "value") else error)
    for word in wanted:
        assert word in message, f"{word!r} is not in: {message}"


# -- results --------------------------------------------------------------------------------------

RESULTS = {
    "nan": (float("nan"), ["objective is nan", "raise an exception"]),
    "inf": (float("inf"), ["objective is inf", "barrier=True"]),
    "none": (None, ["objective is None", "return loss"]),
    "word": ("x", ["objective is 'x' (str)", "float(value)"]),
    "digits": ("1.5", ["objective is '1.5' (str)", "float(value)"]),
    "complex": (1j, ["objective is 1j (complex)", "value.real"]),
    "bool": (True, ["objective is True (bool)", "float(value)"]),
    "huge": (10**400, ["objective is too large", "logarithm"]),
    "array": (np.array(1.0), ["objective is array(1.)", "value.item()"]),
    "arity": ((1.0, 2.0), ["2 values ((1.0, 2.0)) for 1 objective", "one number for each"]),
}


@pytest.mark.parametrize("row", RESULTS)
def test_an_objective_that_returns_it_fails_its_trial_only(row):
    """ERR-05: NaN, inf, None, a word, a complex number; neither the best nor what models see has it."""
    value, words = RESULTS[row]
    study = tt.create_study(SPACE, seed=0)
    study.optimize(lambda trial: value if trial.number == 1 else 1.0, n_trials=3, progress=False)
    assert [str(t.state) for t in study.trials] == ["complete", "failed", "complete"]
    parts(study.trials[1].reason, "ResultError", *words)
    assert study.trials[1].values is None
    assert study.best.value == 1.0
    assert np.isnan(study.history.losses()).ravel().tolist() == [False, True, False]
    assert np.isnan(study.history.batch(np.arange(3)).y).ravel().tolist() == [False, True, False]


def test_only_a_barrier_admits_infinity():
    """ERR-05: +inf is a wall where one says so; NaN never is."""
    for value, states in ((float("inf"), ["complete"] * 3), (float("nan"), None)):
        study = tt.create_study(SPACE, seed=0)
        walled = {"n_trials": 3, "progress": False, "barrier": True}
        study.optimize(lambda trial, v=value: v if trial.number == 1 else 1.0, **walled)
        found = [str(t.state) for t in study.trials]
        assert found == (states or ["complete", "failed", "complete"])
        assert study.best.value == 1.0


@pytest.mark.parametrize("row", RESULTS)
def test_telling_it_changes_nothing(row):
    value, words = RESULTS[row]
    study = tt.create_study(SPACE, seed=0)
    trial = study.ask()
    trial.report(0.5)
    position = study.history.position
    with pytest.raises(tt.ResultError) as caught:
        study.tell(trial, value)
    parts(caught, *words)
    assert study.history.position == position
    study.tell(trial, 1.0)
    assert (study.best.value, study.best.reports) == (1.0, {0: (0.5,)})


@pytest.mark.parametrize("row", sorted(RESULTS.keys() - {"arity", "inf", "nan"}))
def test_reporting_it_is_refused(row):
    trial = tt.create_study(SPACE, seed=0).ask()
    with pytest.raises(tt.ResultError) as caught:
        trial.report(RESULTS[row][0])
    parts(caught, *RESULTS[row][1][:1])


# -- arguments ------------------------------------------------------------------------------------


def study_of(**options):
    return tt.create_study(SPACE, seed=0, **options)


def told_twice():
    study = study_of()
    trial = study.ask()
    study.tell(trial, 1.0)
    study.tell(trial, 2.0)


def waiting_told():
    study = study_of()
    study.enqueue({"x": 0.5})
    study.tell(0, 1.0)


def loss(x):
    return x


ARGUMENTS = {
    "low above high": (lambda: tt.Float(2, 1), tt.SpaceError, ["low=2", "high=1"]),
    "low above high, whole": (lambda: tt.Int(5, 3), tt.SpaceError, ["low=5", "high=3"]),
    "log of zero": (
        lambda: tt.Space({"lr": tt.Float(0, 1, log=True)}),
        tt.SpaceError,
        ["log=True", "low > 0", "low=0", "ZeroOr"],
    ),
    "log of a negative": (
        lambda: tt.Float(-1, 1, log=True),
        tt.SpaceError,
        ["log=True", "low > 0", "low=-1"],
    ),
    "infinite bound": (
        lambda: tt.Float(0, float("inf")),
        tt.SpaceError,
        ["Float(0, inf)", "finite"],
    ),
    "no choices": (lambda: tt.Categorical([]), tt.SpaceError, ["Categorical([])", "at least one"]),
    "a name twice": (
        lambda: tt.Space([("lr", [1, 2]), ("lr", [3, 4])]),
        tt.SpaceError,
        ["'lr'", "twice"],
    ),
    "an unknown name in a rule": (
        lambda: tt.Space({"layers": [1, 2]}, where=["layer < 2"]),
        tt.SpaceError,
        ["layer < 2", "'layer'", "did you mean 'layers'"],
    ),
    "direction": (
        lambda: study_of(direction="minimise"),
        tt.InvalidArgument,
        ["direction='minimise'", "did you mean 'minimize'"],
    ),
    "option": (
        lambda: study_of().optimize(loss, n_trials=1, n_job=2),
        tt.InvalidArgument,
        ["'n_job'", "did you mean 'n_jobs'"],
    ),
    "option of minimize": (
        lambda: tt.minimize(loss, SPACE, 1, time_out=2),
        tt.InvalidArgument,
        ["'time_out'", "did you mean 'timeout'"],
    ),
    "sampler": (
        lambda: study_of(sampler="sobl"),
        tt.InvalidArgument,
        ["sampler='sobl'", "did you mean 'Sobol'", "Random"],
    ),
    "sampler setting": (
        lambda: study_of(sampler={"name": "sobol", "scrambel": False}),
        tt.InvalidArgument,
        ["'scrambel'", "did you mean 'scramble'"],
    ),
    "sampler object": (lambda: study_of(sampler=3), tt.InvalidArgument, ["sampler=3", "random"]),
    "grid without levels": (
        lambda: study_of(sampler="grid").ask(),
        tt.InvalidArgument,
        ["'x'", "levels"],
    ),
    "seed": (lambda: tt.create_study(SPACE, seed=-1), tt.InvalidArgument, ["seed=-1", "0 to"]),
    "seed, a word": (
        lambda: tt.create_study(SPACE, seed="7"),
        tt.InvalidArgument,
        ["seed='7'", "whole number"],
    ),
    "timeout": (
        lambda: study_of().optimize(loss, timeout=-1),
        tt.InvalidArgument,
        ["timeout=-1", "above 0"],
    ),
    "n_trials": (
        lambda: study_of().optimize(loss, n_trials=0),
        tt.InvalidArgument,
        ["n_trials=0", "1 or more"],
    ),
    "n_trials of minimize": (
        lambda: tt.minimize(loss, SPACE, n_trials=0),
        tt.InvalidArgument,
        ["n_trials=0", "1 or more"],
    ),
    "n_trials, a fraction": (
        lambda: study_of().run(loss, 1.5),
        tt.InvalidArgument,
        ["n_trials=1.5", "whole number"],
    ),
    "n_jobs": (
        lambda: study_of().optimize(loss, n_trials=1, n_jobs=0),
        tt.InvalidArgument,
        ["n_jobs=0", "-1"],
    ),
    "executor": (
        lambda: study_of().optimize(loss, n_trials=1, executor="proces"),
        tt.InvalidArgument,
        ["executor='proces'", "did you mean 'process'"],
    ),
    "retries": (
        lambda: study_of().optimize(loss, n_trials=1, retries=-1),
        tt.InvalidArgument,
        ["retries=-1", "0 or more"],
    ),
    "max_failures": (
        lambda: study_of().optimize(loss, n_trials=1, max_failures=0),
        tt.InvalidArgument,
        ["max_failures=0", "1 or more"],
    ),
    "catch": (
        lambda: study_of().optimize(loss, n_trials=1, catch="ValueError"),
        tt.InvalidArgument,
        ["catch='ValueError'", "exception class"],
    ),
    "terminator": (
        lambda: study_of().optimize(loss, terminator="plateau"),
        tt.InvalidArgument,
        ["terminator='plateau'", "tt.Plateau"],
    ),
    "callbacks": (
        lambda: study_of().optimize(loss, n_trials=1, callbacks=[3]),
        tt.InvalidArgument,
        ["callbacks", "3", "callback(study, trial)"],
    ),
    "objective": (
        lambda: study_of().optimize(3, n_trials=1),
        tt.InvalidArgument,
        ["objective=3", "function"],
    ),
    "objective's parameters": (
        lambda: tt.minimize(lambda lrate, k: 1.0, {"lr": [1, 2], "k": [1, 2]}, 1),
        tt.InvalidArgument,
        ["'lrate'", "'lr'"],
    ),
    "an unknown trial": (
        lambda: study_of().tell(7, 1.0),
        tt.InvalidArgument,
        ["trial=7", "ask for one first"],
    ),
    "no trial at all": (
        lambda: study_of().tell("7", 1.0),
        tt.InvalidArgument,
        ["trial='7'", "number"],
    ),
    "a waiting trial": (waiting_told, tt.InvalidArgument, ["trial 0", "waiting", "ask"]),
    "telling twice": (told_twice, tt.AlreadyTold, ["trial 0", "complete", "1.0"]),
    "state": (
        lambda: study_of().tell(0, 1.0, state="done"),
        tt.ResultError,
        ["state='done'", "'complete'"],
    ),
    "enqueued out of range": (
        lambda: study_of().enqueue({"x": 7}),
        tt.SpaceError,
        ["x=7", "[0.0, 1.0]"],
    ),
    "enqueued under no name": (
        lambda: study_of().enqueue({"X": 0.5}),
        tt.SpaceError,
        ["'X'", "did you mean 'x'"],
    ),
    "ask for none": (lambda: study_of().ask(0), tt.InvalidArgument, ["n=0", "1 or more"]),
    "a storage that is none": (
        lambda: study_of(storage=3),
        tt.InvalidArgument,
        ["storage=3", "study.db"],
    ),
    "a server of another kind": (
        lambda: study_of(storage="mysql://me:secret@host/db"),
        tt.InvalidArgument,
        ["storage='mysql://...'", "postgresql://USER@HOST/DATABASE", "'study.db'"],
    ),
    "no folder": (
        lambda: study_of(storage="/no/such/folder/study.db"),
        tt.StorageError,
        ["/no/such/folder", "folder"],
    ),
    "no study": (
        lambda: tt.load_study(storage=None, study_name="mine"),
        tt.StudyNotFound,
        ["study_name='mine'", "create_study"],
    ),
    "an attribute that JSON cannot hold": (
        lambda: study_of().set_user_attr("lock", threading.Lock()),
        tt.InvalidArgument,
        ["'lock'", "JSON"],
    ),
    "nothing yet": (lambda: study_of().best, tt.NothingYet, ["no trial has completed"]),
    "unsupported": (
        lambda: tt.create_study({"c": ["a", "b"]}, sampler="central_composite"),
        tt.InvalidArgument,
        ["CentralComposite", "'c'", "categorical"],
    ),
}


@pytest.mark.parametrize("row", ARGUMENTS)
def test_arguments(row):
    action, kind, words = ARGUMENTS[row]
    with pytest.raises(kind) as caught:
        action()
    parts(caught, *words)
    assert isinstance(caught.value, tt.TrimtabError)
    assert "secret" not in str(caught.value)
