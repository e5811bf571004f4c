import re
import xml.etree.ElementTree as ET

import trimtab as tt
from trimtab.viz.curves import curves, draw_curves
from trimtab.viz.view import view_of


def test_points_are_the_reported_pairs(told):
    study = told({"x": tt.Float(0, 1)}, [])
    trial = study.ask()
    for step, value in ((2, 0.5), (0, 2.0), (1, 1.0)):
        trial.report(value, step)
    study.tell(trial, 0.5)
    study.tell(study.ask(), 1.0)
    found = curves(view_of(study.history))
    assert list(found) == [0]
    assert found[0].tolist() == [[0, 2], [1, 1], [2, 0.5]]


def test_one_curve_a_trial_and_marks_where_it_was_pruned(mixed):
    svg = draw_curves(view_of(mixed.history), 980, "c")
    lines = re.findall(r'class="(?:curve|lead) line" data-n="(\d+)"', svg)
    assert sorted(map(int, lines)) == list(range(40))
    pruned = re.findall(r'translate\(([\d.]+) [\d.]+\)" class="pruned" data-n="(\d+)"', svg)
    assert sorted(int(n) for _, n in pruned) == [3, 11, 19, 27, 35]
    assert {float(x) for x, _ in pruned} == {980 - 14.0}  # the last step that they reported
    ET.fromstring(svg)


def test_no_reports_no_plot(told):
    assert draw_curves(view_of(told({"x": tt.Float(0, 1)}, [1.0]).history), 980, "c") == ""


def test_one_point_is_still_seen(told):
    study = told({"x": tt.Float(0, 1)}, [])
    trial = study.ask()
    trial.report(1.0, 0)
    study.tell(trial, 1.0)
    svg = draw_curves(view_of(study.history), 360, "c")
    assert "M-3 0L3 0" in svg and "nan" not in svg
