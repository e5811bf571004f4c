"""Quadratic models of what was told near an incumbent, and where they are least.

Conn & Le Digabel (2013), Use of Quadratic Models with Mesh-Adaptive Direct Search for Constrained
Black Box Optimization, Optimization Methods & Software 28: of all quadratics through the points the one whose
Hessian has the least Frobenius norm (Conn, Scheinberg & Vicente 2009, Introduction to Derivative-Free
Optimization, section 5.3), or the least squares fit where the points determine one. Constraints that are
returned get models of their own.
"""

from dataclasses import dataclass

import numpy as np

from trimtab.typing import Array


@dataclass(frozen=True, eq=False)
class Quadratic:
    """c + g s + s H s / 2 for k functions of a step s (d,), which is 0 at the center."""

    value: Array  # (k,)
    slope: Array  # (k, d)
    bend: Array  # (k, d, d), symmetric

    def __call__(self, steps: Array) -> Array:
        """Values (n, k) at steps (n, d)."""
        bent = np.einsum("ni,kij,nj->nk", steps, self.bend, steps)
        return self.value + steps @ self.slope.T + 0.5 * bent

    def gradient(self, step: Array) -> Array:
        """Slopes (k, d) at a step (d,)."""
        return self.slope + self.bend @ step


def n_terms(d: int) -> int:
    """Coefficients of a quadratic in d variables: (d + 1)(d + 2) / 2."""
    return (d + 1) * (d + 2) // 2


def fitted(steps: Array, y: Array) -> Quadratic | None:
    """The quadratics for values y (n, k) at steps (n, d) of size one or so.

    None where the points do not determine even the linear part: fewer than d + 2, or in a hyperplane.
    """
    n, d = steps.shape
    linear = np.hstack([np.ones((n, 1)), steps])
    if n < d + 2 or np.linalg.matrix_rank(linear, tol=1e-9 * n) <= d:
        return None
    first, second = np.triu_indices(d)
    curved = steps[:, first] * steps[:, second] * np.where(first == second, 0.5, 1.0)
    if n >= n_terms(d):
        found = np.linalg.lstsq(np.hstack([linear, curved]), y, rcond=1e-13)[0]
        plain, bent = found[: d + 1], found[d + 1 :]
    else:  # the system of Conn, Scheinberg & Vicente (2009), equation (5.7)
        weight = np.where(
            first == second, 1.0, 0.5
        )  # an entry off the diagonal counts twice in the norm
        gram = (curved * weight) @ curved.T
        zero = np.zeros((d + 1, d + 1))
        system = np.block([[gram, linear], [linear.T, zero]])
        right = np.vstack([y, np.zeros((d + 1, y.shape[1]))])
        solved = np.linalg.lstsq(system, right, rcond=1e-13)[0]
        plain, bent = solved[n:], (curved * weight).T @ solved[:n]
    bend = np.zeros((y.shape[1], d, d))
    bend[:, first, second] = bend[:, second, first] = bent.T
    return Quadratic(plain[0], plain[1:].T, bend)


def least_step(model: Quadratic, low: Array, high: Array) -> Array | None:
    """The step (d,) within low (d,) and high (d,) where function 0 is least and the others are not above 0.

    From the center and from the Cauchy point of the box, by sequential quadratic programming; None
    where that finds no step.
    """
    from scipy.optimize import minimize

    scale = max(float(np.abs(model.slope[0]).max()), float(np.abs(model.bend[0]).max()), 1e-300)

    def loss(s: Array) -> tuple[float, Array]:
        slope = model.gradient(s)[0]
        value = s @ (model.slope[0] + slope) / 2  # without the constant
        return float(value) / scale, slope / scale

    rules = []
    if len(model.value) > 1:
        rules = [
            {
                "type": "ineq",
                "fun": lambda s: -model(s[None])[0, 1:],
                "jac": lambda s: -model.gradient(s)[1:],
            }
        ]
    how = "SLSQP" if rules else "L-BFGS-B"
    start = np.clip(np.zeros(len(low)), low, high)
    downhill = np.where(model.slope[0] > 0, low, high)
    found, least = None, np.inf
    for s in (start, downhill):
        with np.errstate(all="ignore"):
            end = minimize(
                loss,
                s,
                jac=True,
                method=how,
                bounds=list(zip(low, high, strict=True)),
                constraints=rules,
                options={"maxiter": 100},
            )
        excess = 0.0 if not rules else float(np.maximum(model(end.x[None])[0, 1:], 0.0).sum())
        merit = end.fun + 1e3 * excess
        if np.isfinite(end.x).all() and merit < least:
            found, least = np.clip(end.x, low, high), merit
    return found
