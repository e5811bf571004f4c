"""Freeze-thaw through the public door, in virtual time."""

import numpy as np
import pytest

import trimtab as tt
from trimtab.evaluation.due import last_due

SPACE = {"x": tt.Float(0, 1), "r": tt.Float(0.5, 3)}
T = np.arange(1, 28)


def curve(x, r):
    return (x - 0.3) ** 2 + 0.5 * T ** (-r)


QUICK = {"n_raw": 80, "n_rows": 60}


def run(seed, n_workers=1, epochs=216, **settings):
    study = tt.create_study(
        SPACE,
        sampler="random",
        scheduler=tt.scheduler.FreezeThaw(3, **QUICK, **settings),
        fidelity=tt.Fidelity("epoch", 1, 27),
        seed=seed,
    )
    workers = tt.Simulator(n_workers)
    study.optimize(curve, executor=workers, timeout=epochs / n_workers, progress=False)
    return study, workers


def lasts(study):
    return [max(t.reports, default=0) for t in study.trials]


@pytest.mark.parametrize("n_workers", [1, 4])
def test_steps_go_to_the_promising(n_workers):
    study, workers = run(0, n_workers)
    last = np.array(lasts(study))
    assert sorted({t.state for t in study.trials} - {"running"}) == ["complete", "paused"]
    assert len(study.trials) > 9  # more than whole evaluations would have been
    assert set(last[[t.state == "paused" for t in study.trials]] % 3) == {0}
    loss = np.array([(t.config["x"] - 0.3) ** 2 for t in study.trials])
    assert loss[last > 20].mean() < 0.5 * loss.mean()
    assert workers.incumbent(study.history)[1][-1] < 0.03


def test_a_run_can_be_repeated_and_replayed():
    a, _ = run(3, 4)
    b, _ = run(3, 4)
    assert [t.config for t in a.trials] == [t.config for t in b.trials]
    assert lasts(a) == lasts(b)


def test_a_basket_of_trials_is_thawed_to_its_end():
    study, _ = run(1, epochs=10_000, trials=7)
    assert len(study.trials) == 7
    assert lasts(study) == [27] * 7


def test_finite_spaces_have_no_twins():
    study = tt.create_study(
        {"a": tt.Int(1, 4), "b": tt.Categorical(["u", "v"])},
        sampler="random",
        scheduler=tt.scheduler.FreezeThaw(1, n_initial=3, **QUICK),
        fidelity=tt.Fidelity("epoch", 1, 5),
        seed=0,
    )
    study.optimize(
        lambda a, b: a + (b == "u") + 1.0 / np.arange(1, 6),
        executor=tt.Simulator(1),
        timeout=60,
        progress=False,
    )
    made = [tuple(t.config.values()) for t in study.trials]
    assert len(made[3:]) == len(set(made[3:]))
    assert study.best.config == {"a": 1, "b": "v"}


def test_fits_are_due_at_fixed_numbers():
    assert [last_due(6, n) for n in (2, 6, 7, 8, 9, 10, 13)] == [2, 6, 6, 8, 8, 10, 13]
    assert len({last_due(6, n) for n in range(6, 500)}) < 22


def test_the_largest_budget_must_be_known():
    with pytest.raises(tt.Unsupported, match="FreezeThaw needs to know the largest budget"):
        tt.create_study(SPACE, scheduler="freezethaw")


@pytest.mark.slow
def test_it_beats_whole_evaluations():
    """Better in 7 of 10 seeds than random whole evaluations in the same virtual time."""
    wins = 0
    for seed in range(10):
        study, workers = run(seed, 4)
        plain = tt.create_study(
            SPACE, sampler="random", fidelity=tt.Fidelity("epoch", 1, 27), seed=seed
        )
        others = tt.Simulator(4)
        plain.optimize(curve, executor=others, timeout=216 / 4, progress=False)
        mine = workers.incumbent(study.history)[1][-1]
        wins += mine <= others.incumbent(plain.history)[1][-1]
    assert wins >= 7
