import math
import re
import xml.etree.ElementTree as ET

import numpy as np

import trimtab as tt
from trimtab.viz.parallel import coloured, draw_parallel, width_of
from trimtab.viz.view import view_of


def test_one_line_for_each_complete_trial(mixed):
    svg = draw_parallel(view_of(mixed.history), "p")
    assert sorted(set(re.findall(r'data-n="(\d+)"', svg))) == sorted(
        str(t.number) for t in mixed.trials if t.state == "complete"
    )
    assert svg.count("data-n=") == 30
    assert svg.count('class="lead line"') == 1
    ET.fromstring(svg)


def test_the_coloured_best_first(mixed):
    view = view_of(mixed.history)
    order = sorted((t.value, t.number) for t in mixed.trials if t.state == "complete")
    assert coloured(view).tolist() == [number for _, number in order[:6]]


def test_one_usable_trial_is_its_own_coloured(told):
    view = view_of(told({"x": tt.Float(0, 1)}, ["failed a", 1.0]).history)
    assert coloured(view).tolist() == [1]


def test_log_parameters_stand_on_log_axes(told):
    study = told({"rate": tt.Float(1e-4, 1e-1, log=True)}, [1.0, 2.0])
    svg = draw_parallel(view_of(study.history), "p")
    ys = [
        float(y)
        for y in re.findall(r'y="([\d.]+)"[^>]*class="tick halo">(?:10⁻⁴|0.001|0.01|0.1)<', svg)
    ]
    assert len(ys) == 4 and np.allclose(np.diff(ys), ys[1] - ys[0], atol=0.2)


def test_inactive_parameters_break_the_line(mixed):
    view = view_of(mixed.history)
    adam = next(
        t.number for t in mixed.trials if t.state == "complete" and t.config["optimizer"] == "adam"
    )
    path = re.search(rf'd="([^"]*)" [^>]*data-n="{adam}"', draw_parallel(view, "p"))
    assert path is not None and path[1].count("M") == 2


def test_several_objectives_have_an_axis_each(told):
    study = told(
        {"x": tt.Float(0, 1)}, [(2.0, 1.0), (3.0, 3.0), (1.0, 2.0)], direction=["minimize"] * 2
    )
    view = view_of(study.history)
    svg = draw_parallel(view, "p")
    assert coloured(view).tolist() == [2, 0] and svg.count("lead line") == 2
    assert "objective 0" in svg and "objective 1" in svg
    assert math.isfinite(width_of(view))
