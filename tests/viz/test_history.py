import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import trimtab as tt
from trimtab.viz.history import MOST_POINTS, best_so_far, draw_history
from trimtab.viz.view import view_of

X = {"x": tt.Float(0, 1)}


def drawn(svg, cls):
    return re.findall(rf'class="{cls}" data-n="(\d+)"', svg)


@pytest.mark.parametrize("direction, fold", [("minimize", np.minimum), ("maximize", np.maximum)])
def test_best_so_far_is_the_running_best_of_complete_values(told, direction, fold):
    values = np.random.default_rng(0).normal(size=50).tolist()
    view = view_of(told(X, values, direction=direction).history)
    assert best_so_far(view).tolist() == fold.accumulate(values).tolist()


def test_failed_and_pruned_trials_are_marked_and_not_counted(told):
    study = told(X, [3.0, "failed no", 2.0, "pruned"])
    trial = study.ask()
    trial.report(-9.0, 0)
    study.tell(trial, -9.0, state="pruned")
    view = view_of(study.history)
    assert best_so_far(view).tolist() == [3, 3, 2, 2, 2]
    svg = draw_history(view, 0, 980, "h")
    assert drawn(svg, "pt") == ["0"] and drawn(svg, "best") == ["2"]
    assert drawn(svg, "failed") == ["1"] and drawn(svg, "pruned") == ["4"]


def test_nothing_counts_before_the_first_result(told):
    view = view_of(told(X, ["failed no", 1.0]).history)
    assert np.isnan(best_so_far(view)[0]) and best_so_far(view)[1] == 1


@pytest.mark.parametrize("results", [[], ["failed a"], [1.0], [1e308, -1e308], [2.0, 2.0, 2.0]])
@pytest.mark.parametrize("width", [980, 360])
def test_any_history_is_drawn(told, results, width):
    svg = draw_history(view_of(told(X, results).history), 0, width, "h")
    assert "nan" not in svg and "inf" not in svg
    ET.fromstring(svg)


def test_many_trials_are_thinned_but_the_best_is_kept(told):
    values = np.arange(1.0, MOST_POINTS + 200).tolist()
    values[777] = 0.5
    svg = draw_history(view_of(told(X, values).history), 0, 980, "h")
    assert drawn(svg, "best") == ["777"] and len(drawn(svg, "pt")) <= MOST_POINTS
