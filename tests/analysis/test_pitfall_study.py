import numpy as np
import pytest

import trimtab as tt
from trimtab.analysis.pitfall import NOTE
from trimtab.analysis.pitfall_study import of_history, still_improving

SPACE = {"x": tt.Float(0, 1)}


def study_of(values, space=None, scores=None, **options):
    """A study whose trials were told these values, with these fold scores."""
    study = tt.create_study(space or SPACE, sampler="random", seed=0, **options)
    for i, (trial, value) in enumerate(zip(study.ask(len(values)), values, strict=True)):
        if scores is not None:
            trial.set_user_attr("scores", np.asarray(scores[i]).tolist())
            error = float(np.std(scores[i], ddof=1) / np.sqrt(len(scores[i])))
            trial.set_user_attr("standard_error", error)
        study.tell(trial, None if value is None else float(value), state=_state(value))
    return study


def _state(value):
    return "failed" if value is None else "complete"


def codes(study, **options):
    return [f.code for f in of_history(study.history, **options) if f.severity != NOTE]


def clean(n=20):
    rng = np.random.default_rng(1)
    means = 1 + np.abs(rng.permutation(np.linspace(-1, 1, n)))
    means[0] = 0.5  # found early, and far ahead
    scores = means[:, None] + rng.normal(0, 0.001, (n, 5))
    return study_of(scores.mean(1), scores=scores)


def test_a_clean_study_has_nothing():
    """PIT-06: a clean study has no finding at all."""
    assert of_history(clean().history) == []


@pytest.mark.parametrize("direction, sign", [("minimize", 1), ("maximize", -1)])
def test_still_improving(direction, sign):
    """PIT-02: better by 8 % in the last fifth; the threshold can be set, a flat curve says nothing."""
    curve = np.array([1.0] * 16 + [0.98, 0.96, 0.94, 0.92])  # by 8 % in the last fifth
    late = study_of(sign * curve, direction=direction).history
    assert [f.code for f in still_improving(late)] == ["T201"]
    assert "8.0%" in still_improving(late)[0].evidence
    assert still_improving(late, 0.1) == []
    assert still_improving(study_of([1.0] * 20, direction=direction).history) == []
    assert still_improving(study_of([1.0, 0.5], direction=direction).history) == []


def test_single_runs_and_few_trials():
    assert codes(study_of([1.0 + i % 3 for i in range(12)])) == []
    wide = {f"x{i}": tt.Float(0, 1) for i in range(9)}
    assert "T203" in codes(study_of([1.0] * 12, wide))


def repeated(values):
    study = tt.create_study({"x": tt.Int(0, 3)}, sampler="random", seed=0)
    for i, value in enumerate(values):
        study.enqueue({"x": i % 4})
        study.tell(study.ask(), value)
    return study


def test_single_runs_are_no_fault_of_an_objective_without_noise():
    """T304: a warning where repeats differ, a note where there are none, nothing where all agree."""
    noisy = next(f for f in of_history(repeated([i / 8 for i in range(16)]).history))
    assert (noisy.code, noisy.severity) == ("T304", "warning")
    assert "4 configurations that were run again differ by up to 1.5" in noisy.evidence
    assert codes(repeated([float(i % 4) for i in range(16)])) == []
    unknown = study_of([1.0 + i % 3 for i in range(12)])
    note = next(f for f in of_history(unknown.history) if f.code == "T304")
    assert note.severity == "note" and "set_user_attr('deterministic', True)" in note.remedy
    unknown.set_user_attr("deterministic", True)
    assert codes(unknown) == []


def test_what_was_never_tried():
    """PIT-03: a region, or a choice, that no trial used."""
    study = tt.create_study(
        {"c": ["a", "b", "never"], "x": tt.Float(0, 1)}, sampler="random", seed=0
    )
    for i in range(40):
        study.enqueue({"c": "ab"[i % 2], "x": 0.4 * i / 40})
        study.tell(study.ask(), 1.0)
    found = {f.subject: f.evidence for f in of_history(study.history) if f.code == "T105"}
    assert found["c"] == "40 trials never tried 'never'"
    assert found["x"].startswith("61% of the range")


def test_the_edge_of_a_range():
    """PIT-03: the best results lie at the end of a range."""
    study = study_of([1.0] * 40)
    values = [t.config["x"] for t in study.trials]
    assert "T104" in codes(study_of(values))
    assert "T104" not in codes(study_of(np.abs(np.array(values) - 0.5)))


def test_noise_is_recognised_as_noise():
    """PIT-01: the best of 1000 random classifiers is warned of, and its gap to the test score."""
    # Votes of 1000 random classifiers on 100 labels: the best looks like .66 and is .5.
    right = np.random.default_rng(0).random((1000, 100)) < 0.5
    scores = right.reshape(1000, 5, 20).mean(2)
    study = study_of(scores.mean(1), scores=scores, direction="maximize")
    assert study.best_value > 0.64
    found = next(f for f in of_history(study.history) if f.code == "T301")
    assert "best of 1000" in found.evidence and "nested_cv" in found.remedy
    study.set_user_attr("test_looks", [{"at": 0, "value": 0.5, "is_refused": False}])
    gap = next(f for f in of_history(study.history) if f.code == "T302")
    assert "0.5 on the test set" in gap.evidence and "1000 looks" in gap.evidence
    look = {"at": 0, "value": 0.5, "is_refused": False}
    study.set_user_attr("test_looks", [look, look])
    assert "T303" in codes(study)


def test_near_ties_are_a_note_and_clear_winners_are_none():
    """PIT-05: the runner-up is not distinguishable, and p says so."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.1, (2, 10))
    tied = study_of([0.0, 0.01], scores=noise - noise.mean(1, keepdims=True) + [[0.0], [0.01]])
    notes = [f for f in of_history(tied.history) if f.code == "T305"]
    assert len(notes) == 1 and "not distinguishable (p=" in notes[0].evidence
    apart = study_of([0.0, 5.0], scores=noise + np.array([[0.0], [5.0]]))
    assert not [f for f in of_history(apart.history) if f.code == "T305"]


def test_mixed_fidelities_and_splits():
    """PIT-06: one code each for mixed fidelities and mixed splits."""
    study = tt.create_study(SPACE, sampler="random", seed=0)
    for i, trial in enumerate(study.ask(6)):
        trial.report(1.0, step=3 if i % 2 else 9)
        trial.set_user_attr("splits", "one" if i < 3 else "two")
        study.tell(trial, 1.0)
    assert {"T401", "T403"} <= set(codes(study))
    found = next(f for f in of_history(study.history) if f.code == "T401")
    assert "3 at step 3, 3 at step 9" in found.evidence


def test_failures():
    assert "T501" in codes(study_of([None] * 4 + [1.0] * 8))
    assert "T501" not in codes(study_of([None] + [1.0] * 11))


def test_nothing_has_run_or_there_are_two_objectives():
    assert codes(tt.create_study(SPACE)) == ["T203"]
    study = tt.create_study(SPACE, directions=["minimize", "maximize"])
    for trial in study.ask(5):
        study.tell(trial, [1.0, 2.0])
    assert codes(study) == []
