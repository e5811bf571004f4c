"""The front doors, exactly as a user types them."""

import contextlib
import inspect
import itertools

import numpy as np
import pytest

import trimtab as tt


def make_space():
    return tt.Space(
        {
            "lr": tt.Float(1e-5, 1e-1, log=True, default=1e-3),
            "layers": tt.Int(1, 8),
            "act": tt.Categorical(["relu", "gelu"]),
            "momentum": tt.Float(0, 0.99).when(opt="sgd"),  # declared before what decides it
            "opt": tt.Categorical(["sgd", "adam"]),
        },
        where=["layers <= 4 or lr < 1e-2"],
    )


def by_config(config):
    return config["lr"] * config["layers"] + config.get("momentum", 0.5)


def by_name(lr, layers, act, opt, momentum=0.5):
    return lr * layers + momentum


def configs(study):
    return [dict(t.config) for t in study.trials]


def assert_valid(config):
    assert set(config) == {"lr", "layers", "act", "opt"} | (
        {"momentum"} if config["opt"] == "sgd" else set()
    )
    assert 1e-5 <= config["lr"] <= 1e-1
    assert type(config["layers"]) is int
    assert config["layers"] <= 4 or config["lr"] < 1e-2


def test_minimize_in_two_processes_to_a_file(tmp_path):
    def loss(config):
        return config["lr"] * config["layers"] + config.get("momentum", 0.5)

    arguments = {"n_jobs": 2, "seed": 0, "storage": tmp_path / "s.db", "progress": False}
    study = tt.minimize(loss, make_space(), n_trials=50, **arguments)
    assert [t.number for t in study.trials] == list(range(50))
    for trial in study.trials:
        assert trial.state == "complete"
        assert_valid(trial.config)
        assert trial.value == loss(trial.config)
    assert study.best.value == min(t.value for t in study.trials)
    assert study.best.config == study.best.params == study.best_config
    before = study.trials
    again = tt.minimize(loss, make_space(), n_trials=50, **arguments)
    assert again.trials == before
    more = tt.minimize(loss, make_space(), n_trials=60, **arguments)
    assert len(more.trials) == 60
    assert more.trials[:50] == before


def test_both_forms_of_an_objective_see_the_same():
    a = tt.minimize(by_config, make_space(), n_trials=30, seed=3)
    b = tt.minimize(by_name, make_space(), n_trials=30, seed=3)
    assert [(t.config, t.value) for t in a.trials] == [(t.config, t.value) for t in b.trials]


def test_a_seed_is_a_run_and_two_seeds_are_two():
    """RND-01: a seeded repeat is identical."""
    runs = [configs(tt.minimize(by_config, make_space(), n_trials=10, seed=s)) for s in (0, 0, 1)]
    assert runs[0] == runs[1] != runs[2]
    fresh = tt.minimize(by_config, make_space(), n_trials=10)
    again = tt.minimize(by_config, make_space(), n_trials=10, seed=fresh.ledger.seed)
    assert configs(fresh) == configs(again)


def test_workers_do_not_change_what_is_proposed():
    def loss(config):
        return config["lr"]

    runs = [
        configs(tt.minimize(loss, make_space(), n_trials=20, seed=5, sampler="sobol", **how))
        for how in ({}, {"n_jobs": 4, "executor": "thread"}, {"n_jobs": 2})
    ]
    assert runs[0] == runs[1] == runs[2]


def test_optimize_with_every_option(tmp_path):
    seen = []

    def objective(trial):
        x = trial.suggest_float("x", -1, 1)
        if trial.number % 4 == 1:
            raise ValueError("odd")
        trial.report(x, step=0)
        trial.set_user_attr("double", 2 * x)
        return x * x

    study = tt.create_study(storage=tmp_path / "s.db", study_name="all", seed=1)
    study.optimize(
        objective,
        n_trials=20,
        timeout=60,
        n_jobs=2,
        callbacks=[lambda study, trial: seen.append(trial.number)],
        catch=(ValueError,),
        progress=False,
    )
    assert sorted(seen) == list(range(20))
    assert sum(t.state == "failed" for t in study.trials) == 5
    for trial in study.trials:
        if trial.state == "complete":
            assert trial.user_attrs == {"double": 2 * trial.config["x"]}
            assert trial.reports == {0: (trial.config["x"],)}
    study.optimize(objective, n_trials=5, progress=False)
    assert len(study.trials) == 25  # optimize adds, run completes


def test_what_a_live_trial_has():
    seen = {}

    def objective(trial):
        seen.update(number=trial.number, config=trial.config, params=trial.params)
        seen.update(state=trial.state, attrs=trial.user_attrs, prune=trial.should_prune())
        trial.report(3.0)
        return 1

    study = tt.create_study({"x": tt.Float(0, 1)}, seed=0)
    study.optimize(objective, n_trials=1)
    record = study.trials[0]
    assert seen["number"] == record.number == 0
    assert seen["config"] == seen["params"] == record.config == record.params
    assert (seen["state"], seen["attrs"], seen["prune"]) == ("running", {}, False)
    assert (record.value, record.values, record.reports) == (1.0, (1.0,), {0: (3.0,)})


def test_ask_and_tell():
    study = tt.create_study({"x": tt.Float(0, 1)}, direction="maximize", seed=0)
    first = study.ask()
    assert first.config == first.params
    assert study.trials[0].state == "running"
    four = study.ask(4)
    assert [t.number for t in four] == [1, 2, 3, 4]
    for value, trial in enumerate([first, *four]):
        study.tell(trial, value)
    assert study.best.number == 4
    assert study.best_value == 4.0
    study.tell(study.ask().number, 9)  # a number is as good as the trial
    assert study.best.number == 5
    failed, pruned = study.ask(2)
    study.tell(failed, state="failed")
    study.tell(pruned, 100.0, state="pruned")
    assert study.best.number == 5
    assert [str(t.state) for t in study.trials[-2:]] == ["failed", "pruned"]


