"""Which trials come before a model: any design, and what the user knows already."""

import numpy as np
import pytest

import trimtab as tt

SPACE = {"x": tt.Float(0, 1), "y": tt.Float(1e-3, 1, log=True)}


def loss(x, y):
    return (x - 0.3) ** 2 + np.log10(y) ** 2


def configs(sampler, n, enqueued=()):
    study = tt.create_study(SPACE, sampler=sampler, seed=4)
    for config in enqueued:
        study.enqueue(config)
    study.optimize(loss, n, progress=False)
    return [tuple(t.config.values()) for t in study.trials]


@pytest.mark.parametrize(
    "design", [{"name": "LatinHypercube", "n": 8}, {"name": "Sobol"}, {"name": "Random"}]
)
def test_any_design_before_the_model(design):
    """BOL-02: n0 = 8: the first eight are those of the design by itself, the ninth is the model's."""
    ours = configs({"name": "Chain", "parts": [[design, 8], "GP"]}, 9)
    alone = configs({"name": "Chain", "parts": [[design, 9], "Random"]}, 9)
    assert ours[:8] == alone[:8]
    assert ours[8] != alone[8]


def test_points_of_the_user_come_first_and_count():
    """BOL-02: in order; the design has so many trials less."""
    known = [{"x": 0.25, "y": 0.5}, {"x": 0.75, "y": 0.125}]
    found = configs({"name": "GP", "n_initial": 5}, 6, known)
    assert found[:2] == [(0.25, 0.5), (0.75, 0.125)]
    plain = configs({"name": "GP", "n_initial": 5}, 6)
    assert found[2:5] == plain[2:5]  # rows 2, 3 and 4 of the design
