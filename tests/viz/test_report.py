import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest

import trimtab as tt
from trimtab.viz import report as module
from trimtab.viz.report import Section, report, write_report

ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></svg></style><script>alert(1)</script>",
    "javascript:alert(1)",
    "<!-- ]]> --> <![CDATA[",
    "&lt;script&gt; &#60;script&#62;",
    "</pre></details><iframe src=//evil.example>",
    "\u202egnp.exe\u2066",
    "{{7*7}} ${7*7} %s %(x)s {0}",
]
VOID = {"meta", "img", "br", "input", "link", "hr"}


class Reader(HTMLParser):
    """Every tag with its attributes; complains about tags that are not closed in order."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.text = [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open[-3:])
        self.open.pop()

    def handle_data(self, data):
        self.text.append(data)


def check(html):
    """Well-formed, self-contained, ids unique; every SVG is XML with a title. Returns the tags."""
    html.encode("utf-8")
    reader = Reader(html)
    tags = reader.tags
    assert [tag for tag, _ in tags].count("script") == 1
    for tag, attrs in tags:
        assert tag in KNOWN, tag
        assert not any(
            name.startswith("on") or name in ("src", "href", "srcset") for name in attrs
        ), attrs
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    named = {i for _, attrs in tags for i in attrs.get("aria-labelledby", "").split()}
    assert named <= set(ids)
    assert not re.search(r"(url\(|@import|https?://(?!www\.w3\.org/2000/svg))", html)
    for svg in re.findall(r"<svg .*?</svg>", html, re.S):
        root = ET.fromstring(svg)
        assert root.get("aria-hidden") or root[0].text
    return reader


TAGS = """
html head meta title style body header div h1 h2 p main section footer script figure svg desc path circle
line rect text g ul li table thead tbody tr th td dl dt dd b span details summary pre code
"""
KNOWN = set(TAGS.split())


def test_the_whole_page_of_a_mixed_study(mixed):
    """PIT-07: convergence ("history") and learning curves ("curves") are there unasked."""
    html = report(mixed, sections=[Section("Mine", ["hello"], [("k", "v")])])
    reader = check(html)
    found = {attrs["id"] for tag, attrs in reader.tags if tag == "section"}
    assert found == {
        "best", "own0", "history", "slices", "parallel", "curves",
        "trials", "failures", "space", "provenance",
    }  # fmt: skip
    words = " ".join(reader.text)
    assert f"{mixed.best_value:.6g}" in words and "30 complete, 5 pruned, 5 failed" in words
    assert "MemoryError" in words and "hello" in words and mixed.space.sha256[:12] in words


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_name_value_reason_or_attribute_becomes_markup(attack):
    space = tt.Space({attack: tt.Categorical([attack, "b"]), "x": tt.Float(0, 1)})
    study = tt.create_study(space, seed=0, study_name=attack.replace("/", "_"))
    study.set_user_attr(attack[:60], attack)
    for i in range(6):
        trial = study.ask()
        trial.set_user_attr("note", attack)
        if i == 2:
            study.tell(trial, attack, state="failed")
        else:
            study.tell(trial, float(i))
    html = report(study, sections=[Section(attack, [attack], [(attack, attack)])])
    reader = check(html)
    assert not any(tag in ("iframe", "img") for tag, _ in reader.tags)
    if "\u202e" not in attack:
        assert any(attack in words for words in reader.text)


@pytest.mark.parametrize(
    "results",
    [
        [],
        ["failed boom"],
        ["failed a", "failed b", "pruned"],
        [1.0],
        [0.0, 0.0],
        [1e308, -1e308, 1e-320],
    ],
)
def test_any_state_of_a_study_can_be_reported(told, results):
    html = report(told({"x": tt.Float(0, 1), "c": tt.Categorical([None, True, 1])}, results))
    reader = check(html)
    assert not re.search(r'="[^"]*\b(nan|inf)\b', html.split("<main>")[1].split("<script>")[0])
    if not any(isinstance(r, float) for r in results):
        assert "none" in reader.text


def test_several_objectives(told):
    results = [(float(i % 7), float(-i % 5), float(i % 3)) for i in range(20)]
    goals = ["minimize", "maximize", "minimize"]
    html = report(told({"x": tt.Float(0, 1)}, results, direction=goals))
    reader = check(html)
    assert "pareto" in {attrs.get("id") for _, attrs in reader.tags}
    assert "The same for objective 2" in reader.text


def test_broken_constraints_are_said(told):
    results = [tt.Result(1.0, constraints=[1.0]), tt.Result(2.0, constraints=[-1.0])]
    assert "breaks a constraint" in check(report(told({"x": tt.Float(0, 1)}, results))).text


def test_conditions_and_rules_of_the_space_are_listed(told):
    space = tt.Space(
        {"a": tt.Int(1, 9), "b": tt.Int(1, 9), "k": tt.Categorical(["u", "v"]),
         "only": tt.Float(0, 1).when(k="v")},
        where=["a <= b"],
    )  # fmt: skip
    words = " ".join(check(report(told(space, [1.0]))).text)
    assert "active when" in words and "a <= b" in words


def test_an_objective_that_chooses_its_own_space(told):
    study = tt.create_study(seed=0)

    def objective(trial):
        return trial.suggest_float("x", 0, 1) + trial.suggest_int("n", 1, 3)

    study.optimize(objective, 5, progress=False)
    assert "slices" in {attrs.get("id") for _, attrs in check(report(study)).tags}


def test_results_far_out_are_announced(told):
    values = [float(i) for i in range(20)]
    assert "lie on the edge" not in report(told({"x": tt.Float(0, 1)}, values))
    assert "lie on the edge" in report(told({"x": tt.Float(0, 1)}, [*values, 1e6]))


def test_the_file_is_written_in_one_step_and_folders_are_made(told, tmp_path):
    study = told({"x": tt.Float(0, 1)}, [1.0])
    path = write_report(study, tmp_path / "deep" / "report.html")
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    write_report(study, str(path))
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]


def test_a_failed_write_leaves_the_old_file_and_no_other(told, tmp_path, monkeypatch):
    study = told({"x": tt.Float(0, 1)}, [1.0])
    path = tmp_path / "report.html"
    path.write_text("old")

    def refuse(source, target):
        raise OSError("disk is full")

    monkeypatch.setattr(module.os, "replace", refuse)
    with pytest.raises(OSError, match="disk is full"):
        write_report(study, path)
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_a_report_of_a_stored_study(tmp_path):
    study = tt.create_study(
        {"x": tt.Float(0, 1)}, storage=tmp_path / "s.db", study_name="kept", seed=5
    )
    study.tell(study.ask(), 1.0)
    again = tt.load_study(storage=tmp_path / "s.db", study_name="kept")
    words = " ".join(check(report(again)).text)
    assert "Python" in words and "machine" in words and "kept" in words
