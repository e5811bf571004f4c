"""What a define-by-run study learns of its objective's code, through the public door."""

import pytest

import trimtab as tt


def train(trial: tt.Trial) -> float:
    model = trial.suggest_categorical("model", ["svm", "tree"])
    if model == "svm":
        return abs(trial.suggest_float("c", 0, 1) - 0.3)
    return abs(trial.suggest_int("depth", 1, 20) - 7) / 10


@pytest.mark.parametrize("sampler", ["gp", "tpe", "forest", "auto"])
def test_a_proposal_holds_what_the_objective_will_ask_for(sampler: str) -> None:
    study = tt.create_study(sampler=sampler, seed=0)
    study.optimize(train, 12, progress=False)
    for _ in range(6):
        trial = study.ask()
        offered = set(trial.task.config)
        assert offered == (
            {"model", "c"} if trial.task.config["model"] == "svm" else {"model", "depth"}
        )
        study.tell(trial, train(trial))


def test_an_objective_may_change_its_mind() -> None:
    study = tt.create_study(sampler="gp", seed=0)
    study.optimize(train, 12, progress=False)

    def both(trial: tt.Trial) -> float:
        loss = train(trial) + trial.suggest_float("c", 0, 1)
        return loss - 2 * (trial.config["model"] == "tree")

    study.enqueue({"model": "tree"})
    study.optimize(both, 20, progress=False)
    assert all("c" in t.config for t in study.trials[12:])
    trees = [t for t in study.trials[12:] if t.config["model"] == "tree"]
    assert len(trees) > 5
    assert min(t.config["c"] for t in trees) < 0.1  # it is searched, now that it is known
    assert not study.ledger.proposer.space.conditions.get("c")


@pytest.mark.parametrize("sampler", ["gp", "tpe"])
def test_a_restart_proposes_as_if_nothing_had_happened(tmp_path, sampler: str) -> None:
    whole = tt.create_study(sampler=sampler, seed=3)
    whole.optimize(train, 20, progress=False)
    for n in (3, 4, 1, 5, 7):
        study = tt.create_study(
            sampler=sampler, seed=3, storage=tmp_path / "s.db", study_name="s", load_if_exists=True
        )
        study.optimize(train, n, progress=False)
    assert [t.config for t in study.trials] == [t.config for t in whole.trials]


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("sampler", ["gp", "auto", "trust_region"])
def test_a_branch_that_asks_for_nothing_is_not_tried_again_and_again(
    sampler: str, fails: bool
) -> None:
    """What one branch has shown counts, though another was seen but once, or failed."""

    def loss(trial: tt.Trial) -> float:
        model = trial.suggest_categorical("model", ["svm", "forest", "none"])
        if model == "svm":
            return (trial.suggest_float("c", -3, 3) - 1) ** 2 + 0.1
        if model == "forest":
            n = trial.suggest_int("n", 1, 50)
            if fails:
                raise ValueError("out of memory")
            return 2 + 0.01 * n
        return 1.5

    for seed in (3, 4):
        study = tt.create_study(sampler=sampler, seed=seed)
        study.optimize(loss, 30, progress=False, catch=(ValueError,))
        models = [trial.config["model"] for trial in study.trials]
        assert models.count("none") <= 6
        assert models.count("svm") >= 10
