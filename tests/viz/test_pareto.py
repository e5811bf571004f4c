import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import trimtab as tt
from trimtab.viz.pareto import draw_pair, draw_pareto, staircase
from trimtab.viz.view import view_of


def front_of(points):
    """By the definition: nobody is nowhere worse and somewhere better."""
    return [
        i for i, p in enumerate(points)
        if not any(np.all(q <= p) and np.any(q < p) for q in points)
    ]  # fmt: skip


@pytest.mark.parametrize("signs", [(1, 1), (1, -1), (-1, -1)])
def test_the_highlighted_set_is_the_front(told, signs):
    points = np.random.default_rng(0).integers(0, 20, (40, 2)).astype(float)
    goals = ["minimize" if s > 0 else "maximize" for s in signs]
    study = told({"x": tt.Float(0, 1)}, [tuple(p) for p in points.tolist()], direction=goals)
    svg = draw_pair(view_of(study.history), 0, 1, "p")
    found = sorted(map(int, re.findall(r'class="best" data-n="(\d+)"', svg)))
    assert found == front_of(points * signs)
    assert svg.count("<circle") == 40
    ET.fromstring(svg)


def test_three_objectives_make_three_pairs_without_a_staircase(told):
    study = told(
        {"x": tt.Float(0, 1)}, [(1.0, 2.0, 3.0), (3.0, 2.0, 1.0)], direction=["minimize"] * 3
    )
    plots = draw_pareto(view_of(study.history), "p")
    assert len(plots) == 3 and "so-far" not in "".join(plots)


def test_the_staircase_turns_at_each_point():
    assert staircase(np.array([[2.0, 1.0], [0.0, 3.0], [1.0, 2.0]])).tolist() == [
        [0, 3], [1, 3], [1, 2], [2, 2], [2, 1],
    ]  # fmt: skip


def test_no_result_yet(told):
    study = told({"x": tt.Float(0, 1)}, ["failed a"], direction=["minimize"] * 2)
    ET.fromstring(draw_pareto(view_of(study.history), "p")[0])
