"""A study and its scheduler: how it is given, kept, and what it does to trials."""

import pytest

import trimtab as tt

SPACE = {"x": tt.Float(0, 1)}


def train(trial):
    x = trial.suggest_float("x", 0, 1)
    for epoch in range(9):
        trial.report(x + 1 / (epoch + 1), epoch)
        if trial.should_prune():
            raise tt.TrialPruned(f"epoch {epoch}")
    return x


@pytest.mark.parametrize("given", [{"scheduler": "asha"}, {"pruner": tt.scheduler.ASHA()}])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_losers_end_early(given, n_jobs):  # EST-02
    study = tt.minimize(train, n_trials=20, seed=1, n_jobs=n_jobs, progress=False, **given)
    pruned = [t for t in study.trials if t.state == "pruned"]
    assert len(study.trials) == 20
    assert len(pruned) >= 5
    assert all(max(t.reports) < 8 for t in pruned)
    assert pruned[0].reason.startswith("epoch ")
    assert study.best.state == "complete"


def test_returning_when_told_to_stop_is_no_result():  # EST-02
    def leaves(x, trial):
        trial.report(x, 1)
        return x if trial.should_prune() else x / 2

    study = tt.minimize(leaves, SPACE, 10, scheduler="asha", seed=0, progress=False)
    assert {t.state for t in study.trials} == {"complete", "pruned"}
    assert all(t.value == t.config["x"] for t in study.trials if t.state == "pruned")


def test_two_words_for_one_thing():
    with pytest.raises(tt.InvalidArgument, match="two words"):
        tt.create_study(SPACE, scheduler="asha", pruner="median")


def test_a_study_keeps_its_scheduler(tmp_path):
    path = tmp_path / "s.db"
    made = tt.create_study(SPACE, storage=path, scheduler={"name": "Percentile", "keep": 10.0})
    assert made.ledger.scheduler == tt.scheduler.Percentile(10.0)
    assert tt.load_study(storage=path).ledger.scheduler == tt.scheduler.Percentile(10.0)
    other = tt.load_study(storage=path, pruner="median")
    assert other.ledger.scheduler == tt.scheduler.Median()


def test_several_objectives_in_a_define_by_run_study():  # EST-02
    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        for step in range(1, 4):
            trial.report([x, 1 - x + 2 * (trial.number % 2)], step)
            if trial.should_prune():
                raise tt.TrialPruned
        return x, 1 - x + 2 * (trial.number % 2)

    study = tt.minimize(
        objective,
        n_trials=30,
        direction=["min", "min"],
        sampler="random",
        scheduler="asha",
        seed=0,
        progress=False,
    )
    assert {t.number % 2 for t in study.best_trials} == {0}
    assert sum(t.state == "pruned" for t in study.trials) > 5


def test_a_pruned_trial_that_diverged_has_no_value():
    def diverges(x, trial):
        trial.report(float("nan"), 1)
        raise tt.TrialPruned

    study = tt.minimize(diverges, SPACE, 2, seed=0, progress=False)
    assert [(t.state, t.values) for t in study.trials] == [("pruned", None)] * 2
