import numpy as np
import pytest

import trimtab as tt
from trimtab.viz.report import report
from trimtab.viz.view import duration, shown, view_of


def test_states_are_told_apart(mixed):
    view = view_of(mixed.history)
    counts = view.complete.sum(), view.pruned.sum(), view.failed.sum()
    assert counts == (30, 5, 5)
    assert view.best == mixed.best.number


def test_infeasible_and_infinite_results_are_never_best(told):
    results = [tt.Result(1.0, constraints=[2.0]), tt.Result(3.0, constraints=[0.0])]
    view = view_of(told({"x": tt.Float(0, 1)}, results).history)
    assert view.infeasible.tolist() == [True, False] and view.best == 1


def test_maximizing_turns_the_sign(told):
    view = view_of(told({"x": tt.Float(0, 1)}, [1.0, 5.0, 2.0], direction="maximize").history)
    assert view.best == 1 and view.sign(0) == -1 and view.values[:, 0].tolist() == [1, 5, 2]


def test_the_front_of_two_objectives(told):
    results = [(1.0, 3.0), (2.0, 2.0), (2.0, 3.0), (3.0, 1.0)]
    view = view_of(told({"x": tt.Float(0, 1)}, results, direction=["minimize"] * 2).history)
    assert view.front.tolist() == [0, 1, 3] and view.best is None
    assert view.label(1) == "objective 1"


def test_named_objectives_are_called_so_everywhere_and_escaped(told):
    goals = {"<b>loss</b> & more": "minimize", "accuracy": "maximize"}
    study = told({"x": tt.Float(0, 1)}, [(1.0, 3.0), (2.0, 4.0), (0.5, 1.0)], direction=goals)
    view = view_of(study.history)
    assert [view.label(0), view.label(1)] == list(goals)
    page = report(study)
    assert "<b>loss" not in page and "maximize accuracy" in page
    assert "&lt;b&gt;loss&lt;/b&gt; &amp; more against accuracy" in page


def test_an_empty_study(told):
    view = view_of(told({"x": tt.Float(0, 1)}, []).history)
    assert view.n == 0 and view.best is None
    assert view.axis(0).low < view.axis(0).high


def test_a_tip_names_the_trial_its_value_and_its_parameters(mixed):
    view = view_of(mixed.history)
    tip = view.tip(mixed.best.number)
    assert tip.startswith(f"trial {mixed.best.number}: ") and "layers = " in tip
    assert "(failed)" in view.tip(5) and "(pruned)" in view.tip(3)


@pytest.mark.parametrize(
    "value, words", [(True, "True"), (0.1 + 0.2, "0.3"), (None, "None"), ("a\nb", "a b")]
)
def test_values_for_people(value, words):
    assert shown(value) == words


@pytest.mark.parametrize("seconds, words", [(0.00042, "0.42 ms"), (7.21, "7.2 s"), (185, "3:05")])
def test_durations(seconds, words):
    assert duration(seconds) == words


def test_values_are_nan_where_there_are_none(mixed):
    view = view_of(mixed.history)
    assert np.isnan(view.values[view.failed]).all()
