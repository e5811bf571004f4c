"""Between a sampler and the journal: the state folded so far, and the next configurations to try.

A sampler proposes rows of the unit cube; what is written down are canonical codes that satisfy the
known constraints and, on a finite space, have not been tried before. Rows that do not are passed
over: a sequence goes on with its next index, any other sampler is asked again.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from trimtab.core.context import Context, decoded
from trimtab.core.event import Asked
from trimtab.core.fidelity import Start
from trimtab.core.history import PAUSED, RUNNING, WAITING, History
from trimtab.core.pending import with_granted, with_offered
from trimtab.core.problem import Problem
from trimtab.core.protocols import Request, Sampler
from trimtab.errors import SpaceExhausted
from trimtab.rng import ASK, FILL, INIT, TELL, draw_key, stream
from trimtab.space.space import Space, partial_defaults
from trimtab.study.codes import EXACT_SIZE, Codes, as_codes, complete, new_draw, size_known
from trimtab.study.refuse import refuse_unsupported
from trimtab.study.structure import Structure
from trimtab.study.told import news

_BLOCKS = (4, 32, 256)  # rows of a sequence that are drawn at once: few at first, then many
_DRAWS = 100  # where a sampler has none: each may take a hundred thousand to keep the rules
_PATIENCE = 2000  # rows in a row that may break constraints before we draw from the space itself
_RETRIES = 20  # times that an adaptive sampler is asked again

_Row = tuple[int, Codes, dict[str, Any], bool]  # index, codes, configuration, is it valid


class Proposed(NamedTuple):
    """A trial to be asked for, with its configuration, which was decoded in a block."""

    asked: Asked
    config: Mapping[str, Any]


class Proposer:
    """The sampler of one study, and its state."""

    def __init__(self, sampler: Sampler[Any], seed: int, n_objectives: int, is_open: bool) -> None:
        self.sampler = sampler
        self.key = draw_key(stream(seed, INIT))
        self.context: Context | None = None  # set while trials are asked for in one
        self._seed = seed
        self._n_objectives = n_objectives
        self._is_open = is_open  # define-by-run: the objective has the last word
        learns = is_open and sampler.supports.conditional and not sampler.supports.is_sequence
        self._structure = Structure() if learns else None
        self._space: Space | None = None
        self._state: Any = None
        self._told = 0  # settled trials folded into the state
        # What is paused has no result yet; a sampler that reads reports knows it by those.
        self._supports = sampler.supports  # a property that is made anew each time
        reads = self._supports.reads_reports
        self._pending = (RUNNING, WAITING) if reads else (RUNNING, WAITING, PAUSED)
        self._n_reports: int | None = None  # entries of the curves folded, where they are read
        self._block: list[_Row] = []
        self._n_blocks = 0
        self._seen: set[Codes] = set()
        self._n_seen = 0
        self._is_finite = False
        self._size: float = np.inf

    @property
    def space(self) -> Space | None:
        """The space that the sampler was last shown: of a define-by-run study with learned conditions."""
        return self._space

    @property
    def is_ordered(self) -> bool:
        """Whether proposals depend on exactly which trials there are: no two workers may race."""
        return self._supports.is_sequence or self._is_finite

    @property
    def is_row(self) -> bool:
        """Whether proposals stand in a row: each follows from those before it, whatever their results."""
        return self._supports.is_sequence and self.context is None

    def propose(self, history: History, n: int, start: Start | None = None) -> list[Proposed]:
        """Up to n new trials, to run as `start` says; none means that the sampler waits for running ones.

        Raises:
            SpaceExhausted: there is nothing left to propose, and nothing running that could change it.
        """
        if n < 1:
            return []
        space = history.space if self._structure is None else self._structure.of(history)
        if space is not self._space:
            self._begin(history, space)
        if not len(history) and self.context is None:
            first = self._defaults()
            if first is not None:
                return [first]
        self._look_at_seen(history)
        if self._supports.is_sequence:
            return self._from_sequence(history, n)
        return self._from_results(history, n, start.budget or None if start else None)

    def _begin(self, history: History, space: Space) -> None:
        self._space, self._told, self._block = space, 0, []
        self._n_reports = 0 if self._supports.reads_reports else None
        refuse_unsupported(self.sampler, space, self._n_objectives)
        problem = Problem(
            space, self._n_objectives, fidelity=history.fidelity, is_open=self._is_open
        )
        self._state = self.sampler.init(problem, stream(self._seed, INIT))
        self._seen, self._n_seen = set(), 0
        n_values = space.columns.n_values
        bound = (
            float(np.prod(n_values.astype(float))) if len(n_values) and n_values.all() else np.inf
        )
        self._is_finite = bound < np.inf and self._supports.is_unique and not self._is_open
        self._size = size_known(space, bound) if self._is_finite else np.inf

    def _defaults(self) -> Proposed | None:
        """The first trial: the defaults of the parameters that have one, the rest as sampled."""
        space = self._space
        if space is None or self._is_open or not self._supports.starts_with_defaults:
            return None
        defaults = partial_defaults(space)
        if not defaults:
            return None
        row = complete(space, defaults, stream(self._seed, FILL, 0))
        return None if row is None else Proposed(Asked(0, row), space.config(np.array(row, float)))

    def _look_at_seen(self, history: History) -> None:
        if self._is_finite and self._n_seen < len(history):
            rows = history.codes(slice(self._n_seen, len(history)))
            self._seen.update(as_codes(rows))
            self._n_seen = len(history)

    # -- sequences ------------------------------------------------------------------------------

    def _from_sequence(self, history: History, n: int) -> list[Proposed]:
        number = len(history)
        asked: list[Proposed] = []
        new: set[Codes] = set()
        for index, codes, config, _ in self._rows_from(history.next_tag):
            if codes in new or (self._is_finite and codes in self._seen):
                continue
            if self._is_finite:
                new.add(codes)
            asked.append(self._proposed(number + len(asked), codes, config, index))
            if len(asked) == n:
                break
        if not asked and not self._supports.is_finite:
            asked = self._from_space(number)
        if not asked:
            raise SpaceExhausted(self._exhausted(history))
        # What was not taken stays in the block for the next call, which starts at the same index.
        return asked

    def _rows_from(self, index: int) -> Iterator[_Row]:
        """Valid rows of the sequence from `index` on, until it ends or nothing new turns up."""
        block, at = self._block, 0
        while at < len(block) and block[at][0] < index:
            at += 1
        del block[:at]
        if block and block[0][0] != index:
            block.clear()
        at, missed = 0, 0
        limit = _PATIENCE + 20 * (min(self._size, EXACT_SIZE) if self._is_finite else 0)
        while missed <= limit:
            if self._is_finite and len(self._seen) >= self._size:
                return
            if at == len(block) and not self._extend(index + at):
                return
            row = block[at]
            at += 1
            missed += 1
            if row[3]:
                yield row

    def _extend(self, start: int) -> bool:
        space = self._space
        if space is None:
            return False
        size = _BLOCKS[min(self._n_blocks, len(_BLOCKS) - 1)]
        self._n_blocks += 1
        request = Request(size, _NOTHING, stream(self._seed, ASK, start), start=start)
        proposals = self.sampler.ask(self._state, request)
        if not len(proposals.x):
            return False
        rows = space.from_unit(proposals.x) if proposals.codes is None else proposals.codes
        indices = range(start, start + len(rows))
        valid = space.is_valid(rows)
        configs = iter(space.configs(rows[valid]))
        self._block.extend(
            (i, codes, next(configs) if is_valid else {}, is_valid)
            for i, codes, is_valid in zip(indices, as_codes(rows), valid.tolist(), strict=True)
        )
        return True

    # -- adaptive samplers ----------------------------------------------------------------------

    def _from_results(self, history: History, n: int, budget: int | None) -> list[Proposed]:
        self._fold(history)
        space = self._space
        if space is None:
            return []
        if len(self._seen) >= self._size:
            raise SpaceExhausted(self._exhausted(history))
        number = len(history)
        pending = history.batch(history.numbers(*self._pending))
        if self._is_open:
            pending = with_offered(pending, history, space)
        asked: list[Proposed] = []
        new: set[Codes] = set()
        for attempt in range(_RETRIES):
            rng = stream(self._seed, ASK, number, attempt)
            units = None if self.context is None else self.context.units
            request = Request(n - len(asked), pending, rng, budget=budget, context=units)
            proposals = self.sampler.ask(self._state, request)
            if not len(proposals.x):
                break
            rows = decoded(space, proposals, self.context)
            configs, valid = space.configs(rows), space.is_valid(rows)
            tags, granted = proposals.tag.tolist(), []
            for k, codes in enumerate(as_codes(rows)):
                fresh = not self._is_finite or (codes not in self._seen and codes not in new)
                if valid[k] and fresh and len(asked) < n:
                    new.add(codes)
                    granted.append(k)
                    asked.append(self._proposed(number + len(asked), codes, configs[k], tags[k]))
            if len(asked) == n:
                return asked
            # Asked again, the sampler has to know what it was granted, or it may propose it twice.
            x, first = space.to_unit(rows[granted]), number + len(asked) - len(granted)
            pending = with_granted(pending, x, [tags[k] for k in granted], first)
        else:
            if not asked:
                asked = self._from_space(number)
        if not asked and not history.counts[RUNNING] + history.counts[WAITING]:
            return self._instead(history)
        return asked

    def _instead(self, history: History) -> list[Proposed]:
        """A draw from the space, where the sampler has none and no result will change that.

        What it waits for may never end; and where few configurations keep the rules, it may have found none
        that is new, though there are some.
        """
        asked: list[Proposed] = []
        if history.counts[PAUSED] or not self._supports.is_finite:
            asked = self._from_space(len(history), _DRAWS)
        if not asked and not history.counts[PAUSED]:
            raise SpaceExhausted(self._exhausted(history))
        return asked

    def _fold(self, history: History) -> None:
        """Tell the sampler what has settled, one result at a time, so that a replay is exact."""
        draws = self._supports.tell_draws  # a generator takes as long as a quick `tell`
        for told, k in news(history, self._told, self._n_reports):
            path = (k,) if k >= 0 else (-1 - k, 1)
            rng = stream(self._seed, TELL, *path) if draws else UNUSED
            self._state = self.sampler.tell(self._state, told, rng)
        self._told = len(history.order)
        self._n_reports = None if self._n_reports is None else len(history.curves)

    def _from_space(self, number: int, n_draws: int = _PATIENCE) -> list[Proposed]:
        """A valid draw from the priors that is new, where the sampler keeps proposing what is not."""
        if self._space is None:
            return []
        seen, rng = self._seen if self._is_finite else None, stream(self._seed, FILL, number)
        codes = new_draw(self._space, seen, n_draws, rng)
        if codes is None:
            return []
        return [self._proposed(number, codes, self._space.config(np.array(codes, float)), -1)]

    # -- both -----------------------------------------------------------------------------------

    def _proposed(self, number: int, codes: Codes, config: Mapping[str, Any], tag: int) -> Proposed:
        if self._is_open:
            return Proposed(Asked(number, None, tag, fixed=dict(config)), config)
        return Proposed(Asked(number, codes, tag), config)

    def _exhausted(self, history: History) -> str:
        name = type(self.sampler).__name__
        if not self._size:
            return "no configuration of the space keeps its constraints; loosen them"
        if self._is_finite and len(self._seen) >= self._size:
            return f"all {len(self._seen)} configurations of the space have been tried; {name} has no more"
        return (
            f"{name} has no more configurations to propose after {len(history)} trials; "
            "widen the space, loosen its constraints, or go on with another sampler"
        )


_NOTHING = History(()).batch(np.empty(0, np.int64))
UNUSED = stream(0, TELL)  # where nothing is drawn: making a generator takes as long as a quick step
