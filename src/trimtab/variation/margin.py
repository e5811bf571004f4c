"""The margin for integers: no indexed column of a normal distribution may collapse onto one value.

Hamano, Saito, Nomura & Shirakawa (2022). CMA-ES with Margin: Lower-Bounding Marginal Probability for
Mixed-Integer Black-Box Optimization. GECCO. The mean moves, and an extra factor A widens the column,
until each neighbouring value has at least chance alpha / 2 (at an end: alpha).
"""

import numpy as np

from trimtab.typing import Array


def with_margin(
    mean: float, scale: float, factor: float, edges: Array, alpha: float
) -> tuple[float, float]:
    """Mean and factor A of one column after the correction.

    scale: the column's standard deviation without A. edges (k - 1,): where slices meet. Chances are
    those of N(mean, (A scale)^2), clipped into the unit interval.
    """
    from scipy.special import ndtr, ndtri

    if not len(edges) or not scale > 0:
        return mean, factor
    at = int(np.searchsorted(edges, mean))
    if at in (0, len(edges)):  # an end: one neighbour only
        edge = float(edges[0] if at == 0 else edges[-1])
        most = -float(ndtri(alpha)) * factor * scale
        if abs(mean - edge) > most:
            mean = edge - most if at == 0 else edge + most
        return mean, factor
    low, high = float(edges[at - 1]), float(edges[at])
    below = float(ndtr((low - mean) / (factor * scale)))
    above = float(ndtr((mean - high) / (factor * scale)))
    middle = 1 - below - above
    p_below, p_above = max(below, alpha / 2), max(above, alpha / 2)
    total = p_below + p_above + middle
    share = (1 - total) / (total - 1.5 * alpha)
    p_below += share * (p_below - alpha / 2)
    p_above += share * (p_above - alpha / 2)
    if p_below == below and p_above == above:
        return mean, factor
    p_below, p_above = (min(max(p, 1e-10), 0.5 - 1e-10) for p in (p_below, p_above))
    q_below, q_above = -float(ndtri(p_below)), -float(ndtri(p_above))
    width = q_below + q_above
    return (low * q_above + high * q_below) / width, (high - low) / (width * scale)