def test_enqueued_configurations_come_first_in_order():
    study = tt.create_study(make_space(), seed=0)
    numbers = study.enqueue([{"lr": 0.01, "layers": 2}, {"opt": "sgd", "momentum": 0.5}])
    assert numbers == [0, 1]
    study.optimize(by_config, n_trials=3)
    first, second, third = configs(study)
    assert (first["lr"], first["layers"]) == (0.01, 2)
    assert (second["opt"], second["momentum"]) == ("sgd", 0.5)
    for config in (first, second, third):
        assert_valid(config)


def test_load_study(tmp_path):
    path = tmp_path / "s.db"
    made = tt.create_study(make_space(), storage=path, study_name="a", seed=0)
    made.optimize(by_config, n_trials=5, progress=False)
    for where in (path, str(path), f"sqlite:///{path}"):
        loaded = tt.load_study(storage=where)
        assert loaded.name == "a"
        assert loaded.trials == made.trials
        assert loaded.space == make_space()
    tt.create_study({"y": [1, 2]}, storage=path, study_name="b")
    assert tt.load_study(storage=path, study_name="b").trials == []
    tt.delete_study(storage=path, study_name="b")
    assert tt.load_study(storage=path).name == "a"


@pytest.mark.parametrize("sampler", ["sobol", "SOBOL", "latin_hypercube", {"name": "sobol"}])
def test_samplers_by_name(sampler):
    study = tt.create_study({"x": tt.Float(0, 1)}, sampler=sampler, seed=0)
    study.optimize(lambda x: x, n_trials=4)
    assert len({t.config["x"] for t in study.trials}) == 4


def test_a_sampler_object_equals_its_name():
    runs = [
        configs(tt.minimize(lambda x: x, {"x": tt.Float(0, 1)}, 8, sampler=s, seed=0))
        for s in ("sobol", tt.sampler.Sobol(), tt.sampler.Sobol)
    ]
    assert runs[0] == runs[1] == runs[2]


def dominates(a, b):
    return all(x <= y for x, y in zip(a, b, strict=True)) and tuple(a) != tuple(b)


def test_several_objectives_with_constraints_and_cost():
    def objective(x, y):
        return tt.Result((x, y), constraints=[0.5 - x - y], cost=3.0)

    study = tt.create_study(
        {"x": tt.Float(0, 1), "y": tt.Float(0, 1)}, direction=["minimize", "maximize"], seed=2
    )
    study.optimize(objective, n_trials=80)
    feasible = [t for t in study.trials if t.constraints[0] <= 0]
    assert 0 < len(feasible) < 80
    losses = {t.number: (t.values[0], -t.values[1]) for t in feasible}
    front = [n for n in losses if not any(dominates(b, losses[n]) for b in losses.values())]
    assert [t.number for t in study.best_trials] == front
    assert all(t.cost == 3.0 for t in study.trials)
    with pytest.raises(tt.InvalidArgument, match="best_trials"):
        _ = study.best


def test_the_best_is_feasible():
    study = tt.create_study({"x": tt.Float(0, 1)}, seed=0)
    study.optimize(lambda x: tt.Result(x, constraints=[0.5 - x]), n_trials=30)
    assert study.best.value == min(t.value for t in study.trials if t.value >= 0.5)
    hopeless = tt.create_study({"x": tt.Float(0, 1)}, seed=0)
    hopeless.optimize(lambda x: tt.Result(x, constraints=[1.0 + x]), n_trials=3)
    with pytest.raises(tt.NothingYet, match="keeps the constraints"):
        _ = hopeless.best


def needs_settings(name):
    parameters = inspect.signature(getattr(tt.sampler, name)).parameters.values()
    return any(p.default is p.empty for p in parameters)


def bowl(config):
    return sum((v - 0.3) ** 2 for v in config.values()) + config["a"]


@pytest.mark.parametrize("name", [s for s in dir(tt.sampler) if not needs_settings(s)])
def test_maximizing_is_minimizing_the_negative(name):
    space = {k: tt.Float(0, 1, step=0.25) for k in "abc"}

    def run(direction, objective):
        study = tt.create_study(space, direction=direction, sampler=name.lower(), seed=4)
        with contextlib.suppress(tt.SpaceExhausted):
            study.optimize(objective, n_trials=25)
        return configs(study)

    down = run("minimize", lambda config: -bowl(config))
    up = run("maximize", bowl)
    assert down == up
    assert len(up) >= 4


def test_a_grid_over_a_table_finds_its_minimum():
    table = np.random.default_rng(0).random((4, 5))
    study = tt.minimize(
        lambda i, j: table[i, j], {"i": tt.Int(0, 3), "j": tt.Int(0, 4)}, sampler="grid"
    )
    assert configs(study) == [{"i": i, "j": j} for i, j in itertools.product(range(4), range(5))]
    best = np.unravel_index(table.argmin(), table.shape)
    assert study.best.config == {"i": int(best[0]), "j": int(best[1])}


def test_a_finite_space_runs_out():
    """RND-16: twenty distinct, then SpaceExhausted."""
    space = {"i": tt.Int(0, 3), "j": tt.Int(0, 4)}
    study = tt.minimize(lambda i, j: i + j, space, n_trials=100, seed=0)
    assert len({(t.config["i"], t.config["j"]) for t in study.trials}) == len(study.trials) == 20
    with pytest.raises(tt.SpaceExhausted, match="20 configurations"):
        study.ask()
