import re
import xml.etree.ElementTree as ET

import numpy as np

import trimtab as tt
from trimtab.viz.slices import MOST_SLICES, draw_slice, draw_slices, quartiles
from trimtab.viz.view import view_of


def test_quartiles_are_those_of_numpy():
    rng = np.random.default_rng(0)
    groups, values = rng.integers(0, 3, 60).astype(float), rng.normal(size=60)
    groups[0] = values[1] = np.nan
    found = quartiles(groups, values)
    assert sorted(found) == [0, 1, 2]
    for group, box in found.items():
        inside = (groups == group) & ~np.isnan(values)
        assert box.tolist() == np.quantile(values[inside], [0.25, 0.5, 0.75]).tolist()


def test_one_plot_a_parameter_with_its_active_trials_only(mixed):
    view = view_of(mixed.history)
    plots = draw_slices(view, 0, "s")
    assert len(plots) == 5
    names = list(view.history.space.names)
    active = [i for i in np.flatnonzero(view.complete) if "momentum" in view.history.config(int(i))]
    assert 0 < len(active) < 30
    points = re.findall(r'<circle [^>]*data-n="(\d+)"', plots[names.index("momentum")])
    assert sorted(map(int, points)) == active
    assert "10⁻⁴" in plots[names.index("rate")] or "0.001" in plots[names.index("rate")]
    assert 'class="box"' in plots[names.index("optimizer")]
    assert 'class="box"' not in plots[names.index("rate")]
    for plot in plots:
        ET.fromstring(plot)


def test_points_of_one_choice_are_spread_within_its_strip(told):
    study = told({"c": tt.Categorical(["only"]), "x": tt.Float(0, 1)}, [1.0, 2.0, 3.0])
    svg = draw_slice(view_of(study.history), 0, 0, "s")
    xs = re.findall(r'<circle cx="([\d.]+)"', svg)
    assert len(set(xs)) == 3


def test_not_more_plots_than_a_page_can_bear(told):
    space = {f"p{i}": tt.Float(0, 1) for i in range(MOST_SLICES + 6)}
    assert len(draw_slices(view_of(told(space, [1.0]).history), 0, "s")) == MOST_SLICES
