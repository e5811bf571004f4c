"""Trials that are asked for in a context, and what is refused there."""

import pytest

import trimtab as tt

SPACE = {"x": tt.Float(0, 1), "load": tt.Float(1e-3, 10, log=True), "kind": ["a", "b"]}


def study_of(**options):
    return tt.create_study(SPACE, sampler={"name": "Contextual", "n_initial": 3}, seed=0, **options)


def test_what_is_given_is_exact_and_kept(tmp_path):
    path = tmp_path / "s.db"
    study = study_of(storage=path, study_name="s")
    for i in range(5):
        trials = study.ask(2, context={"load": 0.1 + i / 7, "kind": "b"})
        for trial in trials:
            assert (trial.config["load"], trial.config["kind"]) == (0.1 + i / 7, "b")
            study.tell(trial, trial.config["x"])
    again = tt.load_study(storage=path, study_name="s")
    assert [t.config["load"] for t in again.trials[::2]] == [0.1 + i / 7 for i in range(5)]
    assert again.ask(context={"load": 0.3}).config["load"] == 0.3


def test_every_value_may_be_given():
    given = {"x": 0.25, "load": 2.0, "kind": "a"}
    trial = study_of().ask(context=given)
    assert dict(trial.config) == given


def test_a_sampler_that_does_not_read_it_is_refused():
    study = tt.create_study(SPACE, seed=0)
    with pytest.raises(tt.Unsupported, match="Auto does not read a context"):
        study.ask(context={"load": 1.0})
    with pytest.raises(tt.Unsupported, match="declared space"):
        tt.create_study(sampler="contextual").ask(context={"load": 1.0})


@pytest.mark.parametrize("bad", [{"lode": 1.0}, {"load": 99.0}, {"kind": "c"}])
def test_values_outside_the_space_are_refused(bad):
    with pytest.raises(tt.SpaceError):
        study_of().ask(context=bad)


def test_trials_with_contexts_of_their_own_come_first():
    study = study_of()
    with pytest.raises(tt.InvalidArgument, match="gives nothing"):
        study.ask(context={})
    study.enqueue({"load": 5.0})
    with pytest.raises(tt.InvalidArgument, match="1 trials wait"):
        study.ask(context={"load": 1.0})
    assert study.ask().config["load"] == 5.0
    assert study.ask(context={"load": 1.0}).config["load"] == 1.0


def test_an_orphan_of_another_context_is_put_back(tmp_path):
    path = tmp_path / "s.db"
    left = study_of(storage=path, study_name="s").ask(context={"load": 5.0}, lease=0.0)
    study = tt.load_study(storage=path, study_name="s")
    with pytest.raises(tt.InvalidArgument, match="left behind"):
        study.ask(context={"load": 1.0})
    assert study.ask().number == left.number
    assert study.ask(context={"load": 1.0}).config["load"] == 1.0


def test_policy():
    study = study_of()
    with pytest.raises(tt.NothingYet, match="two results"):
        tt.Policy(study)
    for load in (0.01, 0.1, 1.0, 5.0):
        for _ in range(5):
            trial = study.ask(context={"load": load, "kind": "a"})
            study.tell(trial, (trial.config["x"] - (load > 0.3)) ** 2)
    policy = tt.Policy(study)
    low, high = (policy({"load": load, "kind": "a"}) for load in (0.01, 5.0))
    assert (low["load"], low["kind"], high["load"]) == (0.01, "a", 5.0)
    assert low["x"] < 0.3 and high["x"] > 0.7
    given = {"x": 0.5, "load": 1.0, "kind": "b"}
    assert policy(given) == given
    with pytest.raises(tt.SpaceError):
        policy({"nope": 1})


def test_policy_refuses():
    two = tt.create_study(SPACE, direction=["min", "min"])
    with pytest.raises(tt.InvalidArgument, match="2 objectives"):
        tt.Policy(two)
    ruled = tt.create_study(tt.Space({"a": tt.Int(1, 3), "b": tt.Int(1, 3)}, where=["a <= b"]))
    with pytest.raises(tt.Unsupported, match="conditions"):
        tt.Policy(ruled)
