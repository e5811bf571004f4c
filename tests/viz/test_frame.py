import re
from itertools import pairwise

import numpy as np

from trimtab.viz.axis import Axis, numeric_axis
from trimtab.viz.frame import Frame


def test_corners_of_the_plot_area():
    frame = Frame(numeric_axis("x", 0, 1), numeric_axis("y", 0, 1), 300, 200)
    assert frame.across(np.array([0, 1.0])).tolist() == [frame.left, 300 - frame.right]
    assert frame.up(np.array([0, 1.0])).tolist() == [frame.floor, frame.top]


def test_labels_do_not_touch_and_stay_inside():
    ticks = tuple((float(i), f"a rather long choice {i}") for i in range(10))
    strips = Axis("c", 0.0, 10.0, ticks, n_strips=10)
    frame = Frame(strips, numeric_axis("y", 0, 1), 320, 200)
    found = re.findall(
        r'<text x="([\d.]+)" [^>]*text-anchor="middle"[^>]*>([^<]*)<', "".join(frame.shapes())
    )
    assert len(found) >= 2
    edges = [(float(x) - len(words) * 3.2, float(x) + len(words) * 3.2) for x, words in found]
    assert all(right <= left for (_, right), (left, _) in pairwise(edges))
    assert edges[-1][1] <= 320
