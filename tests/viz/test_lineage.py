"""The picture of who went on from whom."""

import xml.etree.ElementTree as ET

import trimtab as tt
from trimtab.viz.lineage import draw_lineage, lanes
from trimtab.viz.report import report
from trimtab.viz.view import view_of


def train(trial):
    for step in trial.steps():
        trial.report(trial.config["x"], step)
        if step % 5 == 0:
            with trial.checkpoint.save(step):
                pass
    return trial.config["x"]


def population():
    study = tt.create_study(
        {"x": tt.Float(0, 1)},
        scheduler=tt.scheduler.PBT(6, 5),
        fidelity=tt.Fidelity("step", 1, 20),
        seed=0,
    )
    study.optimize(train, progress=False)
    return study


def test_every_trial_has_a_line_and_members_keep_their_rows():
    study = population()
    view = view_of(study.history)
    assert view.history.origins
    rows = lanes(view)
    assert max(rows) == 5  # six members, whoever is in their place
    assert rows[:6] == list(range(6))
    drawing = draw_lineage(view, 600, "k")
    root = ET.fromstring(drawing)
    lines = [e for e in root.iter() if e.tag.endswith(("path", "polyline")) and e.get("data-n")]
    assert {int(e.get("data-n")) for e in lines} == set(range(view.n))


def test_the_report_shows_it_where_there_is_one():
    assert "Who went on from whom" in report(population())
    plain = tt.minimize(lambda x: x, {"x": tt.Float(0, 1)}, n_trials=3, progress=False)
    assert "Who went on from whom" not in report(plain)
    assert draw_lineage(view_of(plain.history), 600, "k") == ""
