"""Races through the public door: who survives, what it costs, and that nothing is met twice."""

import numpy as np
import pytest

import trimtab as tt
from trimtab.evaluation.race import losers
from trimtab.evaluation.raced import Raced
from trimtab.rng import stream
from trimtab.variation.elite import around, normal_within, pick

SPACE = {"x": tt.Float(0, 1)}
TESTS = ["friedman", "ttest", "hoeffding"]


def cost(config, instance):
    noise = np.random.default_rng((instance, int(config["x"] * 1e9))).normal()
    return (config["x"] - 0.6) ** 2 + 0.05 * noise + 0.1 * (instance % 3)


def race(scheduler, n=None, instances=20, objective=cost, seed=0, **options):
    study = tt.create_study(
        SPACE,
        sampler="random",
        scheduler=scheduler,
        fidelity=tt.Fidelity("instance", 1, instances),
        seed=seed,
    )
    study.optimize(Raced(objective, range(instances)), n, progress=False, **options)
    return study


def met(study):
    return sum(len(t.reports) for t in study.trials)


@pytest.mark.parametrize("test", TESTS)
def test_each_elimination_is_the_tests(test):
    """ASY-06: replayed instance by instance, the race drops whom the test drops, and nobody else."""
    study = race(tt.scheduler.FRace(12, first=5, test=test), 12)
    curves = {t.number: t.reports for t in study.trials}
    alive = list(range(12))
    for t in range(5, 21):
        table = np.array([[curves[i][s][0] for i in alive] for s in range(1, t + 1)])
        out = losers(table, test) if len(alive) > 1 else np.zeros(len(alive), bool)
        for number in np.array(alive)[out].tolist():
            assert max(curves[number]) == t and study.trials[number].state == "paused"
        alive = np.array(alive)[~out].tolist()
    complete = [t.number for t in study.trials if t.state == "complete"]
    assert complete == alive
    assert study.best.number in alive
    if test != "hoeffding":
        assert met(study) < 0.8 * 12 * 20


def test_nothing_is_met_twice():
    seen = []

    def counted(config, instance):
        seen.append((config["x"], instance))
        return cost(config, instance)

    study = race(tt.scheduler.FRace(10), 30, objective=counted)
    assert len(seen) == len(set(seen)) == met(study)
    assert len(study.trials) == 30
    for trial in study.trials:
        assert sorted(trial.reports) == list(range(1, len(trial.reports) + 1))
        if trial.state == "complete":
            scores = [trial.reports[s][0] for s in range(1, 21)]
            assert trial.value == pytest.approx(np.mean(scores))


def test_elites_meet_the_newcomers_for_nothing():
    study = race(tt.scheduler.FRace(10, elites=2), 20)
    first = [t for t in study.trials[:10] if t.state == "complete"]
    assert all(len(t.reports) == 20 for t in first)
    later = [t for t in study.trials[10:] if t.state == "complete"]
    best = min(t.value for t in first)
    assert all(t.value < best + 0.1 for t in later)


def curve_of(x):
    noise = [np.random.default_rng((i, int(x * 1e9))).normal() for i in range(15)]
    return abs(x - 0.6) + 0.05 * np.array(noise)


@pytest.mark.slow
def test_the_best_survives():
    """ASY-06: of 20 candidates the best one is still there in 95 of 100 races and more."""
    survived = []
    for seed in range(100):
        study = tt.create_study(
            SPACE,
            sampler="random",
            scheduler="frace",
            fidelity=tt.Fidelity("instance", 1, 15),
            seed=seed,
        )
        study.optimize(curve_of, 20, executor=tt.Simulator(4), progress=False)
        truth = [abs(t.config["x"] - 0.6) for t in study.trials]
        survived.append(study.trials[int(np.argmin(truth))].state == "complete")
    assert np.mean(survived) >= 0.95


def test_workers_and_a_restart_change_nothing(tmp_path):
    def run(parts, **options):
        for callbacks in parts:
            study = tt.create_study(
                SPACE,
                sampler="random",
                scheduler=tt.scheduler.IteratedRace(60, 3, races=2, elites=2),
                fidelity=tt.Fidelity("instance", 1, 6),
                storage=str(tmp_path / f"{len(parts)}.db"),
                study_name="s",
                load_if_exists=True,
                seed=5,
            )
            study.optimize(Raced(cost, range(6)), progress=False, callbacks=callbacks, **options)
        return [(t.config, str(t.state), len(t.reports)) for t in study.trials]

    def stop(study, trial):
        study.stop()

    whole = run([()])
    assert whole == run([stop, stop, ()])  # at the first result, and at the next
    assert {"paused", "complete"} == {state for _, state, _ in whole}


