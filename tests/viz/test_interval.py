import re
import xml.etree.ElementTree as ET

import pytest

from trimtab.viz.interval import draw_interval


@pytest.mark.parametrize("mean, low, high", [(4.0, 2.0, 6.0), (-1.0, -3.0, 1.0), (0.0, 0.0, 0.0)])
def test_the_interval_and_zero_stand_where_they_belong(mean, low, high):
    svg = draw_interval(mean, low, high, title="less error", width=500)
    ET.fromstring(svg)
    zero = float(re.search(r'x1="([\d.]+)"[^>]*class="zero"', svg)[1])
    start, end = (
        float(v) for v in re.search(r'x1="([\d.]+)" y1="44.0" x2="([\d.]+)"', svg).groups()
    )
    at = float(re.search(r'cx="([\d.]+)"', svg)[1])
    assert start <= at <= end
    assert (start <= zero <= end) == (low <= 0 <= high)


def test_the_words_are_escaped():
    assert "<b>" not in draw_interval(1, 0, 2, title="<b>", unit="<b>")
