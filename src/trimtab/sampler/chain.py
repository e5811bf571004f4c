"""Samplers made of samplers: one after another, in turns, or the first that can.

An initial design before a model goes back to Jones, Schonlau & Welch (1998); turns between a model and
random draws are SMAC's (Hutter, Hoos & Leyton-Brown 2011).

Every part is told every result: what another part proposed counts as a trial that nobody asked for.
Parts that cannot be asked now, because they wait or are at an end, are passed over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Sampler, Supports
from trimtab.design.check import check_count
from trimtab.design.child import (
    Ensemble,
    Family,
    ask_child,
    ask_children,
    beside,
    check_sampler,
    fits,
    handed,
    joined,
    open_family,
    tell_rows,
)
from trimtab.design.setting import check_number
from trimtab.errors import InvalidArgument, Unsupported
from trimtab.rng import draw_key, stream
from trimtab.typing import Rng


@dataclass(frozen=True)
class Chain(Ensemble):
    """One sampler after another: `Chain([(Sobol(), 16), TPE()])`.

    Each part but the last comes with the number of trials that it proposes; the last has no end.
    """

    parts: Sequence[Any]
    holds_samplers: ClassVar[tuple[str, ...]] = ("parts",)

    def __post_init__(self) -> None:
        parts = _listed(self.parts)
        pairs = []
        for part in parts[:-1]:
            sampler, n = _pair(part, "the number of its trials, as in (Sobol(), 16)")
            pairs.append((sampler, check_count("parts: the number of trials", n)))
        object.__setattr__(self, "parts", (*pairs, check_sampler("parts", parts[-1])))

    @property
    def samplers(self) -> tuple[Sampler[Any], ...]:
        """The parts, without their numbers."""
        return (*(sampler for sampler, _ in self.parts[:-1]), self.parts[-1])

    @property
    def supports(self) -> Supports:
        """What all parts support."""
        return replace(super().supports, is_finite=self.parts[-1].supports.is_finite)

    def ask(self, state: Family, request: Request) -> Proposals:
        """Rows of the first part that has trials left."""
        samplers, d = self.samplers, state.problem.d
        count = handed(state, request.pending.tag)
        found: list[Proposals] = []
        left = request.n
        for i, sampler in enumerate(samplers):
            is_last = i + 1 == len(samplers)
            quota = left if is_last else min(left, self.parts[i][1] - int(count[i]))
            if quota <= 0:
                continue
            rows = ask_child(samplers, state, replace(request, n=quota), i)
            found.append(rows)
            request = beside(request, rows)
            left -= len(rows.x)
            is_waiting = not sampler.supports.is_sequence and count[i] > state.n_told[i]
            if left == 0 or (len(rows.x) < quota and is_waiting):
                break
        return joined(d, found)


@dataclass(frozen=True)
class Interleave(Ensemble):
    """Samplers in turns: `Interleave([(TPE(), 4), (Random(), 1)])`; without numbers, one trial each."""

    parts: Sequence[Any]
    holds_samplers: ClassVar[tuple[str, ...]] = ("parts",)

    def __post_init__(self) -> None:
        pairs = []
        for part in _listed(self.parts):
            is_pair = isinstance(part, list | tuple)
            sampler, share = _pair(part, "its share") if is_pair else (part, 1)
            check_sampler("parts", sampler)
            pairs.append((sampler, check_number("parts: a share", share, 0.0, np.inf)))
        object.__setattr__(self, "parts", tuple(pairs))

    @property
    def samplers(self) -> tuple[Sampler[Any], ...]:
        """The parts, without their shares."""
        return tuple(sampler for sampler, _ in self.parts)

    def ask(self, state: Family, request: Request) -> Proposals:
        """A row of the part that is furthest behind its share."""
        shares = np.array([share for _, share in self.parts])
        count = handed(state, request.pending.tag)
        quotas = np.zeros_like(count)
        for _ in range(request.n):
            quotas[int(((count + quotas + 1) / shares).argmin())] += 1
        return ask_children(self.samplers, state, request, quotas.tolist())


@dataclass(frozen=True)
class Fallback:
    """The first sampler that supports the problem and has something to propose; else the next."""

    parts: Sequence[Any]
    holds_samplers: ClassVar[tuple[str, ...]] = ("parts",)

    def __post_init__(self) -> None:
        parts = tuple(check_sampler("parts", part) for part in _listed(self.parts))
        object.__setattr__(self, "parts", parts)

    @property
    def supports(self) -> Supports:
        """What any of the parts supports."""
        each = [part.supports for part in self.parts]
        counts = [s.objectives for s in each]
        return Supports(
            objectives=None if None in counts else max(c for c in counts if c is not None),
            conditional=any(s.conditional for s in each),
            categorical=any(s.categorical for s in each),
            constraints=any(s.constraints for s in each),
            is_unique=all(s.is_unique for s in each),
            is_finite=all(s.is_finite for s in each),
            starts_with_defaults=each[0].starts_with_defaults,
        )

    def init(self, problem: Problem, rng: Rng) -> Family:
        """The parts that support the problem, before any result.

        Raises:
            Unsupported: none does.
        """
        key, why = draw_key(rng), ""
        skipped: set[int] = set()
        for i, part in enumerate(self.parts):
            if not fits(part.supports, problem):
                skipped.add(i)
                continue
            try:
                part.init(problem, stream(key, i))
            except Unsupported as error:
                skipped.add(i)
                why = str(error)
        if len(skipped) == len(self.parts):
            names = ", ".join(type(part).__name__ for part in self.parts)
            raise Unsupported(
                f"Fallback: none of {names} supports the parameters of this problem; add Random(). {why}"
            )
        return open_family(self.parts, problem, key, frozenset(skipped))

    def tell(self, state: Family, told: Batch, rng: Rng) -> Family:
        """All parts learn of every result."""
        return tell_rows(self.parts, state, told, rng)

    def ask(self, state: Family, request: Request) -> Proposals:
        """Rows of the first part that has some."""
        for i in range(len(self.parts)):
            found = ask_child(self.parts, state, request, i)
            if len(found.x):
                break
        return found


def _listed(parts: Any) -> list[Any]:
    if not isinstance(parts, list | tuple) or not parts:
        raise InvalidArgument(f"parts={parts!r} must be a list of one sampler or more")
    return list(parts)


def _pair(part: Any, what: str) -> tuple[Sampler[Any], Any]:
    if not isinstance(part, list | tuple) or len(part) != 2:
        raise InvalidArgument(f"parts: {part!r} must be a pair of a sampler and {what}")
    return check_sampler("parts", part[0]), part[1]
