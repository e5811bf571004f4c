"""Objectives by name: declared with the directions, reported and returned by name, shown by name."""

import pytest

import trimtab as tt
from trimtab.errors import InvalidArgument, ResultError

GOALS = {"loss": "minimize", "accuracy": "maximize"}


def test_named_reports_and_results_go_to_the_direction_of_their_name() -> None:
    def train(trial: tt.Trial) -> dict[str, float]:
        x = trial.suggest_float("x", 0, 1)
        for epoch in (1, 2):
            trial.report(accuracy=1 - x, loss=x / epoch, step=epoch)  # in another order
        return {"accuracy": 1 - x, "loss": x}

    study = tt.create_study(direction=GOALS, seed=0)
    study.optimize(train, 5, progress=False)

    for trial in study.trials:
        x = trial.config["x"]
        assert trial.values == (x, 1 - x)
        assert trial.reports == {1: (x, 1 - x), 2: (x / 2, 1 - x)}
    assert [d.value for d in study.directions] == ["minimize", "maximize"]


def test_a_mapping_may_be_reported_as_it_is_and_pruning_sees_it() -> None:
    def train(x: float, trial: tt.Trial) -> dict[str, float]:
        for epoch in trial.steps():
            trial.report({"loss": x + 1 / epoch}, epoch)
        return {"loss": x}

    study = tt.create_study(
        {"x": tt.Float(0, 1)},
        direction={"loss": "minimize"},
        scheduler="asha",
        fidelity=tt.Fidelity("epoch", 1, 9),
        seed=0,
    )
    study.optimize(train, 20, progress=False)

    states = [trial.state.value for trial in study.trials]
    assert states.count("pruned") > 5
    assert min(t.config["x"] for t in study.trials) == study.best_trial.config["x"]


def test_one_objective_needs_no_declared_name() -> None:
    study = tt.create_study({"x": tt.Float(0, 1)}, seed=0)
    trial = study.ask()
    trial.report(loss=0.25)
    study.tell(trial, {"anything": 0.5})
    assert (study.trials[0].reports, study.best_value) == ({0: (0.25,)}, 0.5)


def test_what_is_reported_besides_the_objectives_is_kept_with_the_trial() -> None:
    study = tt.create_study({"x": tt.Float(0, 1)}, direction={"loss": "minimize"}, seed=0)
    trial = study.ask()
    for epoch in (1, 2):
        trial.report(loss=1 / epoch, learning_rate=0.1 / epoch, step=epoch)
    study.tell(trial, 0.5)
    kept = study.trials[0]
    assert kept.reports == {1: (1.0,), 2: (0.5,)}
    assert kept.user_attrs == {"learning_rate": 0.05}  # the latest


def test_several_objectives_without_names_are_refused_with_the_way_out() -> None:
    study = tt.create_study({"x": tt.Float(0, 1)}, directions=["minimize", "maximize"], seed=0)
    trial = study.ask()
    with pytest.raises(ResultError, match=r"create_study\(direction=\{'loss': 'minimize', ...\}\)"):
        trial.report(loss=1.0, accuracy=0.5)
    with pytest.raises(ResultError, match="not both"):
        trial.report([1.0, 0.5], loss=1.0)
    with pytest.raises(ResultError, match=r"objective 0 is None|got 1 value"):
        trial.report()


def test_a_missing_name_is_named() -> None:
    study = tt.create_study({"x": tt.Float(0, 1)}, direction=GOALS, seed=0)
    trial = study.ask()
    with pytest.raises(ResultError, match=r"lacks 'accuracy'"):
        trial.report(loss=1.0, acuracy=0.5)
    with pytest.raises(ResultError, match=r"lacks 'loss'"):
        study.tell(trial, {"accuracy": 0.5})


def test_names_are_kept_in_the_file(tmp_path) -> None:
    storage = tmp_path / "study.db"
    tt.create_study({"x": tt.Float(0, 1)}, direction=GOALS, storage=storage, study_name="s", seed=0)

    study = tt.load_study(storage=storage, study_name="s")
    study.optimize(lambda x: {"accuracy": 1 - x, "loss": x}, 3, progress=False)
    assert all(t.values == (t.config["x"], 1 - t.config["x"]) for t in study.trials)

    pandas = pytest.importorskip("pandas")
    frame = study.dataframe()
    assert isinstance(frame, pandas.DataFrame)
    assert {"values.loss", "values.accuracy"} <= set(frame.columns)


def test_names_given_to_a_run_are_kept_too() -> None:
    study = tt.create_study({"x": tt.Float(0, 1)}, directions=["minimize", "maximize"], seed=0)
    study.optimize(
        lambda x: {"gain": 1 - x, "cost": x}, 2, metrics=("cost", "gain"), progress=False
    )
    study.optimize(lambda x: {"gain": 1 - x, "cost": x}, 2, progress=False)
    assert all(t.values == (t.config["x"], 1 - t.config["x"]) for t in study.trials)
    assert study.user_attrs["metrics"] == ["cost", "gain"]


def test_names_are_not_changed_once_they_are_known() -> None:
    study = tt.create_study({"x": tt.Float(0, 1)}, direction={"a": "minimize", "b": "minimize"})
    with pytest.raises(InvalidArgument, match="in this order"):
        study.optimize(lambda x: {"a": x, "b": x}, 1, metrics=("b", "a"), progress=False)
    with pytest.raises(InvalidArgument, match="in this order"):
        tt.create_study(direction={"a": "minimize"}, study_name="s").name_metrics(["b"])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("loss", "metrics='loss'"),
        (("a",), "2 objectives"),
        (("a", "a"), "twice"),
        ((1, 2), "names"),
    ],
)
def test_names_that_do_not_fit_are_refused(given: object, words: str) -> None:
    study = tt.create_study({"x": tt.Float(0, 1)}, directions=["minimize", "maximize"])
    with pytest.raises(InvalidArgument, match=words):
        study.optimize(lambda x: (x, x), 1, metrics=given, progress=False)


def test_a_study_that_exists_keeps_to_its_directions(tmp_path) -> None:
    storage = tmp_path / "study.db"
    how = {"storage": storage, "study_name": "s", "load_if_exists": True}
    tt.create_study({"x": tt.Float(0, 1)}, direction=GOALS, **how)
    assert tt.create_study({"x": tt.Float(0, 1)}, direction=GOALS, **how).user_attrs == {
        "metrics": ["loss", "accuracy"]
    }
    with pytest.raises(InvalidArgument, match="in this order"):
        turned = {"accuracy": "minimize", "loss": "maximize"}
        tt.create_study({"x": tt.Float(0, 1)}, direction=turned, **how)
