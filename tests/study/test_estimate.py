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
    ("n", "word"),
    [(9, "manual"), (10, "random"), (49, "random"), (50, "Bayesian"), (199, "Bayesian"), (200, "ASHA"),
     (999, "ASHA"), (1000, "population")],
)  # fmt: skip
def test_strategy_by_budget(n, word):  # BUD-07
    assert word in tt.recommend(n).strategy
    assert str(n) in str(tt.recommend(n))


def test_no_budget():
    with pytest.raises(InvalidArgument, match="n_trials=0"):
        tt.recommend(0)


def test_with_a_space_it_is_what_auto_does():
    """BOL-18: the choice and its reason from space, budget, time, workers and noise."""
    space = {"lr": tt.Float(0, 1), "k": ["a", "b"]}
    found = tt.recommend(600, space, eval_seconds=60.0, n_jobs=4, is_noisy=True)
    assert found.strategy == "GP then TREGO then TPE"
    assert "2 parameters" in found.why and "believed_best" in found.why
    tt.create_study(space, sampler=found.sampler)  # is accepted as it is
    assert found.sampler == {"name": "Auto", "n_trials": 600, "eval_seconds": 60.0, "n_jobs": 4}


def test_nothing_to_go_by():
    with pytest.raises(InvalidArgument, match="give a budget"):
        tt.recommend()
