"""What the settings of GP choose: criterion, optimism, kernel and what is thought of pending trials."""

import numpy as np
import pytest

import trimtab as tt
from trimtab.acquisition.batch import even_normals, joint_improvement
from trimtab.acquisition.guarded import least_mean
from trimtab.acquisition.optimism import SCHEDULES, kappa_at
from trimtab.acquisition.pending import BATCHES
from trimtab.bench.function import branin, gramacy
from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument
from trimtab.sampler.gp import GP
from trimtab.space.domain import Float, Int
from trimtab.space.space import Space
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.model import OBJECTIVE
from trimtab.surrogate.named import KERNELS

PLANE = {"a": tt.Float(-5, 10), "b": tt.Float(0, 15)}
QUICK = {"name": "GP", "n_raw": 128, "n_starts": 3}


def loss(config):
    return branin([config["a"], config["b"]])


def regret(n, seed=0, **settings):
    study = tt.minimize(loss, PLANE, n, sampler=QUICK | settings, seed=seed, progress=False)
    return study.best_value - 0.397887


def configs(**settings):
    study = tt.minimize(loss, PLANE, 9, sampler=QUICK | settings, seed=0, progress=False)
    return [trial.config for trial in study.trials]


@pytest.mark.parametrize(("short", "long"), [("ei", "log_ei"), ("pi", "log_pi"), ("ucb", "lcb")])
def test_other_names(short, long):
    assert GP(acquisition=short) == GP(acquisition=long)


@pytest.mark.parametrize(("acquisition", "most"), [("thompson", 0.3), ("entropy", 0.02)])
def test_finds_a_minimum_of_branin(acquisition, most):
    """BOL-13, BOL-14: by chance the best of thirty is at about 1.4."""
    found = [regret(30, seed, acquisition=acquisition) for seed in range(3)]
    assert np.median(found) < most


def test_a_drawn_function_is_another_one_each_time():
    study = tt.create_study(PLANE, sampler=QUICK | {"acquisition": "thompson"}, seed=0)
    for _ in range(6):
        trial = study.ask()
        study.tell(trial, loss(trial.config))
    asked = [study.ask().config for _ in range(4)]
    assert len({tuple(c.values()) for c in asked}) == 4


@pytest.mark.parametrize("kernel", KERNELS)
def test_every_kernel_searches_and_none_like_another(kernel):  # GPM-09
    assert np.median([regret(20, seed, kernel=kernel) for seed in range(3)]) < 1.4
    assert kernel == "matern52" or configs(kernel=kernel) != configs()


def test_a_latin_hypercube_first():
    """BOL-02: one trial in each eighth of each axis; what was told before counts."""
    settings = QUICK | {"n_initial": 8, "initial": "latin_hypercube"}
    study = tt.minimize(loss, PLANE, 8, sampler=settings, seed=0, progress=False)
    a = sorted(int((t.config["a"] + 5) / 15 * 8) for t in study.trials)
    b = sorted(int(t.config["b"] / 15 * 8) for t in study.trials)
    assert a == b == list(range(8))
    other = tt.create_study(PLANE, sampler=settings, seed=0)
    other.enqueue({"a": 1.0, "b": 2.0})
    other.optimize(loss, 8, progress=False)
    assert [t.config for t in other.trials[1:]] == [t.config for t in study.trials[1:]]
    assert configs(initial="random", n_initial=8)[:8] != configs(n_initial=8)[:8]


def test_schedules_of_optimism():
    """BOL-09: the golden values of theorem 1 and of the formula for one point."""
    grid = Space({"a": Int(1, 10), "b": Int(1, 10), "c": Int(1, 10)})
    finite = [kappa_at("finite", t, grid, 0.1) for t in (1, 10, 100)]
    assert finite == pytest.approx([4.40637, 5.35037, 6.15116], abs=1e-5)
    seed = [kappa_at("seed", t, grid, 0.1) for t in (1, 10, 100)]
    assert seed == pytest.approx([2.36655, 3.19464, 3.84849], abs=1e-5)
    assert kappa_at(1.5, 7, grid, 0.1) == 1.5


@pytest.mark.parametrize("kappa", [name for name in SCHEDULES if name != "finite"])
def test_a_schedule_explores(kappa):
    assert configs(acquisition="lcb", kappa=kappa) != configs(acquisition="lcb")
    some, few = [
        np.std([c["a"] for c in configs(acquisition="lcb", kappa=k)]) for k in (kappa, 0.0)
    ]
    assert some > few


def test_a_finite_schedule_needs_a_finite_space():
    with pytest.raises(InvalidArgument, match='use "compact" or "brochu"'):
        tt.create_study(PLANE, sampler=QUICK | {"acquisition": "lcb", "kappa": "finite"}).ask()
    grid = {"a": tt.Int(0, 9), "b": tt.Int(0, 9)}
    chosen = QUICK | {"acquisition": "lcb", "kappa": "finite"}
    study = tt.minimize(lambda a, b: (a - 3) ** 2 + (b - 4) ** 2, grid, 30, sampler=chosen, seed=0)
    assert study.best_value == 0


