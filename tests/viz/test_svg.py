import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.viz import svg

finite = st.floats(-1e12, 1e12, allow_subnormal=False)


@settings(deadline=None, max_examples=100)
@given(finite, st.floats(1e-6, 1e9), st.integers(2, 10))
def test_ticks_are_round_evenly_spaced_and_inside(low, span, most):
    high = low + span
    found = svg.ticks(low, high, most)
    values = np.array([v for v, _ in found])
    assert 1 <= len(found) <= most + 1
    room = 1e-9 * max(abs(low), abs(high), span)
    assert (values >= low - room).all() and (values <= high + room).all()
    assert len({label for _, label in found}) == len(found)
    if len(values) > 2:
        assert np.allclose(np.diff(values), values[1] - values[0], atol=room)


def test_tick_labels_say_the_value():
    assert svg.ticks(0, 1, 4) == [
        (0.0, "0.00"),
        (0.25, "0.25"),
        (0.5, "0.50"),
        (0.75, "0.75"),
        (1.0, "1.00"),
    ]
    assert [label for _, label in svg.ticks(-1, 1, 4)] == [
        "\u22121.0",
        "\u22120.5",
        "0.0",
        "0.5",
        "1.0",
    ]
    assert [label for _, label in svg.ticks(0, 60, 6)] == ["0", "10", "20", "30", "40", "50", "60"]


@pytest.mark.parametrize("low, high", [(1.0, 1.0), (0.0, math.inf), (1e300, 1e300 * (1 + 1e-15))])
def test_an_axis_without_extent_has_one_tick(low, high):
    assert len(svg.ticks(low, high)) == 1


def test_log_ticks_are_powers_of_ten():
    assert svg.log_ticks(1e-5, 1e-1, 6) == [
        (1e-5, "10⁻⁵"), (1e-4, "10⁻⁴"), (1e-3, "0.001"), (1e-2, "0.01"), (1e-1, "0.1"),
    ]  # fmt: skip
    assert [v for v, _ in svg.log_ticks(1e-8, 1e8, 6)] == [1e-8, 1e-5, 1e-2, 1e1, 1e4, 1e7]
    assert [label for _, label in svg.log_ticks(20, 300, 6)] == ["20", "50", "100", "200"]
    assert all(41 <= v <= 43 for v, _ in svg.log_ticks(41, 43, 4))


@pytest.mark.parametrize(
    "value, words",
    [(3.0, "3"), (0.123456789, "0.123457"), (1e-7, "1e-7"), (2.5e20, "2.5e20"), (-0.5, "-0.5")],
)
def test_numbers_for_people(value, words):
    assert svg.number(value) == words


def test_escape_leaves_no_markup_and_no_forbidden_character():
    assert svg.escape("<b a=\"1\" c='2'>&") == "&lt;b a=&quot;1&quot; c=&#x27;2&#x27;&gt;&amp;"
    assert svg.escape("a\0b\x1b[1m\ud800\u202e") == "a\ufffdb\ufffd[1m\ufffd\ufffd"
    ET.fromstring(f"<a b='{svg.escape(chr(0) + chr(0xFFFF))}'/>")


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=30))
def test_any_text_comes_back_out_of_xml(words):
    root = ET.fromstring(svg.text(0, 0, words))
    assert len(root) == 0
    assert len(root.text or "") == len(words.replace("\r\n", "\n"))


def test_a_line_is_broken_at_nan():
    found = svg.polyline([0, 1, 2, 3], [0, math.nan, 2, 3], "c")
    assert 'd="M0.0 0.0M2.0 2.0L3.0 3.0"' in found


def test_ramp_covers_its_classes():
    assert svg.ramp(np.array([0.0, 0.5, 1.0])) == ["r0", "r3", "r6"]


def test_a_figure_is_named_and_described():
    root = ET.fromstring(
        svg.figure(10, 20, "k", "a <title>", "what & how", [svg.rect(0, 0, 1, 1, "c")])
    )
    assert root.get("role") == "img" and root.get("aria-labelledby") == "k-t k-d"
    assert [child.text for child in root[:2]] == ["a <title>", "what & how"]
    assert [child.get("id") for child in root[:2]] == ["k-t", "k-d"]


def test_shapes_link_to_their_trial_and_say_so():
    shape = ET.fromstring(svg.circle(1, 2, 3, "pt", tip="trial <7>", trial=7))
    assert shape.get("data-n") == "7" and shape[0].text == "trial <7>"


def test_long_words_are_cut():
    assert svg.shortened("a  b\nc", 10) == "a b c"
    assert svg.shortened("abcdefgh", 5) == "abcd…"
