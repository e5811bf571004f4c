"""Side by side with Syne Tune 0.13's rung systems, on random streams that it has decided (see the recorder).

Both keep the best of a rung. Of n trials Syne Tune keeps those up to the quantile 1/eta, ceil(n / eta) of
them; ours are the floor(n / eta) of the paper's algorithm, and one at least where trials are stopped. So
the one trial of rank floor(n / eta), from 0, may go on there and not here; all else must be decided alike.
By design we differ in two more ways, which are not in the streams: what is NaN ranks last here, and a
report that skips a rung fills it, where Syne Tune leaves it out or refuses.
"""

import json
from pathlib import Path

import pytest

from trimtab.core.event import Paused, Resumed, Started
from trimtab.core.fidelity import Fidelity, Resume, Start
from trimtab.core.protocols import Decision
from trimtab.scheduler.asha import ASHA
from trimtab.scheduler.promoting_asha import PromotingASHA

STREAMS = json.loads((Path(__file__).parent / "syne_tune.json").read_text())


@pytest.mark.parametrize("stream", STREAMS, ids=["eta3", "eta2", "eta4"])
def test_stopping(lab, stream):
    """Rung by rung, for a trial that ours has stopped stays so, and the streams go on."""
    eta, between, alike = stream["eta"], 0, 0
    for level in stream["levels"]:
        one, rule, seen, known = lab.Lab(), ASHA(level, level + 1, eta), [], {}
        for trial, at, loss, goes_on in stream["stopping"]:
            if at != level:
                continue
            number = known.setdefault(trial, one.start())
            one.report(number, at, loss)
            seen.append(loss)
            ours = rule.judge(one.history, number) is Decision.CONTINUE
            n, place = len(seen), sorted(seen).index(loss)
            if n % eta and n > eta and place == n // eta:
                assert goes_on and not ours
                between += 1
            else:
                assert ours == goes_on, (level, n, place)
                alike += 1
    assert between and alike > 10 * between


@pytest.mark.parametrize("stream", STREAMS, ids=["eta3", "eta2", "eta4"])
def test_promotion(lab, stream):
    """Syne Tune's actions are played; ours must be the same, or promote one from rank floor(n / eta) less."""
    eta, levels = stream["eta"], [*stream["levels"], stream["most"]]
    one = lab.Lab()
    one.history.fidelity = Fidelity("epoch", levels[0], levels[-1], levels=levels)
    rule = PromotingASHA(eta=eta, audits=0)
    rungs, counts = [{} for _ in levels], [0, 0, 0]
    for kind, trial, level, *loss in stream["promotion"]:
        if kind == "report":
            one.report(trial, level, loss[0])
            rungs[levels.index(level)][trial] = loss[0]
            if level == levels[-1]:
                one.settle(trial, value=loss[0])
            else:
                assert rule.judge(one.history, trial) is Decision.PAUSE
                one.apply(Paused(trial))
            continue
        ours, theirs = (
            rule.next(one.history, None),
            Start(level) if trial is None else Resume(trial, level),
        )
        if ours == theirs:
            counts[0 if trial is None else 1] += 1
        else:
            rung = rungs[levels.index(level) - 1]
            place = sorted(rung.values()).index(rung[trial])
            assert len(rung) % eta and place == len(rung) // eta
            counts[2] += 1
        if trial is None:
            one.start()
        else:
            one.apply(Resumed(trial, level))
            one.apply(Started(trial, 1))
    starts, promotions, others = counts
    assert starts == 70 and promotions > 0 and others > 0
