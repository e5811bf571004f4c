"""Covariance matrix adaptation evolution strategy, for numbers, integers and choices together.

Hansen (2016). The CMA Evolution Strategy: A Tutorial. arXiv:1604.00772. Integers keep a margin
(Hamano et al. 2022), choices have chances of their own (CatCMA, Hamano et al. 2024), learning rates
may adapt (Nomura et al. 2023), runs start again (IPOP, Auger & Hansen 2005; BIPOP, Hansen 2009).

A tag names a generation and the noise of one sample, so that the exact sample, which rounding and the
walls hide, is found again when its result comes. A generation ends with `popsize` results; late ones
of older generations, and rows that others asked for, count as injected solutions (Hansen 2011).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Supports
from trimtab.design.check import check_count
from trimtab.design.lattice import baseline
from trimtab.design.setting import check_number, check_switch, check_word
from trimtab.errors import InvalidArgument
from trimtab.rng import draw_key, stream
from trimtab.typing import Array, Ints, Keys, Rng
from trimtab.variation.chance import Chances, adapted, picked, start_chances
from trimtab.variation.covariance import (
    Gaussian,
    Rates,
    default_popsize,
    injected,
    squeezed,
    start_gaussian,
    updated,
)
from trimtab.variation.draw import NO_KEYS, learned, proposed
from trimtab.variation.layout import Layout, generation_of, new_tags
from trimtab.variation.learning_rate import Signal, slowed, start_signals
from trimtab.variation.margin import with_margin
from trimtab.variation.restart import (
    RESTARTS,
    Regime,
    counted,
    history_length,
    is_over,
    next_regime,
)
from trimtab.variation.selection import standing

_WIDEST = 0.3  # standard deviation of a column; that of the whole range is 0.29
_RESTART = 1 << 62  # names the noise of restarts; no tag is as high


@dataclass(frozen=True, eq=False)
class State:
    """The distribution, and the results of its unfinished generation."""

    layout: Layout
    key: int
    rates: Rates
    regime: Regime
    gauss: Gaussian  # over the numbers (a,)
    factor: Array  # (a,) A of the margin
    chances: Chances  # of the choices (b,)
    signals: tuple[Signal, Signal]
    generation: int
    steps: Array  # (k, a) told so far in this generation
    picks: Ints  # (k, b)
    losses: Array  # (k,)
    bests: Array  # best loss of each generation of this run
    known: Keys


@dataclass(frozen=True)
class CMAES:
    """CMA-ES; starts at `start`, else at the defaults, else in the middle."""

    sigma: float = 0.3  # first step size, in widths of a parameter's range
    popsize: int | None = None  # lambda; None: 4 + 3 ln d
    start: Mapping[str, Any] | None = None
    separable: bool = False  # a diagonal covariance: O(d) a sample
    adapt_rate: bool = False  # learning-rate adaptation, for noise and many optima
    margin: float | None = None  # alpha of integers; None: 1 / (d lambda)
    restarts: str = "ipop"  # or "bipop", "none"

    def __post_init__(self) -> None:
        check_number("sigma", self.sigma, 0, np.inf)
        if self.popsize is not None:
            check_count("popsize", self.popsize, low=2)
        if self.start is not None and not isinstance(self.start, Mapping):
            raise InvalidArgument(f"start={self.start!r} is no configuration; give a dict")
        check_switch("separable", self.separable)
        check_switch("adapt_rate", self.adapt_rate)
        if self.margin is not None:
            check_number("margin", self.margin, 0, 0.5)
        check_word("restarts", self.restarts, RESTARTS)
        if self.separable and self.adapt_rate:
            raise InvalidArgument(
                "adapt_rate=True needs a full covariance; leave separable=True out"
            )

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
        codes = baseline(problem.space, self.start)
        mean, _ = layout.split(problem.space.to_unit(codes[None]))
        popsize = self.popsize or default_popsize(problem.d)
        regime = Regime(popsize, self.sigma)
        return self._begun(layout, draw_key(rng), regime, mean[0], 0, NO_KEYS)

    def tell(self, state: State, told: Batch, rng: Rng) -> State:
        """Note the results; adapt the distribution whenever a generation is complete."""
        losses = standing(told)
        for row, loss, tag in zip(told.x, losses.tolist(), told.tag.tolist(), strict=True):
            step, picks = _sample_of(state, row, tag)
            state = replace(
                state,
                steps=np.vstack([state.steps, step]),
                picks=np.vstack([state.picks, picks]),
                losses=np.append(state.losses, loss),
                known=learned(state.layout.space, state.known, row[None]),
            )
            if len(state.losses) == state.rates.popsize:
                state = self._after(state)
        return state

    def ask(self, state: State, request: Request) -> Proposals:
        """Samples of the distribution."""

        def draw(n: int, rng: Rng) -> tuple[Array, Ints]:
            tags = new_tags(state.generation, n, rng)
            return np.vstack([_drawn(state, tag)[2] for tag in tags.tolist()]), tags

        return proposed(state.layout.space, state.known, request, draw)

    def _begun(
        self, layout: Layout, key: int, regime: Regime, mean: Array, generation: int, known: Keys
    ) -> State:
        a, b = len(layout.numeric), len(layout.choice)
        return State(
            layout=layout,
            key=key,
            rates=Rates(max(a, 1), regime.popsize, self.separable),
            regime=regime,
            gauss=start_gaussian(mean, regime.sigma, self.separable),
            factor=np.ones(a),
            chances=start_chances(layout.weights, layout.n_choices),
            signals=start_signals(a if self.adapt_rate else 0),
            generation=generation,
            steps=np.empty((0, a)),
            picks=np.empty((0, b), np.int64),
            losses=np.empty(0),
            bests=np.empty(0),
            known=known,
        )

    def _after(self, state: State) -> State:
        """The state after a complete generation: adapted, or begun anew."""
        losses = state.losses
        regime = counted(state.regime, len(losses))
        bests = np.append(state.bests, losses.min())
        if losses.min() < np.inf:  # where all failed, nothing was learned
            state = self._adapted(state)
        length = history_length(len(state.gauss.mean), len(losses))
        ended = is_over(state.gauss, regime.sigma, bests, losses, length)
        if self.restarts != "none" and (ended or regime.n_run >= regime.limit):
            rng = stream(state.key, _RESTART, state.generation)
            first = self.popsize or default_popsize(len(state.layout.space.names))
            regime = next_regime(self.restarts, regime, first, self.sigma, rng)
            mean = rng.random(len(state.gauss.mean))
            generation = state.generation + 1
            return self._begun(state.layout, state.key, regime, mean, generation, state.known)
        return replace(
            state,
            regime=regime,
            generation=state.generation + 1,
            steps=state.steps[:0],
            picks=state.picks[:0],
            losses=losses[:0],
            bests=bests[-length:],
        )

    def _adapted(self, state: State) -> State:
        order = np.argsort(state.losses, kind="stable")
        gauss, signals = updated(state.gauss, state.rates, state.steps[order]), state.signals
        if self.adapt_rate:
            gauss, signals = slowed(state.gauss, gauss, signals)
        gauss = squeezed(gauss, max(_WIDEST, self.sigma))
        weights = np.maximum(state.rates.weights, 0)
        chances = adapted(state.chances, state.picks[order], weights)
        state = replace(state, gauss=gauss, signals=signals, chances=chances)
        return self._widened(state) if state.layout.is_indexed.any() else state

    def _widened(self, state: State) -> State:
        """The state with the margin kept in every indexed column."""
        alpha = self.margin or 1 / (max(len(state.gauss.mean), 1) * state.rates.popsize)
        mean, factor, spread = state.gauss.mean.copy(), state.factor.copy(), state.gauss.spread
        for j in np.flatnonzero(state.layout.is_indexed).tolist():
            mean[j], factor[j] = with_margin(
                mean[j], spread[j], factor[j], state.layout.edges[j], min(alpha, 0.3)
            )
        return replace(state, gauss=replace(state.gauss, mean=mean), factor=factor)


def _drawn(state: State, tag: int) -> tuple[Array, Ints, Array]:
    """The step (a,), the picks (b,) and the unit row (d,) that a tag of this generation names."""
    z, u = state.layout.noise(state.key, tag)
    step = state.gauss.colored(z[None])[0]
    x = state.gauss.mean + state.gauss.sigma * state.factor * step
    picks = picked(state.chances.q, u[None])
    return step, picks[0], state.layout.rows(x[None], picks)[0]


def _sample_of(state: State, row: Array, tag: int) -> tuple[Array, Ints]:
    """The step and the picks of a result: those that were drawn, or what its row implies."""
    if generation_of(tag) == state.generation:
        step, picks, proposal = _drawn(state, tag)
        if state.layout.agrees(proposal, row):
            return step, picks
    x, found = state.layout.split(row[None])
    return injected(state.gauss, x[0]), found[0]
