"""Hyperband in a study: which trial belongs to which bracket, and how many get how far."""

from collections import Counter

import trimtab as tt
from trimtab.core.fidelity import Fidelity
from trimtab.scheduler.hyperband import Hyperband

CYCLE = [(27, 9, 3, 1), (12, 4, 1), (6, 2), (4,)]


def run(n_trials, **settings):
    return tt.minimize(
        lambda x, budget: x + 1 / budget,
        {"x": tt.Float(0, 1)},
        n_trials,
        scheduler=Hyperband(**settings),
        fidelity=Fidelity("epoch", 1, 27),
        seed=3,
        progress=False,
    )


def test_a_whole_cycle():  # 49 trials; as many evaluations at each budget as the table says
    study = run(49)
    firsts = [min(t.reports) for t in study.trials]
    assert firsts == [1] * 27 + [3] * 12 + [9] * 6 + [27] * 4
    reached = Counter(step for t in study.trials for step in t.reports)
    want = Counter()
    for s, counts in enumerate(CYCLE):
        for i, n in enumerate(counts):
            want[3 ** (s + i)] += n
    assert reached == want
    assert Counter(t.state for t in study.trials)["complete"] == 1 + 1 + 2 + 4
    best_of_first = min(study.trials[:27], key=lambda t: t.config["x"])
    assert 27 in best_of_first.reports


def test_the_cycle_begins_again():
    study = run(52)
    assert [min(t.reports) for t in study.trials[49:]] == [1, 1, 1]


def test_the_printed_table():
    assert [b.counts[0] for b in Hyperband(printed_table=True).tables(1, 81)] == [81, 27, 9, 6, 5]
