"""Estimates before a run."""

import pytest

import trimtab as tt
from trimtab.errors import InvalidArgument


def test_five_parameters_of_ten_values_take_eleven_years():
    space = {f"p{i}": list(range(10)) for i in range(5)}
    found = tt.estimate(space, hours_per_trial=1)
    assert found.n_configurations == 100_000
    assert found.years == pytest.approx(11.408, abs=1e-3)
    assert str(found) == "100000 configurations, 11.4 years"


def test_levels_and_workers():
    found = tt.estimate({"lr": tt.Float(0, 1), "k": [1, 2]}, 0.5, levels={"lr": 3}, n_workers=2)
    assert (found.n_configurations, found.hours) == (6, 1.5)


def test_a_continuous_space_has_no_end():
    assert "levels=" in str(tt.estimate({"lr": tt.Float(0, 1)}))
    with pytest.raises(InvalidArgument, match="hours_per_trial=0"):
        tt.estimate({"k": [1]}, 0)


@pytest.mark.parametrize(
    ("n", "word", "line"),
    [(9, "manual", "Very Limited (<10 trials) | Manual or Random Search"),
     (10, "random", "Small (10-50 trials) | Random Search"),
     (49, "random", "Small (10-50 trials)"),
     (50, "Bayesian", "Medium (50-200 trials) | Bayesian Optimization"),
     (199, "Bayesian", "Medium (50-200 trials)"),
     (200, "ASHA", "Large (200+ trials) | ASHA + Bayesian"),
     (999, "ASHA", "Large (200+ trials)"),
     (1000, "population", "Very Large (1000+ trials) | PBT or Multi-Fidelity | Ray Tune")],
)  # fmt: skip
def test_strategy_by_budget(n, word, line):  # BUD-07
    found = tt.recommend(n)
    assert word in found.strategy
    assert f"a budget of {n} lies in" in found.why
    assert line in str(found)
    assert line in str(tt.recommend(n, {"lr": tt.Float(0, 1)}))  # a space changes nothing of it
    assert "sampler='auto'" in str(found)


@pytest.mark.parametrize(
    ("given", "text", "holds"),
    [({"eval_seconds": 60.0}, "more than 60 s", False), ({"eval_seconds": 60.1}, "more than 60 s", True),
     ({"n_trials": 999}, "fewer than 1000 trials", True),
     ({"n_trials": 1000}, "fewer than 1000 trials", False),
     ({"dim": 19}, "fewer than 20 parameters", True), ({"dim": 20}, "fewer than 20 parameters", False)],
)  # fmt: skip
def test_conditions_of_the_guides(given, text, holds):
    """BOL-18: Bayesian optimization above a minute, below 1000 evaluations and 20 parameters."""
    found = tt.recommend(**{"dim": 5, **given})
    [judged] = [c for c in found.conditions if text in c.text]
    assert judged.holds == holds
    assert f"{judged.value:g}: {'yes' if holds else 'no'}" in str(found)


@pytest.mark.parametrize(
    ("given", "methods"),
    [({"dim": 19}, "GP TREGO CMAES"), ({"dim": 20}, "GP TrustRegion CMAES"), ({"dim": 201}, "CMAES"),
     ({"dim": 5, "mixed": True}, "GP TREGO TPE"), ({"dim": 5, "n_trials": 30}, "GP"),
     ({"dim": 5, "n_trials": 31}, "GP TREGO"),
     ({"dim": 5, "n_trials": 20, "n_jobs": 4}, "GP"), ({"dim": 5, "n_trials": 20, "n_jobs": 5}, "Sobol"),
     ({"dim": 5, "n_objectives": 2}, "TPE"), ({"dim": 5, "promotes": True}, "JointGP TPE")],
)  # fmt: skip
def test_what_stands_for_a_space(given, methods):
    """BOL-18: so many parameters, mixed or not, in place of a space."""
    found = tt.recommend(**given)
    assert [phase.method for phase in found.phases] == methods.split()
    tt.create_study({"lr": tt.Float(0, 1)}, sampler=found.sampler)


def test_the_call_of_the_journey():
    """J30, as it is written there; `parallel` and `noisy` are `n_jobs` and `is_noisy`."""
    found = tt.recommend(n_trials=100, eval_seconds=600, dim=8, parallel=4)
    assert found == tt.recommend(n_trials=100, eval_seconds=600, dim=8, n_jobs=4)
    assert found.strategy == "GP then TREGO"
    assert found.sampler == {"name": "Auto", "n_trials": 100, "eval_seconds": 600, "n_jobs": 4}
    assert all(condition.holds for condition in found.conditions)
    assert tt.recommend(9, noisy=True) == tt.recommend(9, is_noisy=True)


def test_workers_and_noise_matter_without_a_space():
    assert tt.recommend(100, n_jobs=25).strategy == "random search"
    assert "too few rounds" in tt.recommend(100, n_jobs=25).why
    found = tt.recommend(100, n_jobs=24, is_noisy=True)
    assert found.strategy == "Bayesian optimization"
    assert "24 at once: 5 rounds" in found.notes and "believed_best" in str(found)


@pytest.mark.parametrize(
    ("given", "word"),
    [({"n_trials": 0}, "n_trials=0"), ({"n_trials": True}, "n_trials=True"),
     ({"eval_seconds": -1.0}, "eval_seconds=-1.0"), ({"n_jobs": -3}, "n_jobs=-3"),
     ({"parallel": 0}, "parallel=0"), ({"n_jobs": 2, "parallel": 3}, "give one"),
     ({"n_objectives": 0}, "n_objectives=0"), ({"n_objectives": 2}, "give a space"),
     ({"promotes": True}, "give a space"), ({"noisy": "yes"}, "noisy='yes'"), ({"dim": 0}, "dim=0"),
     ({"mixed": True}, "without dim"), ({"mixed": True, "dim": 1}, "2 or more"),
     ({"dim": 2, "space": {"k": [1]}}, "leave it")],
)  # fmt: skip
def test_nothing_is_ignored(given, word):
    with pytest.raises(InvalidArgument, match=word):
        tt.recommend(**{"n_trials": 9, **given})


def test_what_changes_nothing_is_said():
    found = tt.recommend(50, dim=3, promotes=True, n_jobs=3, eval_seconds=5.0)
    for name in ("n_trials=50", "n_jobs=3", "eval_seconds=5"):
        assert f"{name} changes nothing" in str(found)


def test_with_a_space_it_is_what_auto_does():
    """BOL-18: the choice and its reason from space, budget, time, workers and noise."""
    space = {"lr": tt.Float(0, 1), "k": ["a", "b"]}
    found = tt.recommend(6000, space, eval_seconds=60.0, n_jobs=4, is_noisy=True)
    assert found.strategy == "GP then TREGO then TPE"
    assert "2 parameters" in found.why and "believed_best" in str(found)
    tt.create_study(space, sampler=found.sampler)  # is accepted as it is
    assert found.sampler == {"name": "Auto", "n_trials": 6000, "eval_seconds": 60.0, "n_jobs": 4}


def test_nothing_to_go_by():
    with pytest.raises(InvalidArgument, match="give a budget"):
        tt.recommend()