@pytest.mark.parametrize("batch", BATCHES)
def test_a_batch_is_spread(batch):
    """MTK-06: four at once are four, apart from each other, and a search with them comes near."""
    study = tt.create_study(PLANE, sampler=QUICK | {"batch": batch}, seed=0)
    for _ in range(9):
        trials = [study.ask() for _ in range(4)]
        rows = np.array([[t.config["a"] / 15, t.config["b"] / 15] for t in trials])
        gaps = np.linalg.norm(rows[:, None] - rows, axis=2)[np.triu_indices(4, 1)]
        assert gaps.min() > 0
        for trial in trials:
            study.tell(trial, loss(trial.config))
    assert study.best_value - 0.397887 < 0.5


def test_what_is_thought_of_pending_trials_matters_to_batches_alone():
    assert all(configs(batch=batch) == configs() for batch in BATCHES)


def test_joint_improvement_takes_the_row_with_the_largest():
    """MTK-06: of the rows of a small space, given two that are pending, the one that adds most to qEI."""
    space = tt.Space({"a": tt.Int(0, 14), "b": tt.Int(0, 14)})
    sampler = GP(batch="joint")
    study = tt.create_study(space, sampler=sampler, seed=3)
    for _ in range(8):
        trial = study.ask()
        study.tell(trial, branin([trial.config["a"] - 5, trial.config["b"]]))
    three = [study.ask() for _ in range(3)]
    models, results, embedding = of_study(study, sampler)
    rows = embedding(space.to_unit(np.array([space.codes(t.config) for t in three])))
    posterior, best = (
        models[OBJECTIVE].posterior,
        least_mean(models[OBJECTIVE], results, models[OBJECTIVE].posterior),
    )
    grid = embedding(space.to_unit(np.array(list(space.enumerate()))))

    def joint(third):
        both = np.vstack([rows[:2], third])
        mean, covariance = posterior.predict(both)[0], posterior.covariance(both)
        return joint_improvement(mean, covariance, best, even_normals(2**13, 3, 0))

    each = np.array([joint(row) for row in grid])
    assert joint(rows[2]) > 0.97 * each.max()


def of_study(study, sampler):
    """The sampler's models given what a study has been told."""
    problem = Problem(study.space, 1)
    state = sampler.init(problem, np.random.default_rng(0))
    state = sampler.tell(
        state, study.history.batch(np.array(study.history.order)), np.random.default_rng(0)
    )
    return state.models, state.results, embedding_of(study.space)


def test_improvement_is_augmented_where_much_is_noise_and_there_alone():
    assert configs(noise=0.05) == configs(noise=0.05, roughness=2.0)
    assert configs(noise=0.05) != configs(noise=0.05, roughness=0.0)
    assert configs(noise=0.5) == configs(noise=0.5, roughness=0.0)
    assert configs(noise=0.5) != configs(noise=0.5, roughness=2.0)
    assert configs(noise=0.5, acquisition="lcb") == configs(
        noise=0.5, acquisition="lcb", roughness=2.0
    )


def test_joint_improvement_is_augmented_by_the_same_rule():
    def while_two_run(**settings):
        study = tt.create_study(PLANE, sampler=QUICK | {"batch": "joint"} | settings, seed=0)
        for _ in range(8):
            trial = study.ask()
            study.tell(trial, loss(trial.config))
        return [study.ask().config for _ in range(3)][1:]

    assert while_two_run(noise=0.05) == while_two_run(noise=0.05, roughness=2.0)
    assert while_two_run(noise=0.05) != while_two_run(noise=0.05, roughness=0.0)
    assert while_two_run(noise=0.5) == while_two_run(noise=0.5, roughness=0.0)
    assert while_two_run(noise=0.5) != while_two_run(noise=0.5, roughness=2.0)


def test_noise_is_learned_and_counts():
    def measured(trial_number):
        return float(np.random.default_rng(trial_number).standard_normal())

    def proposals(roughness):
        study = tt.create_study(PLANE, sampler=QUICK | {"roughness": roughness}, seed=0)
        for number in range(20):
            study.tell(study.ask(), measured(number))
        return [trial.config for trial in study.trials]

    assert proposals(0.1) != proposals(2.0)


def test_an_average_over_draws_of_the_parameters():
    """GPM-11: other proposals than those of one fit, the same again after a restart, and as near."""
    assert configs(n_models=4) == configs(n_models=4) != configs()
    assert np.median([regret(25, seed, n_models=4) for seed in range(3)]) < 0.3
    pi = [regret(25, seed, n_models=3, acquisition="log_pi") for seed in range(3)]
    assert np.median(pi) < 1.4


