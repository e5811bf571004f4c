"""Our samplers as a search algorithm of Ray Tune, in Tune's own runs."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import trimtab as tt

ray = pytest.importorskip("ray")
tune = pytest.importorskip("ray.tune")
search = pytest.importorskip("trimtab.integration.ray")
os.environ["TUNE_DISABLE_AUTO_CALLBACK_LOGGERS"] = "1"


def train(config: dict[str, Any]) -> None:
    loss = (config["x"] - 0.3) ** 2 + (config["net"]["width"] - 8) ** 2 / 100
    loss += config["offset"]
    for step in (2, 1):
        tune.report({"loss": loss + step - 1, "size": float(config["net"]["width"])})


def param_space() -> dict[str, Any]:
    return {
        "x": tune.uniform(0.0, 1.0),
        "net": {"width": tune.randint(1, 16), "act": tune.choice(["relu", "tanh"])},
        "offset": 0.0,
    }


def fit(algorithm: Any, n: int, folder: Path, **options: Any) -> Any:
    return tune.Tuner(
        train,
        param_space=param_space(),
        tune_config=tune.TuneConfig(
            search_alg=algorithm, num_samples=n, max_concurrent_trials=2, **options
        ),
        run_config=tune.RunConfig(storage_path=str(folder), verbose=0, name="run"),
    ).fit()


def test_tune_runs_what_the_study_proposes(cluster: Any, tmp_path: Path) -> None:
    algorithm = search.TrimtabSearch(sampler="tpe", storage=str(tmp_path / "s.db"), seed=1)
    results = fit(algorithm, 12, tmp_path, metric="loss", mode="min")
    study = tt.load_study(storage=tmp_path / "s.db")
    assert [t.number for t in study.trials] == list(range(12))
    assert {t.state for t in study.trials} == {tt.TrialState.COMPLETE}
    assert study.best.value == results.get_best_result().metrics["loss"]
    theirs = sorted(
        (r.config["x"], r.config["net"]["width"], r.config["net"]["act"]) for r in results
    )
    ours = sorted((t.config["x"], t.config["net.width"], t.config["net.act"]) for t in study.trials)
    assert theirs == ours
    assert all(len(t.reports) == 2 for t in study.trials)


def test_failures_and_missing_metrics_fail_their_trials(cluster: Any, tmp_path: Path) -> None:
    algorithm = search.TrimtabSearch(
        {"x": tt.Float(0.0, 1.0)}, metric="loss", mode="max", sampler="random"
    )
    for i, (result, error) in enumerate(
        [
            ({"loss": 2.0}, False),
            (None, True),
            ({"other": 1.0}, False),
            ({"loss": float("nan")}, False),
        ]
    ):
        assert 0.0 <= algorithm.suggest(f"t{i}")["x"] <= 1.0
        algorithm.on_trial_complete(f"t{i}", result, error)
    algorithm.on_trial_complete("unknown", {"loss": 1.0})
    states = [t.state.value for t in algorithm.study.trials]
    assert states == ["complete", "failed", "failed", "failed"]
    assert algorithm.study.best.value == 2.0


def test_a_finite_space_comes_to_an_end_and_evaluated_points_count(cluster: Any) -> None:
    algorithm = search.TrimtabSearch({"k": [1, 2, 3]}, metric="loss", mode="min", sampler="grid")
    algorithm.add_evaluated_point({"k": 2}, 5.0)
    found = []
    while isinstance(config := algorithm.suggest(f"t{len(found)}"), dict):
        algorithm.on_trial_complete(f"t{len(found)}", {"loss": float(config["k"])})
        found.append(config["k"])
    assert config == "FINISHED" and sorted(found) == [1, 3]
    assert [t.value for t in algorithm.study.trials] == [5.0, 1.0, 3.0]


def test_a_restored_search_goes_on_where_it_was(cluster: Any, tmp_path: Path) -> None:
    given = {"metric": ["loss", "size"], "mode": ["min", "max"], "storage": str(tmp_path / "s.db")}
    first = search.TrimtabSearch({"x": tt.Float(0.0, 1.0)}, **given)
    first.suggest("a")
    first.suggest("b")
    first.on_trial_complete("a", {"loss": 1.0, "size": 2.0})
    first.save(str(tmp_path / "kept"))
    again = search.TrimtabSearch({"x": tt.Float(0.0, 1.0)}, **given)
    again.restore(str(tmp_path / "kept"))
    again.on_trial_complete("b", {"loss": 3.0, "size": 4.0})
    again.on_trial_complete("a", {"loss": 9.0, "size": 9.0})  # unknown by now: it was told
    assert [t.values for t in again.study.trials] == [(1.0, 2.0), (3.0, 4.0)]
    in_memory = search.TrimtabSearch({"x": tt.Float(0.0, 1.0)}, metric="loss", mode="min")
    in_memory.save(str(tmp_path / "nothing"))
    with pytest.raises(tt.Unsupported, match="storage="):
        in_memory.restore(str(tmp_path / "nothing"))


def test_what_was_suggested_after_the_last_snapshot_is_suggested_again(
    cluster: Any, tmp_path: Path
) -> None:
    given = {
        "metric": "loss",
        "mode": "min",
        "storage": str(tmp_path / "s.db"),
        "sampler": "random",
    }
    first = search.TrimtabSearch({"x": tt.Float(0.0, 1.0)}, **given)
    kept = first.suggest("a")
    first.save(str(tmp_path / "kept"))
    forgotten = first.suggest("b")
    other = search.TrimtabSearch({"x": tt.Float(0.0, 1.0)}, **given)  # another run on this study
    other.suggest("a")

    again = search.TrimtabSearch(**given)  # as Tune has it: the space is not known to it
    again.restore(str(tmp_path / "kept"))
    assert again.suggest("c") == forgotten
    for name in ("a", "c"):
        again.on_trial_complete(name, {"loss": 1.0})
    states = [t.state.value for t in again.study.trials]
    assert states == ["complete", "complete", "running"]  # the other run's is left alone
    assert again.study.trials[0].config == kept


def test_a_run_of_tune_whose_driver_was_killed_goes_on(tmp_path: Path) -> None:
    driver = Path(__file__).with_name("tune_driver.py")
    codes = [
        subprocess.run([sys.executable, driver, tmp_path, how], timeout=250).returncode
        for how in ("start", "restore")
    ]
    assert codes == [9, 0]
    study = tt.load_study(storage=tmp_path / "study.db")
    complete = [t for t in study.trials if t.state is tt.TrialState.COMPLETE]
    assert len(complete) >= 12 and len(complete) == len(study.trials)


def test_what_is_missing_is_named(cluster: Any) -> None:
    with pytest.raises(tt.InvalidArgument, match="metric"):
        search.TrimtabSearch().suggest("a")
    with pytest.raises(tt.InvalidArgument, match="metric=None"):
        search.TrimtabSearch().set_search_properties(None, None, param_space())
