"""Samplers inside a sampler: each keeps its own state, and its own tags inside the shared ones.

Portfolios of search methods on one budget: Huberman, Lukose & Hogg (1997), An Economics Approach to Hard
Computational Problems, Science 275. Every child is told every result; those of the others bear the tag
-1, as results that a method did not ask for.

Child i of k with an inner tag t gives the outer tag (t + 1) k + i, so that -1 inside has a place, too.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.core.history import Batch
from trimtab.core.pending import with_granted
from trimtab.core.problem import Problem
from trimtab.core.protocols import Proposals, Request, Sampler, Supports
from trimtab.design.walk import Known, keys_of
from trimtab.errors import InvalidArgument
from trimtab.rng import draw_key, stream
from trimtab.typing import Array, Ints, Rng

_VERBS = ("init", "tell", "ask", "supports")
_RETRIES = 20  # times that a child is asked again for rows that are valid and new
_BLOCK = 64  # rows of a sequence that are drawn at once
_PATIENCE = 2000  # rows of a sequence that may be forbidden or known, one after another


@dataclass(frozen=True, eq=False)
class Family:
    """The children's states, and what has been tried."""

    problem: Problem
    key: int
    states: tuple[Any, ...]  # (k,) None: the child does not take part
    starts: tuple[int, ...]  # (k,) the next row of each child that is a sequence
    n_told: tuple[int, ...]  # (k,) results of trials that the child proposed
    known: Known  # configurations tried, of a finite space


def open_family(
    children: Sequence[Sampler[Any]], problem: Problem, key: int, skipped: frozenset[int]
) -> Family:
    """The children before any result; those in `skipped` do not take part."""
    states = tuple(
        None if i in skipped else child.init(problem, stream(key, i))
        for i, child in enumerate(children)
    )
    zeros = (0,) * len(children)
    return Family(problem, key, states, zeros, zeros, Known())


