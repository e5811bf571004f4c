import xml.etree.ElementTree as ET

import numpy as np

from trimtab.evaluation.standing import Standing
from trimtab.viz.comparison import comparison_page, draw_anytime, draw_ranks

CURVES = np.linspace(1.0, 0.1, 12) * np.array([0.2, 1.0, 3.0])[:, None, None] * np.ones((3, 4, 12))
NAMES = ("mine", "their<s>", "random")
FOUND = Standing(NAMES, ("p", "q", "r", "s"), 12, CURVES, CURVES, np.ones((3, 4)), ((2,) * 4,) * 3)


def test_anytime_marks_the_best_and_labels_all():
    svg = draw_anytime(NAMES, CURVES[:, 0], title="p", key="k")
    root = ET.fromstring(svg)
    lines = [e for e in root.iter() if "line" in (e.get("class") or "").split()]
    assert len(lines) == 3
    (lead,) = [e for e in lines if "lead" in e.get("class").split()]
    assert lead[0].text == "mine"
    assert [e.text for e in root.iter() if e.tag.endswith("text")].count("their<s>") == 1


def test_ranks_by_hand():
    svg = draw_ranks(FOUND, 12)
    words = [e.text for e in ET.fromstring(svg).iter() if e.tag.endswith("text")]
    assert {"mine 1.00", "their<s> 2.00", "random 3.00"} <= set(words)
    two = Standing(NAMES[:2], FOUND.problems, 12, CURVES[:2], CURVES[:2], np.ones((2, 4)), ())
    assert draw_ranks(two, 12) == ""


def test_page_says_everything_and_loads_nothing():
    page = comparison_page(FOUND, "Peers", {"hebo": "not installed"})
    assert "3 methods, 4 problems, 12 trials, 2 or more seeds" in page
    assert "their&lt;s&gt;" in page and "their<s>" not in page
    assert "not installed" in page
    assert "http-equiv" in page and "src=" not in page and "@import" not in page


def test_zero_regret_and_gaps_can_be_drawn():
    curves = CURVES.copy()
    curves[0, :, 5:] = 0.0
    curves[2, 1] = np.nan
    found = Standing(NAMES, FOUND.problems, 12, curves, curves, np.ones((3, 4)), ((2,) * 4,) * 3)
    assert "nan" not in comparison_page(found, "Peers", {}).split("<table")[0]
