"""Improvement as the process proposes it: as it stands, or augmented where results are noisy."""

import numpy as np

from trimtab.acquisition.analytic import Criterion, log_expected_improvement
from trimtab.acquisition.augmentation import effective_best, is_rough, noisy_improvement
from trimtab.acquisition.guarded import least_mean
from trimtab.acquisition.joint import JointImprovement, improvement_beyond
from trimtab.surrogate.model import Model, Results
from trimtab.surrogate.posterior import Posterior
from trimtab.typing import Array


def usual_improvement(
    model: Model, results: Results, believing: Posterior, xi: float, roughness: float
) -> Criterion:
    """Log-improvement by more than `xi`; augmented where `roughness` of the variance, or more, is noise.

    `believing`: the model's posterior given pending rows as well.
    """
    if is_rough(believing, roughness):
        return noisy_improvement(model, results, believing, xi)
    return log_expected_improvement(least_mean(model, results, believing), xi)


def usual_joint_improvement(
    model: Model, results: Results, z: Array, normals: Array, xi: float, roughness: float
) -> JointImprovement:
    """What a row adds to the improvement of pending rows z (k, D), by the same rule; normals (s, k)."""
    posterior = model.posterior
    if is_rough(posterior, roughness):
        best, noise = effective_best(model, results, posterior), float(np.mean(posterior.noise))
    else:
        best, noise = least_mean(model, results, posterior), 0.0
    return improvement_beyond(posterior, z, best - xi, normals, noise)
