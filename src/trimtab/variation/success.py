"""The memory of what has worked: success-history adaptation of F and CR.

Tanabe & Fukunaga (2013), SHADE, and (2014), L-SHADE: a ring of means. Zhang & Sanderson (2009), JADE:
one pair of means that glides.
"""

from dataclasses import dataclass, replace

import numpy as np

from trimtab.typing import Array, Ints, Rng

_BITS = 20  # F and CR travel in tags with this many binary digits each
_ONE = (1 << _BITS) - 1


@dataclass(frozen=True, eq=False)
class Memory:
    """Means of F and CR that led to improvements; a CR of -1 stays at zero for good."""

    f: Array  # (h,)
    rate: Array  # (h,)
    next: int = 0


def start_memory(h: int) -> Memory:
    """All entries one half."""
    return Memory(np.full(h, 0.5), np.full(h, 0.5))


def lehmer_mean(values: Array, weights: Array) -> float:
    """Weighted Lehmer mean: sum w s^2 / sum w s."""
    below = float(weights @ values)
    return float(weights @ values**2) / below if below > 0 else 0.0


def improvement_weights(gains: Array) -> Array:
    """Weights (n,) with sum 1, proportional to the gains; equal where a gain is not finite."""
    top = gains.max(initial=0.0)
    if not np.isfinite(gains).all() or not top > 0:
        return np.full(len(gains), 1 / max(len(gains), 1))
    return np.asarray(gains / top / (gains / top).sum(), np.float64)


def remembered(memory: Memory, f: Array, rate: Array, gains: Array) -> Memory:
    """The memory after a generation whose improvements (n,) used these F and CR."""
    if not len(f):
        return memory
    weights = improvement_weights(gains)
    new_f, new_rate = memory.f.copy(), memory.rate.copy()
    new_f[memory.next] = lehmer_mean(f, weights)
    is_dead = memory.rate[memory.next] < 0 or rate.max() <= 0
    new_rate[memory.next] = -1.0 if is_dead else lehmer_mean(rate, weights)
    return Memory(new_f, new_rate, (memory.next + 1) % len(new_f))


def glided(memory: Memory, f: Array, rate: Array, c: float) -> Memory:
    """JADE: means move by c towards the Lehmer mean of F and the arithmetic mean of CR."""
    if not len(f):
        return memory
    equal = np.full(len(f), 1 / len(f))
    return replace(
        memory,
        f=(1 - c) * memory.f + c * lehmer_mean(f, equal),
        rate=(1 - c) * memory.rate + c * float(rate.mean()),
    )


def drawn(memory: Memory, n: int, rng: Rng) -> tuple[Array, Array]:
    """F and CR (n,): Cauchy and normal around a random entry, both in [0, 1], as tags hold them."""
    at = rng.integers(len(memory.f), size=n)
    f = memory.f[at] + 0.1 * rng.standard_cauchy(n)
    for _ in range(100):
        is_low = f <= 0
        if not is_low.any():
            break
        f = np.where(is_low, memory.f[at] + 0.1 * rng.standard_cauchy(n), f)
    f = np.clip(f, 1 / _ONE, 1)
    rate = np.clip(memory.rate[at] + 0.1 * rng.standard_normal(n), 0, 1)
    rate = np.where(memory.rate[at] < 0, 0.0, rate)
    return np.rint(f * _ONE) / _ONE, np.rint(rate * _ONE) / _ONE


def packed(members: Ints, f: Array, rate: Array) -> Ints:
    """Tags (n,) that hold a member's number, F and CR."""
    i, j = (np.rint(v * _ONE).astype(np.int64) for v in (f, rate))
    return (members << (2 * _BITS)) + (i << _BITS) + j


def unpacked(tag: int) -> tuple[int, float, float]:
    """Member, F and CR of a tag; the member is -1 for a row that was not proposed."""
    if tag < 0:
        return -1, 0.0, 0.0
    return tag >> (2 * _BITS), (tag >> _BITS & _ONE) / _ONE, (tag & _ONE) / _ONE