def tell_family(
    children: Sequence[Sampler[Any]], family: Family, told: Batch, rng: Rng
) -> tuple[Family, int]:
    """The family after one result (a batch of one row), and the child that proposed it; -1: none."""
    k, tag = len(children), int(told.tag[0])
    owner = tag % k if tag >= 0 else -1
    states = tuple(
        None if state is None else child.tell(state, inner(told, i, k), rng)
        for i, (child, state) in enumerate(zip(children, family.states, strict=True))
    )
    starts, n_told = list(family.starts), list(family.n_told)
    if owner >= 0:
        n_told[owner] += 1
        starts[owner] = max(starts[owner], tag // k)
    family = replace(family, states=states, starts=tuple(starts), n_told=tuple(n_told))
    return with_tried(family, told), owner


def tell_rows(children: Sequence[Sampler[Any]], family: Family, told: Batch, rng: Rng) -> Family:
    """The family after some results, in their order."""
    for i in range(len(told)):
        family, _ = tell_family(children, family, row_of(told, i), rng)
    return family


def with_tried(family: Family, told: Batch) -> Family:
    """The family that will not repeat the configuration of one result, and learns nothing else of it."""
    if not _is_finite(family.problem):
        return family
    key = keys_of(family.problem.space, told.x)[0]
    return replace(family, known=family.known.add(key, (0.0, 0.0)))


def ask_child(
    children: Sequence[Sampler[Any]], family: Family, request: Request, i: int
) -> Proposals:
    """Up to `request.n` rows of child i: valid, and new where it never repeats itself; outer tags."""
    child, state, k = children[i], family.states[i], len(children)
    space = family.problem.space
    if state is None:
        return Proposals.of(np.empty((0, len(space.names))))
    request = replace(request, pending=inner(request.pending, i, k))
    is_unique = child.supports.is_unique and _is_finite(family.problem)
    taken = set(keys_of(space, request.pending.x)) if is_unique and len(request.pending) else set()
    rows: list[Array] = []
    codes: list[Array] = []
    tags: list[int] = []
    for found in _blocks(child, state, request, family.starts[i]):
        exact = space.from_unit(found.x) if found.codes is None else found.codes
        valid, before = space.is_valid(exact).tolist(), len(rows)
        for x, row, tag, is_valid in zip(found.x, exact, found.tag.tolist(), valid, strict=True):
            key = (row + 0.0).tobytes()
            is_new = not is_unique or (key not in taken and family.known.get(key) is None)
            if is_valid and is_new and len(rows) < request.n:
                taken.add(key)
                rows.append(x)
                codes.append(row)
                tags.append((tag + 1) * k + i)
        is_all = len(rows) - before == len(found.x)  # asked again, it would say the same
        if len(rows) == request.n or (is_all and not child.supports.is_sequence):
            break
    if not rows:
        return Proposals.of(np.empty((0, len(space.names))))
    return Proposals(np.array(rows), np.array(tags, np.int64), np.array(codes))


def _blocks(child: Sampler[Any], state: Any, request: Request, start: int) -> Any:
    """What a child proposes, again and again."""
    if not child.supports.is_sequence:
        last = None
        for _ in range(_RETRIES):
            found = child.ask(state, request)
            is_same = last is not None and np.array_equal(found.x, last, equal_nan=True)
            if not len(found.x) or is_same:
                return
            yield found
            last = found.x
        return
    if len(request.pending):
        start = max(start, int(request.pending.tag.max()) + 1)
    n = request.n
    for _ in range(_PATIENCE // _BLOCK):
        found = child.ask(state, replace(request, n=n, start=start))
        if not len(found.x):
            return
        yield found
        start, n = start + len(found.x), _BLOCK


def inner(batch: Batch, i: int, k: int) -> Batch:
    """The batch as child i of k sees it: its own tags, -1 for all others."""
    is_own = (batch.tag >= 0) & (batch.tag % k == i)
    return replace(batch, tag=np.where(is_own, batch.tag // k - 1, -1))


def handed(family: Family, pending: Ints) -> Ints:
    """How many trials each child (k,) has proposed, told or pending by their outer tags."""
    k = len(family.states)
    ours = pending[pending >= 0] % k
    return np.array(family.n_told, np.int64) + np.bincount(ours, minlength=k).astype(np.int64)


def row_of(batch: Batch, i: int) -> Batch:
    """Result i alone, as a batch."""
    return batch.only(slice(i, i + 1))


def fresh_row(family: Family, request: Request) -> Proposals:
    """A random row that is valid, not tried and not pending, with the tag -1; none on an infinite space."""
    space = family.problem.space
    if not _is_finite(family.problem):
        return Proposals.of(np.empty((0, len(space.names))))
    taken = set(keys_of(space, request.pending.x)) if len(request.pending) else set()
    x = request.rng.random((_PATIENCE, len(space.names)))
    x = x[space.is_valid(space.from_unit(x))]
    for row, key in zip(x, keys_of(space, x), strict=True):
        if key not in taken and family.known.get(key) is None:
            return Proposals.of(row[None])
    return Proposals.of(x[:0])


def ask_children(
    children: Sequence[Sampler[Any]], family: Family, request: Request, quotas: Sequence[int]
) -> Proposals:
    """So many rows of each child as its quota says; where that gives none, rows of any child.

    A child knows what those before it propose.
    """
    found: list[Proposals] = []
    for i, quota in enumerate(quotas):
        if quota > 0:
            found.append(ask_child(children, family, replace(request, n=quota), i))
            request = beside(request, found[-1])
    if not any(len(p.x) for p in found):
        for i in np.argsort(-np.asarray(quotas), kind="stable").tolist():
            found = [ask_child(children, family, request, i)]
            if len(found[0].x):
                break
    return joined(family.problem.d, found)


def beside(request: Request, proposals: Proposals) -> Request:
    """The request where these rows are pending as well."""
    first = int(request.pending.number.max(initial=-1)) + 1
    tags = proposals.tag.tolist()
    return replace(request, pending=with_granted(request.pending, proposals.x, tags, first))


def joined(d: int, found: Sequence[Proposals]) -> Proposals:
    """Several proposals with exact codes as one."""
    some = [p for p in found if len(p.x)]
    if not some:
        return Proposals.of(np.empty((0, d)))
    codes = [p.codes for p in some if p.codes is not None]
    x, tag = np.vstack([p.x for p in some]), np.concatenate([p.tag for p in some])
    return Proposals(x, tag, np.vstack(codes) if len(codes) == len(some) else None)


def everyone(children: Sequence[Sampler[Any]]) -> Supports:
    """What all of the children support."""
    each = [child.supports for child in children]
    counts = [s.objectives for s in each if s.objectives is not None]
    return Supports(
        objectives=min(counts) if counts else None,
        conditional=all(s.conditional for s in each),
        categorical=all(s.categorical for s in each),
        constraints=all(s.constraints or s.is_sequence for s in each),
        is_unique=all(s.is_unique for s in each),
        is_finite=all(s.is_finite for s in each),
        starts_with_defaults=each[0].starts_with_defaults,
    )


class Ensemble(ABC):
    """A sampler made of others that all take part and learn of every result; `ask` says whose turn it is."""

    @property
    @abstractmethod
    def samplers(self) -> tuple[Sampler[Any], ...]:
        """The parts."""

    @property
    def supports(self) -> Supports:
        """What all parts support."""
        return everyone(self.samplers)

    def init(self, problem: Problem, rng: Rng) -> Family:
        """All parts before any result."""
        return open_family(self.samplers, problem, draw_key(rng), frozenset())

    def tell(self, state: Family, told: Batch, rng: Rng) -> Family:
        """All parts learn of every result."""
        return tell_rows(self.samplers, state, told, rng)


def fits(supports: Supports, problem: Problem) -> bool:
    """Whether a method supports a problem, by what it declares."""
    space = problem.space
    return (
        (supports.objectives is None or problem.n_objectives <= supports.objectives)
        and (supports.conditional or not space.conditions)
        and (supports.categorical or not (space.columns.kind == 2).any())
        and (supports.constraints or not space.constraints)
    )


def check_sampler(name: str, value: Any) -> Sampler[Any]:
    """`value` if it is a sampler; InvalidArgument otherwise."""
    if isinstance(value, type) or not all(hasattr(value, verb) for verb in _VERBS):
        raise InvalidArgument(
            f"{name}: {value!r} is no sampler; give objects such as trimtab.sampler.Sobol(), or write "
            "the whole as a dict of names and settings"
        )
    return value


def _is_finite(problem: Problem) -> bool:
    return bool((problem.columns.n_values > 0).all())
