"""Presets are studies whose parts go together, and say what they are made of."""

import numpy as np
import pytest

import trimtab as tt
from trimtab.plugin import settings_of

EPOCHS = tt.Fidelity("epoch", 1, 9)


LED = {
    "freeze_thaw": {"step": 3},
    "pb2": {"population": 6, "interval": 3},
    "pbt": {"population": 6, "interval": 3},
}


@pytest.mark.parametrize("name", sorted(tt.preset.PARTS))
def test_a_preset_is_what_its_parts_say(name):
    settings = LED.get(name, {"eta": 2})
    study = getattr(tt.preset, name)(
        {"x": tt.Float(0, 1)}, fidelity=EPOCHS, **settings, seed=0, direction="minimize"
    )
    parts = tt.preset.parts(name)
    ledger = study.ledger
    assert type(ledger.proposer.sampler).__name__ == parts["sampler"]
    assert type(ledger.scheduler).__name__ == parts["scheduler"]
    assert settings.items() <= settings_of(ledger.scheduler).items()
    assert settings_of(ledger.proposer.sampler).get("eta", 2) == 2
    if name in ("pb2", "pbt"):
        study.optimize(train, progress=False)
    else:
        curve = np.arange(1, 10)
        study.optimize(lambda x: x + 1 / curve, 30, executor=tt.Simulator(2), progress=False)
    assert study.best.state == "complete"


def train(x, trial):
    for epoch in trial.steps():
        trial.report(x + 1 / epoch, epoch)
        with trial.checkpoint.save(epoch):
            pass
    return x


def test_what_does_not_fit_is_refused():
    with pytest.raises(tt.InvalidArgument, match="sampler='tpe'"):
        tt.preset.bohb({"x": tt.Float(0, 1)}, fidelity=EPOCHS, sampler="tpe")
    with pytest.raises(tt.InvalidArgument, match=r"did you mean 'bohb'"):
        tt.preset.parts("bob")
    with pytest.raises(TypeError, match="fidelity"):
        tt.preset.asha({"x": tt.Float(0, 1)})
