"""Natural evolution strategies: xNES, SNES, and the antithetic strategy of OpenAI.

Wierstra, Schaul, Glasmachers, Sun, Peters & Schmidhuber (2014). Natural Evolution Strategies. JMLR 15.
Salimans, Ho, Chen, Sidor & Sutskever (2017). Evolution Strategies as a Scalable Alternative to
Reinforcement Learning, arXiv:1703.03864; Adam: Kingma & Ba (2015). Choices have chances that follow
their natural gradient (Ollivier et al. 2017).

A tag names a generation and the noise of one sample; the OpenAI strategy sends the mirror image of
each, with the same noise, next. Late and foreign results count with their place, at a length that a
sample could have.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.lattice import baseline
from trimtab.design.setting import check_number, check_word
from trimtab.errors import InvalidArgument
from trimtab.rng import draw_key
from trimtab.typing import Array, Ints, Keys, Rng
from trimtab.variation.chance import floored, gradient, picked
from trimtab.variation.draw import NO_KEYS, learned, proposed
from trimtab.variation.layout import Layout, generation_of, new_tags
from trimtab.variation.selection import standing

_METHODS = ("xnes", "snes", "openai")
_LEAST, _MOST = 1e-12, 1.0  # standard deviations


@dataclass(frozen=True, eq=False)
class State:
    """The search distribution N(mean, (sigma B)(sigma B)'), and its unfinished generation."""

    layout: Layout
    key: int
    mean: Array  # (a,)
    sigma: float
    shape: Array  # B: (a, a) for xNES, else (a,)
    q: Array  # (b, most) chances of the choices
    momentum: tuple[Array, Array]  # Adam's, (a,) each
    generation: int
    z: Array  # (k, a) told so far in this generation
    picks: Ints  # (k, b)
    losses: Array  # (k,)
    tags: Ints  # (k,)
    known: Keys

    @cached_property
    def inverse(self) -> Array:
        """B^-1."""
        return np.asarray(
            np.linalg.inv(self.shape) if self.shape.ndim == 2 else 1 / self.shape, np.float64
        )


@dataclass(frozen=True)
class NaturalES:
    """Natural gradient ascent on the expected utility; starts at `start`, else in the middle."""

    method: str = "xnes"  # or "snes": diagonal; "openai": fixed sigma, mirrored samples, Adam
    sigma: float | None = None  # first step size, in widths of a range; None: 0.3, openai: 0.1
    popsize: int | None = None  # lambda; None: 4 + 3 ln d
    rate: float | None = None  # of the shape, or openai's step; None: the papers' defaults, 0.02
    start: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        check_word("method", self.method, _METHODS)
        if self.sigma is not None:
            check_number("sigma", self.sigma, 0, np.inf)
        if self.popsize is not None:
            check_count("popsize", self.popsize, low=2)
        if self.rate is not None:
            check_number("rate", self.rate, 0, 1 + 1e-9)
        if self.start is not None and not isinstance(self.start, Mapping):
            raise InvalidArgument(f"start={self.start!r} is no configuration; give a dict")

    @property
    def supports(self) -> Supports:
        """One objective on any space."""
        return Supports()

    def init(self, problem: Problem, rng: Rng) -> State:
        """A round distribution around the start.

        Raises:
            SpaceError: a start that the space does not hold.
        """
        layout = Layout(problem.space)
        row = problem.space.to_unit(baseline(problem.space, self.start)[None])
        mean = row[0, layout.numeric]
        a, b = len(mean), len(layout.choice)
        return State(
            layout=layout,
            key=draw_key(rng),
            mean=mean,
            sigma=self.sigma or (0.1 if self.method == "openai" else 0.3),
            shape=np.eye(a) if self.method == "xnes" else np.ones(a),
            q=floored(layout.weights, layout.n_choices),
            momentum=(np.zeros(a), np.zeros(a)),
            generation=0,
            z=np.empty((0, a)),
            picks=np.empty((0, b), np.int64),
            losses=np.empty(0),
            tags=np.empty(0, np.int64),
            known=NO_KEYS,
        )

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Note the results; follow the gradient whenever a generation is complete."""
        d = max(len(state.layout.space.names), 1)
        popsize = self.popsize or 4 + int(3 * math.log(d))
        losses = standing(told)
        for row, loss, tag in zip(told.x, losses.tolist(), told.tag.tolist(), strict=True):
            z, picks = self._sample_of(state, row, tag)
            state = replace(
                state,
                z=np.vstack([state.z, z]),
                picks=np.vstack([state.picks, picks]),
                losses=np.append(state.losses, loss),
                tags=np.append(state.tags, tag),
                known=learned(state.layout.space, state.known, row[None]),
            )
            if len(state.losses) == popsize:
                state = self._followed(state)
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Samples of the distribution."""
        is_paired = self.method == "openai"

        def draw(n: int, rng: Rng) -> tuple[Array, Ints]:
            nonlocal is_paired
            tags = new_tags(state.generation, n, rng)
            if is_paired:
                tags = _mirrored(tags, np.append(state.tags, request.pending.tag), state.generation)
            is_paired = False  # a mirror image that is forbidden is not asked for again
            return np.vstack([self._drawn(state, tag)[2] for tag in tags.tolist()]), tags

        return proposed(state.layout.space, state.known, request, draw)

    def _drawn(self, state: State, tag: int) -> tuple[Array, Ints, Array]:
        """Noise (a,), picks (b,) and unit row (d,) that a tag of this generation names."""
        is_mirror = self.method == "openai" and tag % 2 == 1
        z, u = state.layout.noise(state.key, tag - is_mirror)
        z = -z if is_mirror else z
        step = state.shape @ z if state.shape.ndim == 2 else state.shape * z
        picks = picked(state.q, u[None])
        x = state.mean + state.sigma * step
        return z, picks[0], state.layout.rows(x[None], picks)[0]

    def _sample_of(self, state: State, row: Array, tag: int) -> tuple[Array, Ints]:
        """Noise and picks of a result: those that were drawn, or what its row implies."""
        if generation_of(tag) == state.generation:
            z, picks, proposal = self._drawn(state, tag)
            if state.layout.agrees(proposal, row):
                return z, picks
        x, found = state.layout.split(row[None])
        offset = np.where(np.isnan(x[0]), 0.0, x[0] - state.mean) / state.sigma
        z = state.inverse @ offset if state.shape.ndim == 2 else state.inverse * offset
        length, a = float(np.linalg.norm(z)), len(z)
        most = math.sqrt(a) + 2 * a / (a + 2)
        return z * min(1.0, most / length) if length > 0 else z, found[0]

    def _followed(self, state: State) -> State:
        """The state after a generation; the same distribution where all of it failed."""
        fresh = replace(
            state,
            generation=state.generation + 1,
            z=state.z[:0],
            picks=state.picks[:0],
            losses=state.losses[:0],
            tags=state.tags[:0],
        )
        if not (state.losses < np.inf).any() or np.ptp(state.losses) == 0:
            return fresh
        order = np.argsort(state.losses, kind="stable")
        z, picks, n = state.z[order], state.picks[order], len(order)
        a = len(state.mean)
        rate = self.rate
        u = centered_ranks(n) if self.method == "openai" else utilities(n)
        q = floored(
            state.q + 0.1 * gradient(state.q, picks, np.maximum(u, 0)), state.layout.n_choices
        )
        if self.method == "openai":
            slope = u @ z / (n * state.sigma)
            mean, momentum = adam(state.mean, slope, state.momentum, state.generation, rate or 0.02)
            return replace(fresh, mean=mean, momentum=momentum, q=q)
        if self.method == "snes":
            rate = rate or (3 + math.log(max(a, 1))) / (5 * math.sqrt(max(a, 1)))
            mean, shape = snes_step(state.mean, state.sigma * state.shape, u, z, rate)
            return replace(fresh, mean=mean, sigma=1.0, shape=shape, q=q)
        rate = rate or (9 + 3 * math.log(max(a, 1))) / (5 * max(a, 1) ** 1.5)
        mean, sigma, shape = xnes_step(state.mean, state.sigma, state.shape, u, z, rate)
        return replace(fresh, mean=mean, sigma=sigma, shape=shape, q=q)


def utilities(n: int) -> Array:
    """Utilities (n,) of ranks, the best first, with sum 0; section 3.1."""
    raw = np.maximum(0, math.log(n / 2 + 1) - np.log(np.arange(1, n + 1)))
    return np.asarray(raw / raw.sum() - 1 / n, np.float64)


def centered_ranks(n: int) -> Array:
    """Ranks (n,) from 1/2 for the best down to -1/2."""
    return np.linspace(0.5, -0.5, n)


def xnes_step(
    mean: Array, sigma: float, shape: Array, u: Array, z: Array, rate: float
) -> tuple[Array, float, Array]:
    """Mean, sigma and B after utilities u (n,) of noise z (n, a); algorithm 5."""
    a = len(mean)
    if a == 0:
        return mean, sigma, shape
    slope = (u[:, None] * z).T @ z - u.sum() * np.eye(a)
    size = float(np.trace(slope)) / a
    values, vectors = np.linalg.eigh(slope - size * np.eye(a))
    turn = (vectors * np.exp(rate / 2 * values)) @ vectors.T
    grown = min(max(sigma * math.exp(rate / 2 * size), _LEAST), _MOST)
    return mean + sigma * shape @ (u @ z), grown, shape @ turn


def snes_step(mean: Array, spread: Array, u: Array, z: Array, rate: float) -> tuple[Array, Array]:
    """Mean and standard deviations (a,) after utilities u (n,) of noise z (n, a); algorithm 6."""
    grown = spread * np.exp(rate / 2 * (u @ (z**2 - 1)))
    return mean + spread * (u @ z), np.clip(grown, _LEAST, _MOST)


def adam(
    mean: Array, slope: Array, momentum: tuple[Array, Array], t: int, rate: float
) -> tuple[Array, tuple[Array, Array]]:
    """A step uphill: mean and moments (a,) after the gradient `slope`, t steps having been made."""
    first = 0.9 * momentum[0] + 0.1 * slope
    second = 0.999 * momentum[1] + 0.001 * slope**2
    a, b = first / (1 - 0.9 ** (t + 1)), second / (1 - 0.999 ** (t + 1))
    return mean + rate * a / (np.sqrt(b) + 1e-8), (first, second)


def _mirrored(tags: Ints, out: Ints, generation: int) -> Ints:
    """Tags (n,): mirror images of what is out in this generation first, then new pairs."""
    seen = {t for t in out.tolist() if generation_of(t) == generation}
    lone = [t + 1 for t in sorted(seen) if t % 2 == 0 and t + 1 not in seen]
    pairs = [m for t in tags.tolist() for m in (t - t % 2, t - t % 2 + 1)]
    return np.array([*lone, *pairs][: len(tags)], np.int64)