def test_the_races_of_irace():
    """240 evaluations, two races, 5 instances first: 120 // 6 = 20 candidates, then what is left // 7."""
    study = race(tt.scheduler.IteratedRace(240, races=2, elites=2), instances=12)
    spent = sum(len(t.reports) for t in study.trials[:20])
    assert len(study.trials) == 20 + int((240 - spent) / 7)
    first = [t.config["x"] for t in study.trials[:20]]
    second = [t.config["x"] for t in study.trials[20:]]
    elites = sorted((t for t in study.trials[:20] if t.state == "complete"), key=lambda t: t.value)
    assert np.std(second) < 0.8 * np.std(first)
    assert abs(np.mean(second) - elites[0].config["x"]) < 0.25
    assert abs(study.best.config["x"] - 0.6) < 0.15


@pytest.mark.slow
def test_later_races_are_closer():
    wide = race(tt.scheduler.IteratedRace(600, races=4, elites=2), instances=10, seed=1)
    xs = np.array([t.config["x"] for t in wide.trials])
    n = [int(600 / 4 / 6)]
    assert len(xs) > n[0]
    assert np.abs(xs[-8:] - 0.6).mean() < np.abs(xs[: n[0]] - 0.6).mean()


def test_too_few_evaluations_are_refused():
    with pytest.raises(tt.InvalidArgument, match="evaluations=10 are too few for 2 races"):
        race(tt.scheduler.IteratedRace(10))
    study = tt.create_study(scheduler="iteratedrace", fidelity=tt.Fidelity("instance", 1, 5))
    with pytest.raises(tt.Unsupported, match="declare the space, or give races=3"):
        study.ask()
    with pytest.raises(tt.InvalidArgument, match="instances"):
        Raced(cost, [])


def test_a_candidate_that_fails_is_out_of_the_race():
    def fragile(config, instance):
        if config["x"] < 0.3 and instance == 2:
            raise ValueError("no")
        return float("nan") if config["x"] > 0.9 else cost(config, instance)

    study = race(tt.scheduler.FRace(12), 12, objective=fragile, max_failures=100, catch=ValueError)
    for trial in study.trials:
        x = trial.config["x"]
        assert trial.state == ("failed" if not 0.3 <= x <= 0.9 else trial.state)
    assert study.best.state == "complete"


def test_normal_draws_within_bounds():
    from scipy import stats

    rng = stream(0, 1)
    for x, sigma in ((0.1, 0.5), (0.95, 0.1), (0.5, 0.02)):
        drawn = normal_within(np.full(4000, x), sigma, rng)
        law = stats.truncnorm((0 - x) / sigma, (1 - x) / sigma, x, sigma)
        assert stats.kstest(drawn, law.cdf).pvalue > 0.01


def test_parents_and_choices():
    """Chance n, n - 1, ..., 1 for parents; choices stay with `keep`, and else are anything."""
    rng = stream(0, 2)
    counts = np.bincount([pick(3, rng) for _ in range(6000)], minlength=3)
    np.testing.assert_allclose(counts / 6000, [3 / 6, 2 / 6, 1 / 6], atol=0.02)
    space = tt.Space({"c": tt.Categorical(["a", "b", "d", "e"]), "n": tt.Int(1, 9)})
    codes = space.codes({"c": "b", "n": 5})
    found = [around(space, codes, rng, sigma=0.1, keep=0.6) for _ in range(4000)]
    assert np.mean([row[0] == codes[0] for row in found]) == pytest.approx(0.6 + 0.4 / 4, abs=0.03)
    assert {row[1] for row in found} <= set(range(9))
    ruled = tt.Space({"a": tt.Int(1, 8), "b": tt.Int(1, 8)}, where=["a <= b"])
    rows = [around(ruled, ruled.codes({"a": 4, "b": 4}), rng, sigma=0.3, keep=0) for _ in range(50)]
    assert all(row[0] <= row[1] for row in rows)