def test_a_mean_and_a_joint_improvement_are_of_improvements():
    with pytest.raises(
        InvalidArgument, match=r"n_models=3 is for .*'log_ei' or 'log_pi', not 'lcb'"
    ):
        GP(n_models=3, acquisition="lcb")
    with pytest.raises(InvalidArgument, match=r"batch='joint' is for .*'log_ei', not 'log_pi'"):
        GP(batch="joint", acquisition="log_pi")
    with pytest.raises(InvalidArgument, match="n_models must be at least 1"):
        GP(n_models=0)


def test_entropy_keeps_constraints_and_looks_for_their_edge():
    study = tt.create_study(
        {"x": tt.Float(0, 1), "y": tt.Float(0, 1)},
        sampler=QUICK | {"acquisition": "entropy"},
        seed=0,
    )
    study.optimize(lambda c: gramacy([c["x"], c["y"]]), 40)
    assert study.best_value - 0.5998 < 0.02


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"kappa": "finit"}, "did you mean 'finite'"),
        ({"kappa": -1.0}, "kappa=-1.0"),
        ({"roughness": -0.1}, "roughness=-0.1"),
        ({"delta": 1.5}, "delta=1.5"),
        ({"batch": "lier"}, "did you mean 'liar'"),
        ({"kernel": "matern"}, "kernel='matern'"),
        ({"kernel": "rational_quadratic", "acquisition": "thompson"}, "use a Matern kernel or rbf"),
        ({"acquisition": "lcbb"}, "did you mean 'lcb'"),
        ({"n_initial": 10**9}, "between 1 and 100000"),
        ({"belief": {"x": 3}}, "width"),
    ],
)  # fmt: skip
def test_refuses(bad, said):
    with pytest.raises(InvalidArgument, match=said):
        GP(**bad)


@pytest.mark.parametrize(
    ("refit", "wanted"),
    [(1, range(1, 13)), (5, [1, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8, 8]), (99, [1, 2, 2, *[4] * 4, *[8] * 5])],
)  # fmt: skip
def test_fits_on_a_schedule(refit, wanted, play):  # BOL-21
    run, fitted = (
        play(GP(refit=refit, n_raw=64, n_starts=2), Space({"a": Float(0, 1)}), np.sum, 0),
        [],
    )
    for i in range(1, 13):
        run.go(i)
        fitted.append(len(run.state._fit.results))
    assert fitted == list(wanted)


def test_spaces_of_one_value_have_a_schedule_too():
    assert kappa_at("compact", 1, Space({"a": Float(0, 1)}), 0.1) > 0


def test_a_confident_belief_in_many_parameters_is_heard():
    where = np.random.default_rng(0).random(10)
    belief = {f"x{i}": (float(u), 0.005) for i, u in enumerate(where)}
    study = tt.minimize(
        lambda config: float(np.sum((np.array(list(config.values())) - where) ** 2)),
        {name: tt.Float(0, 1) for name in belief},
        10,
        sampler=QUICK | {"belief": belief},
        seed=0,
        progress=False,
    )
    assert study.best_value < 1e-3


def test_a_belief_in_a_parameter_that_is_not_always_there():
    def objective(trial):
        if trial.suggest_categorical("c", ["a", "b"]) == "a":
            return 1.0
        return abs(trial.suggest_float("m", 0, 1) - 0.3)

    def declared(config):
        return abs(config.get("m", 1.3) - 0.3)

    chosen = QUICK | {"belief": {"c": ("b", 0.3), "m": (0.3, 0.05), "later": (1, 1)}}
    study = tt.create_study(sampler=chosen, seed=0)
    study.optimize(objective, 12, progress=False)
    assert study.best_value < 0.05
    space = {"c": tt.Categorical(["a", "b"]), "m": tt.Float(0, 1).when(c="b")}
    chosen = QUICK | {"belief": {"m": (0.3, 0.05)}}
    assert tt.minimize(declared, space, 8, sampler=chosen, seed=0).best_value < 0.01


def test_numbers_of_numpy():
    assert GP(kappa=np.int64(2), xi=np.float32(0.5)) == GP(kappa=2.0, xi=0.5)


@pytest.mark.parametrize("settings", [{"n_models": 3}, {"batch": "joint"}, {"cost_weight": 1.0}])
def test_a_restart_goes_on_as_if_there_had_been_none(settings, tmp_path):
    def asked(name, reopens):
        storage = f"sqlite:///{tmp_path / name}.db"
        study = tt.create_study(
            PLANE, sampler=QUICK | settings, seed=1, storage=storage, study_name="s"
        )
        found = []
        for number in range(14):
            if reopens and number % 3 == 2:
                study = tt.load_study(study_name="s", storage=storage)
            config = study.ask().config
            found.append(config)
            if number >= 2:  # three run at a time
                done = study.trials[number - 2]
                study.tell(done.number, tt.Result(loss(done.config), cost=1 + config["a"] ** 2))
        return found

    assert asked("one", False) == asked("other", True)
