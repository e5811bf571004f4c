"""Every sampler with every scheduler that stops trials."""

import pytest

import trimtab as tt
from trimtab.sampler.registry import REGISTRY as SAMPLERS
from trimtab.scheduler.registry import scheduler_of

STOPPING = [
    {"name": "Median", "n_startup": 2},
    {"name": "Percentile", "keep": 40.0, "n_startup": 2},
    {"name": "Threshold", "upper": 2.0},
    {"name": "Wilcoxon"},
    {"name": "ASHA", "eta": 2},
    {"name": "PromotingASHA", "eta": 2},
    {"name": "Hyperband", "eta": 2},
]
BANDITS = ("UCB1", "EpsilonGreedy", "EXP3", "Thompson", "SuccessiveElimination")
SETTINGS = {  # that have no default, or too large a one
    "Grid": {"levels": 5},
    "RandomGrid": {"levels": 5},
    "Manual": {"configs": [{"x": i / 30, "y": (7 * i % 30) / 30} for i in range(30)]},
    "Hierarchical": {"groups": [["x"], ["y"]]},
    "LocalGrid": {"n_starts": 5},
    "OneAtATime": {"levels": 12},
    "Chain": {"parts": [["Sobol", 5], "Random"]},
    "Interleave": {"parts": [["Annealing", 2], ["Halton", 1]]},
    "Fallback": {"parts": ["NelderMead", "Random"]},
    "Restart": {"sampler": "Annealing", "patience": 6},
    "Rounds": {"sampler": "TPE", "n": 3},
    "Portfolio": {"samplers": ["Annealing", "LatinHypercube"]},
    "GP": {"n_raw": 64, "n_starts": 2, "n_initial": 8},
    "JointGP": {"n_raw": 64, "n_starts": 2},
    "Auto": {"n_model": 10},
    **{
        name: {"n_arms": 25}
        for name in ("UCB1", "EpsilonGreedy", "EXP3", "Thompson", "SuccessiveElimination")
    },
}
NAMES = [n for n in SAMPLERS.names() if n != "LinUCB"]  # which takes arms, not numbers
BAD_HALF = 3.0


def curve(trial):
    """Two kinds: half of the square is hopeless from the first step on."""
    x, y = trial.config["x"], trial.config["y"]
    loss = (x - 0.3) ** 2 + (y - 0.6) ** 2 + BAD_HALF * (x > 0.5)
    for step in range(1, 9):
        trial.report(loss + 1 / step, step)
        if trial.should_prune():
            raise tt.TrialPruned
    return loss


def check(sampler, scheduler):
    study = tt.create_study(
        {"x": tt.Float(0, 1), "y": tt.Float(0, 1)},
        sampler={"name": sampler, **SETTINGS.get(sampler, {})},
        scheduler=scheduler_of(scheduler),
        fidelity=tt.Fidelity("epoch", 1, 8),
        seed=3,
    )
    study.optimize(curve, 20, progress=False)
    ended = [t for t in study.trials if t.state in ("pruned", "paused")]
    assert study.best.state == "complete"
    bad = [
        t for t in study.trials if t.config["x"] > 0.5 and t.number > 3
    ]  # there is nothing to compare with before
    assert ended or not bad
    assert all(len(t.reports) == 8 for t in study.trials if t.state == "complete")


@pytest.mark.parametrize("i", range(0, len(NAMES), 4))
def test_some_samplers_with_one_of_them(i):
    """EST-08: pruning goes with any sampler; the best is never one that was ended."""
    check(NAMES[i], STOPPING[i // 4 % len(STOPPING)])


@pytest.mark.slow
@pytest.mark.parametrize("scheduler", STOPPING, ids=lambda s: s["name"])
@pytest.mark.parametrize("sampler", NAMES)
def test_each_sampler_with_each_of_them(sampler, scheduler):
    """EST-08: all pairs."""
    check(sampler, scheduler)
