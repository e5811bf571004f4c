"""Fidelities with listed levels, kinds of fidelity, and the penalized objective that they replace."""

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.history import PAUSED
from trimtab.evaluation.fraction import nested_order

SPACE = {"x": tt.Float(0, 1)}
BITS = tt.Fidelity("bits", levels=[16, 32, 64])


@pytest.mark.parametrize("scheduler", ["PromotingASHA", "AsyncHyperband", "PASHA", "Halving"])
def test_rungs_are_exactly_the_levels(scheduler):
    """MFI-05, MFI-04: precisions are run as listed; the objective gets its dtype, and only 64 bits rank."""
    seen = []

    def objective(x, budget):
        seen.append(budget)
        dtype = {16: np.float16, 32: np.float32, 64: np.float64}[budget]
        return float(np.sum(np.full(64, x, dtype) / dtype(64)))

    study = tt.create_study(SPACE, sampler="random", scheduler=scheduler, fidelity=BITS, seed=0)
    study.optimize(objective, 24, progress=False)
    assert set(seen) == {16, 32, 64}
    assert set().union(*(t.reports for t in study.trials)) <= {16, 32, 64}
    whole = [t for t in study.trials if t.state == "complete"]
    assert whole and all(64 in t.reports for t in whole)
    assert study.best.number in {t.number for t in whole}
    assert study.history.counts[PAUSED] >= 12
    assert "bits" not in study.best.config


def test_stopping_at_the_levels():
    """MFI-04: resolutions 32, 96 and 224 for a stopping scheduler."""
    study = tt.create_study(
        SPACE,
        sampler="random",
        scheduler="asha",
        fidelity=tt.Fidelity("side", levels=[32, 96, 224]),
        seed=0,
    )

    def objective(x, trial):
        for side in (32, 96, 224):
            trial.report(x + 1 / side, side)
            if trial.should_prune():
                raise tt.TrialPruned
        return x

    study.optimize(objective, 30, progress=False)
    last = [max(t.reports) for t in study.trials]
    assert last.count(32) > last.count(96) > 0 and 224 in last


def test_levels_are_kept_with_the_study(tmp_path):
    path = tmp_path / "s.db"
    tt.create_study(SPACE, scheduler="promotingasha", fidelity=BITS, storage=path)
    study = tt.load_study(storage=path)
    assert study.history.fidelity == BITS
    assert tt.Fidelity.of(BITS.to_dict()) == BITS
    assert tt.Fidelity.of({"name": "epoch", "low": 1, "high": 9}) == tt.Fidelity("epoch", 1, 9)


def test_a_model_learns_at_the_levels():
    study = tt.create_study(
        SPACE, sampler="jointgp", scheduler="promotingasha", fidelity=BITS, seed=0
    )
    study.optimize(lambda x, budget: (x - 0.3) ** 2 + 1 / budget, 14, progress=False)
    assert abs(study.best.config["x"] - 0.3) < 0.1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"levels": [32, 16]}, "ascending whole numbers"),
        ({"levels": []}, "ascending whole numbers"),
        ({"levels": [1.5, 2]}, "ascending whole numbers"),
        ({"levels": [16, 32], "high": 64}, "leave them out"),
        ({}, "give 1 <= low <= high"),
    ],
)
def test_wrong_levels(wrong, message):
    with pytest.raises(tt.InvalidArgument, match=message):
        tt.Fidelity("bits", **wrong)


@pytest.mark.parametrize("scheduler", ["hyperband", "freshhyperband"])
def test_who_makes_its_own_budgets_refuses_levels(scheduler):
    with pytest.raises(tt.Unsupported, match=r"'bits' has only the levels \[16, 32, 64\]"):
        tt.create_study(SPACE, scheduler=scheduler, fidelity=BITS).ask()


ROWS, EPOCHS = 200, 100
LABELS = np.arange(ROWS) * 3 // ROWS  # sorted: a prefix has one class


def accuracy(rate, rows, epochs):
    """A toy: all classes seen, enough epochs, and a rate near .01 make it good."""
    classes = len(set(LABELS[rows].tolist()))
    return classes / 3 * (1 - 0.5 ** (epochs / 10)) - 0.05 * (np.log10(rate) + 2) ** 2


def penalized(accuracy, fraction, epochs):
    """The score of a search in which fidelity is a parameter: it pays to be whole."""
    return accuracy - (0.1 * (1 - fraction) + 0.1 * (1 - epochs / EPOCHS))


def test_a_penalty_for_low_fidelity_and_what_is_better():
    """MFI-21: .1 * .9 + .1 * .9 = .18; the proper form has no fidelity among its parameters."""
    assert penalized(0.0, 0.1, 10) == pytest.approx(-0.18)
    assert penalized(0.7, 1.0, 100) == 0.7

    def seed_form(trial):
        epochs = trial.suggest_int("n_epochs", 10, 100, step=10)
        fraction = trial.suggest_float("data_fraction", 0.1, 1.0)
        rate = trial.suggest_float("learning_rate", 1e-5, 1e-1, log=True)
        found = accuracy(rate, np.arange(int(ROWS * fraction)), epochs)
        trial.set_user_attr("accuracy", found)
        return penalized(found, fraction, epochs)

    order = nested_order(ROWS, np.random.default_rng(0), LABELS)

    def proper(learning_rate, budget):
        return accuracy(learning_rate, order[: ROWS * budget // 100], budget)

    old = tt.maximize(seed_form, n_trials=20, seed=0, progress=False)
    best = old.best
    attrs, config = best.user_attrs, best.config
    penalty = attrs["accuracy"] - best.value
    assert penalty == pytest.approx(
        0.1 * (1 - config["data_fraction"]) + 0.1 * (1 - config["n_epochs"] / 100)
    )
    new = tt.maximize(
        proper,
        {"learning_rate": tt.Float(1e-5, 1e-1, log=True)},
        n_trials=60,
        scheduler="promotingasha",
        fidelity=tt.Fidelity("percent", 10, 100),
        seed=0,
        progress=False,
    )
    assert set(new.best.config) == {"learning_rate"}
    assert new.best_value > 0.9
