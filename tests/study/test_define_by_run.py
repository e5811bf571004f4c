"""Spaces that objectives choose as they go."""

import warnings

import pytest

import trimtab as tt


def open_study(**more):
    return tt.create_study(seed=7, **more)


def configs(study):
    return [dict(t.config) for t in study.trials]


DECLARED = {
    "lr": tt.Float(1e-5, 1e-1, log=True),
    "opt": tt.Categorical(["sgd", "adam"]),
    "momentum": tt.Float(0, 0.99).when(opt="sgd"),
    "layers": tt.Int(1, 8),
}


def as_it_goes(trial):
    lr = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    momentum = 0.0
    if trial.suggest_categorical("opt", ["sgd", "adam"]) == "sgd":
        momentum = trial.suggest_float("momentum", 0, 0.99)
    return lr * trial.suggest_int("layers", 1, 8) + momentum


def in_another_order(trial):
    layers = trial.suggest_int("layers", 1, 8)
    opt = trial.suggest_categorical("opt", ["sgd", "adam"])
    momentum = trial.suggest_float("momentum", 0, 0.99) if opt == "sgd" else 0.0
    return trial.suggest_float("lr", 1e-5, 1e-1, log=True) * layers + momentum


def declared(config):
    return config["lr"] * config["layers"] + config.get("momentum", 0.0)


@pytest.mark.parametrize("objective", [as_it_goes, in_another_order])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_both_ways_of_writing_a_space_agree(objective, n_jobs):
    first = tt.create_study(DECLARED, sampler="random", seed=7)
    first.optimize(declared, n_trials=30)
    second = open_study(sampler="random")
    second.optimize(objective, n_trials=30, n_jobs=n_jobs, progress=False)
    assert [(c, t.value) for c, t in zip(configs(first), first.trials, strict=True)] == [
        (c, t.value) for c, t in zip(configs(second), second.trials, strict=True)
    ]
    assert {"lr", "opt", "momentum", "layers"} == set(second.space.names)


def test_a_whole_space_in_one_call():
    def objective(trial):
        return declared(trial.suggest(DECLARED))

    first = tt.create_study(DECLARED, sampler="random", seed=7)
    first.optimize(declared, n_trials=20)
    second = open_study(sampler="random")
    second.optimize(objective, n_trials=20)
    assert configs(first) == configs(second)
    for config in configs(second):
        assert ("momentum" in config) == (config["opt"] == "sgd")


@pytest.mark.parametrize(
    ("second", "word"),
    [
        (lambda t: t.suggest_float("x", 0, 2), "2"),
        (lambda t: t.suggest_float("x", 0.5, 1, log=True), "log"),
        (lambda t: t.suggest_int("x", 0, 1), "Int"),
        (lambda t: t.suggest_categorical("x", [0, 1]), "Categorical"),
    ],
)
def test_a_name_has_one_range(second, word):
    study = open_study()
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    trial = study.ask()
    with pytest.raises(tt.SpaceError, match=f"'x'.*{word}") as caught:
        second(trial)
    assert "two names" in str(caught.value)


def test_within_one_trial_a_name_has_one_range_and_one_value():
    trial = open_study().ask()
    value = trial.suggest_float("x", 0, 1)
    assert trial.suggest_float("x", 0, 1) == value
    with pytest.raises(tt.SpaceError, match="'x'"):
        trial.suggest_float("x", 0, 2)


def test_a_range_that_depends_on_the_trial_fails_its_trial_with_the_reason():
    study = open_study()
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1 + trial.number), n_trials=3)
    assert [str(t.state) for t in study.trials] == ["complete", "failed", "failed"]
    assert study.trials[1].reason.startswith("SpaceError: 'x'")


def test_old_spellings_return_the_same_and_warn_once():
    new = open_study().ask()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wanted = [
            new.suggest_float("a", 0, 1),
            new.suggest_float("b", 1e-5, 1, log=True),
            new.suggest_float("c", 0, 1, step=0.25),
        ]
    old = open_study().ask()
    with pytest.warns(DeprecationWarning) as caught:
        got = [
            old.suggest_uniform("a", 0, 1),
            old.suggest_loguniform("b", 1e-5, 1),
            old.suggest_discrete_uniform("c", 0, 1, 0.25),
        ]
    assert got == wanted
    assert len(caught) == 3
    assert all("suggest_float" in str(w.message) for w in caught)
    assert {w.filename for w in caught} == {__file__}


def test_asked_trials_are_chosen_and_told():
    study = open_study()
    trial = study.ask()
    x = trial.suggest_float("x", 0, 1)
    assert trial.config == {"x": x}
    study.tell(trial, 2.0)
    assert study.best.config == {"x": x}


def test_enqueued_values_are_offered():
    study = open_study()
    study.enqueue({"x": 0.25})
    study.enqueue({"x": 9.0})
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    assert configs(study)[0] == {"x": 0.25}
    assert study.trials[1].state == "failed"
    assert "x=9.0" in study.trials[1].reason or "'x'" in study.trials[1].reason


def test_a_reopened_study_goes_on(tmp_path):
    parts = {"storage": tmp_path / "s.db", "study_name": "s", "load_if_exists": True}
    open_study(**parts).optimize(as_it_goes, n_trials=6, progress=False)
    open_study(**parts).optimize(as_it_goes, n_trials=6, progress=False)
    whole = open_study()
    whole.optimize(as_it_goes, n_trials=12)
    assert configs(tt.load_study(storage=tmp_path / "s.db")) == configs(whole)
    with pytest.raises(tt.SpaceChanged, match="created without one"):
        tt.load_study(storage=tmp_path / "s.db", space=DECLARED)


def test_in_a_declared_space_suggestions_look_values_up():
    study = tt.create_study(DECLARED, seed=7)
    study.enqueue({"opt": "adam", "lr": 0.01})
    trial = study.ask()
    assert trial.suggest_float("lr", 1e-5, 1e-1, log=True) == 0.01
    with pytest.raises(tt.SpaceError, match="'momentum' is not active"):
        trial.suggest_float("momentum", 0, 0.99)
    with pytest.raises(tt.SpaceError, match="did you mean 'layers'"):
        trial.suggest_int("layer", 1, 8)
    with pytest.raises(tt.SpaceError, match="'layers'"):
        trial.suggest_int("layers", 1, 9)
