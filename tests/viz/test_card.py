"""The card: one page of Markdown."""

import scipy.stats

import trimtab as tt
from trimtab.viz.card import card


def test_a_card_has_space_budget_seed_environment_and_best(tmp_path):
    """REP-10: with the interval of the best, and who has one run alone is told so (CHK-13)."""
    study = tt.create_study(
        {"lr": tt.Float(0, 1), "act": ["relu", "g|elu"]}, seed=7, storage=tmp_path / "s.db"
    )
    study.optimize(lambda c: c["lr"], 12, progress=False)
    text = card(study)
    for word in (
        "# Study study",
        "12 trials: 12 complete",
        "seed 7",
        "Auto(",
        "Python 3",
        "numpy ",
        "Float(0.0, 1.0)",
        "s of CPU",
    ):
        assert word in text, word
    assert f"| {study.best.number} | {study.best.value:.6g} | n=1, no interval |" in text
    assert "g\\|elu" in text or "relu" in text


def test_names_cannot_become_markup():
    study = tt.create_study({"<b>x</b>": tt.Float(0, 1)}, study_name="a # <i>b</i>", seed=0)
    study.optimize(lambda c: c["<b>x</b>"], 3, progress=False)
    table = [line for line in card(study).splitlines() if line.startswith("|")]
    assert not any("<b>" in line.replace("\\<b\\>", "") for line in table)
    assert "<i>" not in card(study).splitlines()[0]


def test_a_study_without_results():
    assert "no trial has completed yet" in card(tt.create_study({"x": tt.Float(0, 1)}))


def test_several_objectives():
    study = tt.create_study({"x": tt.Float(0, 1)}, direction=["minimize", "maximize"], seed=0)
    study.optimize(lambda c: (c["x"], c["x"]), 4, progress=False)
    assert "Minimize, maximize over 1 parameters" in card(study)


def test_a_score_over_folds_has_its_interval():
    """REP-10, CHK-13: value plus and minus t times the error that the folds noted."""
    study = tt.create_study({"x": [1, 2]}, seed=7)

    def objective(trial):
        trial.set_user_attr("scores", [0.1, 0.2, 0.3, 0.4])
        trial.set_user_attr("standard_error", 0.1)
        return 0.25

    study.optimize(objective, 1, progress=False)
    half = float(scipy.stats.t.ppf(0.975, 3)) * 0.1
    expected = f"| 0.25 | 95 %: {0.25 - half:.4g} to {0.25 + half:.4g}, n=4 |"
    assert expected in card(study)
