"""Iterated PBT: eras by hand, intervals that grow, and a task where greed does not pay."""

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.event import Asked, Reported
from trimtab.core.history import History
from trimtab.core.problem import Direction
from trimtab.scheduler.iterated_pbt import Eras

SETTINGS = {"population": 4, "interval": 2, "patience": 2}


def test_an_era_ends_after_generations_without_a_better_loss():
    """Two members, looks every two steps: the third generation without progress is the next era's."""
    history = History([Direction.MINIMIZE])
    eras = Eras(tt.scheduler.IteratedPBT(2, 2, patience=2))
    for number in range(2):
        history.apply(Asked(number, ()))
    seen = []
    for step in range(1, 13):
        for number in range(2):
            history.apply(Reported(number, step, (1.0 / min(step, 4),)))
            eras.read(history)
        seen.append(eras.now)
    assert seen == [0] * 7 + [1] * 4 + [2]  # who is from before goes on with looks every two steps
    history.apply(Asked(2, (), origin=(0, 12)))
    assert eras.of(0) == 0 and eras.of(2) == 2
    whole = Eras(tt.scheduler.IteratedPBT(2, 2, patience=2))
    whole.read(history)
    assert (whole.now, whole.of(0)) == (eras.now, 0)


def train(trial):
    """Progress is what `rate` allows until the plateau of `shift` is reached."""
    saved = trial.checkpoint.folder
    w = float((saved / "w").read_text()) if saved else 1.0
    rate, shift = trial.config["rate"], trial.config["shift"]
    for step in trial.steps():
        w -= 0.2 * rate * max(0.0, w - abs(shift - 0.7))
        trial.report(w, step)
        if step % 2 == 0:
            with trial.checkpoint.save(step) as folder:
                (folder / "w").write_text(repr(w))
    return w


def run(seed, storage=None, parts=((),), high=60):
    for callbacks in parts:
        study = tt.create_study(
            {"rate": tt.Float(0, 1), "shift": tt.Float(0, 1)},
            sampler="random",
            scheduler=tt.scheduler.IteratedPBT(**SETTINGS),
            fidelity=tt.Fidelity("step", 1, high),
            storage=storage,
            study_name="s",
            load_if_exists=True,
            seed=seed,
        )
        study.optimize(train, progress=False, callbacks=callbacks)
    return study


def test_intervals_grow_and_weights_are_kept():
    study = run(0)
    children = [t for t in study.trials if t.origin is not None]
    starts = [t.origin[1] for t in children]
    spans = {max(t.reports) - t.origin[1] for t in children if t.state == "pruned"}
    assert max(spans, default=0) >= 4  # an interval of two has become four or more
    assert all(step % 2 == 0 for step in starts)
    assert [t.state for t in study.trials].count("complete") == 4
    for child in children:
        parent = study.trials[child.parent]
        before = parent.reports.get(child.origin[1])
        if before is not None:  # else the parent's own checkpoint came from its parent
            assert child.reports[child.origin[1] + 1][0] <= before[0] + 1e-12


def test_a_resumed_run_is_the_same(tmp_path):
    def seen(study):
        return [(t.config, t.state, t.origin) for t in study.trials]

    whole = seen(run(3, tmp_path / "a.db", high=12))
    assert whole == seen(run(3, tmp_path / "b.db", (lambda study, trial: study.stop(), ()), 12))


def test_it_needs_a_largest_budget():
    with pytest.raises(tt.Unsupported, match="IteratedPBT needs to know the largest budget"):
        tt.create_study({"x": tt.Float(0, 1)}, scheduler="iteratedpbt")


@pytest.mark.slow
def test_restarts_help_against_greed():
    """Over 12 seeds no worse than PBT with the first era's interval, on a plateau that must be left."""

    def best(scheduler, seed):
        study = tt.create_study(
            {"rate": tt.Float(0, 1), "shift": tt.Float(0, 1)},
            sampler="random",
            scheduler=scheduler,
            fidelity=tt.Fidelity("step", 1, 60),
            seed=seed,
        )
        study.optimize(train, progress=False)
        return study.best.value

    mine = [best(tt.scheduler.IteratedPBT(**SETTINGS), seed) for seed in range(12)]
    plain = [best(tt.scheduler.PBT(4, 2), seed) for seed in range(12)]
    assert np.median(mine) <= np.median(plain) + 0.01
