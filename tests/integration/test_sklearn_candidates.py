"""Spellings of what is searched, and names checked against the estimator."""

import pytest
from scipy.stats import loguniform, randint
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

import trimtab as tt
from trimtab.integration.sklearn.candidates import Candidates
from trimtab.rng import stream


def test_lists_ranges_and_distributions_by_name():
    found = Candidates.of(
        {"kernel": ["rbf"], "C": loguniform(0.1, 10), "degree": randint(1, 4)}, (), SVC()
    )
    assert found.space.names == ("C", "degree", "kernel")
    assert found.space.domains["C"] == tt.Float(0.1, 10, log=True)
    assert found.space.domains["degree"] == tt.Int(1, 3)
    assert found.params({"C": 1.0, "degree": 2, "kernel": "rbf"}) == {
        "C": 1.0,
        "degree": 2,
        "kernel": "rbf",
    }


def test_a_list_of_dicts_is_a_choice_among_them():
    spec = [{"kernel": ["linear"], "C": [1, 2]}, {"kernel": ["rbf"], "gamma": tt.Float(0, 1)}]
    found = Candidates.of(spec, (), SVC())
    seen = [found.params(config) for config in found.space.sample(stream(0), 60)]
    assert {tuple(params) for params in seen} == {("C", "kernel"), ("gamma", "kernel")}
    assert all((params["kernel"] == "rbf") == ("gamma" in params) for params in seen)


def test_a_list_of_dicts_has_as_many_configurations_as_a_parameter_grid():
    spec = [{"kernel": ["linear"], "C": [1, 2]}, {"kernel": ["rbf", "poly"], "C": [1, 2, 3]}]
    assert Candidates.of(spec, (), SVC()).space.size == 8


def test_an_unknown_name_is_told_before_any_fit():
    with pytest.raises(
        tt.SpaceError, match=r"'max_deth' is no parameter .*did you mean 'max_depth'"
    ):
        Candidates.of({"max_deth": [1, 2]}, (), RandomForestClassifier())
    with pytest.raises(tt.SpaceError, match="'C' is no parameter"):
        Candidates.of([{"max_depth": [1]}, {"C": [1]}], (), RandomForestClassifier())


def test_parameters_of_an_estimator_that_is_searched_are_left_to_it():
    pipe = Pipeline([("model", "passthrough")])
    models = [LogisticRegression(), SVC()]
    found = Candidates.of({"model": models, "model__C": [1, 2]}, (), pipe)
    assert found.space.size == 4
    with pytest.raises(tt.SpaceError, match="'model__C' is no parameter"):
        Candidates.of({"model__C": [1, 2]}, (), pipe)


def test_constraints_hold():
    spec = {"max_depth": [1, 2, 3], "min_samples_leaf": [1, 2, 3]}
    rule = "min_samples_leaf <= max_depth"
    assert Candidates.of(spec, rule, RandomForestClassifier()).space.size == 6
    two = [spec, {"max_depth": [7]}]
    assert Candidates.of(two, [rule], RandomForestClassifier()).space.size == 7
    with pytest.raises(tt.SpaceError, match="no dict of the list has together"):
        Candidates.of(
            [{"max_depth": [1]}, {"min_samples_leaf": [1]}], [rule], RandomForestClassifier()
        )


@pytest.mark.parametrize("spec", [[], [1, 2], ["C"]])
def test_a_list_of_something_else_is_refused(spec):
    with pytest.raises(tt.SpaceError, match="a list of spaces holds dicts"):
        Candidates.of(spec, (), SVC())
