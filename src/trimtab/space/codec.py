"""Between configurations, codes and the unit cube: the converting half of `Space`.

Codes are rows of float64 (d,), NaN where inactive: the value of a continuous parameter, the index
of any other (tree-structured spaces: Bergstra et al. 2011). Columns are filled parents first, one
NumPy expression for each over the whole block.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

from trimtab.errors import SpaceError
from trimtab.plugin import did_you_mean
from trimtab.space.columns import Columns, column_keys
from trimtab.space.condition import Condition, Test, bind
from trimtab.space.constraint import Constraint
from trimtab.space.contract import Domain
from trimtab.space.plain import Plain, plain_columns
from trimtab.space.rules import keeping
from trimtab.typing import Array, Config, Mask

_ABSENT = object()
_BY_COLUMN = 16  # rows from which on rules are asked of columns


@dataclass(frozen=True, eq=False, repr=False)
class Codec:
    """Named domains, conditions and constraints, and the arithmetic between their forms."""

    names: tuple[str, ...]  # declared order
    domains: Mapping[str, Domain]
    conditions: Mapping[str, Condition]  # of the parameters that have one
    constraints: tuple[Constraint, ...]

    @cached_property
    def columns(self) -> Columns:
        """The parameters as arrays, for samplers and surrogates."""
        position = {name: j for j, name in enumerate(self.names)}
        parents = [self.conditions[n].names if n in self.conditions else () for n in self.names]
        return Columns(
            kind=np.array([domain.kind for domain in self.domains.values()], np.int64),
            n_values=np.array([domain.n_values for domain in self.domains.values()], np.int64),
            key=column_keys(self.names),
            parent=np.array([position[p[0]] if len(p) == 1 else -1 for p in parents], np.int64),
        )

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The columns, parents first; declared order as far as that allows.

        Raises:
            SpaceError: conditions run in a circle.
        """
        position = {name: j for j, name in enumerate(self.names)}
        graph = {
            j: [position[p] for p in self.conditions[name].names] if name in self.conditions else []
            for j, name in enumerate(self.names)
        }
        if all(p < j for j, parents in graph.items() for p in parents):
            return tuple(graph)
        sorter = TopologicalSorter(graph)
        try:
            sorter.prepare()
        except CycleError as error:
            circle = " -> ".join(self.names[j] for j in error.args[1])
            raise SpaceError(f"conditions run in a circle: {circle}; cut one of them") from None
        found: list[int] = []
        ready: list[int] = []
        while sorter.is_active():
            ready = sorted([*ready, *sorter.get_ready()])
            j = ready.pop(0)
            found.append(j)
            sorter.done(j)
        return tuple(found)

    @cached_property
    def tests(self) -> Mapping[int, tuple[Test, ...]]:
        """The conditions by column, as tests on blocks of codes."""
        position = {name: j for j, name in enumerate(self.names)}
        return {position[n]: bind(n, c, self.domains) for n, c in self.conditions.items()}

    @cached_property
    def _columns(self) -> tuple[Domain, ...]:
        return tuple(self.domains.values())

    @cached_property
    def _plain(self) -> Plain:
        """The columns that are converted all at once: plain floats without a condition."""
        return plain_columns(self._columns, tuple(self.tests))

    @cached_property
    def _others(self) -> tuple[int, ...]:
        """The other columns, parents first."""
        plain = set(self._plain.columns.tolist())
        return tuple(j for j in self.order if j not in plain)

    def from_unit(self, x: Array) -> Array:
        """Codes (n, d) of points x (n, d) of the unit cube; NaN where inactive.

        Uniform points give exact draws from the priors. Coordinates are clipped to [0, 1]; a NaN in
        an active column counts as 0.5, for its parent may have been switched on just now.
        """
        x = np.minimum(np.maximum(self._block(x, "x"), 0.0), 1.0)  # without the cost of np.clip
        if np.isnan(x).any():
            x = np.where(np.isnan(x), 0.5, x)
        columns, tests, plain = self._columns, self.tests, self._plain
        if len(plain.columns) == len(columns) > 0:
            return plain.from_unit(x)
        codes = np.empty(x.shape)
        if len(plain.columns):
            codes[:, plain.columns] = plain.from_unit(x[:, plain.columns])
        for j in self._others:
            found = columns[j].from_unit(x[:, j])
            for test in tests.get(j, ()):
                found = np.where(test(codes), found, np.nan)
            codes[:, j] = found
        return codes

    def to_unit(self, codes: Array) -> Array:
        """Points (n, d) of the unit cube of codes (n, d); NaN stays NaN.

        An indexed value gives the middle of its slice, so `from_unit` leads back to it exactly.
        """
        codes = self._block(codes, "codes")
        plain = self._plain
        if len(plain.columns) == len(self.names) > 0:
            return plain.to_unit(codes)
        x = np.empty(codes.shape)
        if len(plain.columns):
            x[:, plain.columns] = plain.to_unit(codes[:, plain.columns])
        for j in self._others:
            x[:, j] = self._columns[j].to_unit(codes[:, j])
        return x

    def _block(self, rows: Array, name: str) -> Array:
        rows = np.asarray(rows, np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self.names):
            raise SpaceError(
                f"{name} has shape {rows.shape}; this space needs (n, {len(self.names)})"
            )
        return rows

    def configs(self, codes: Array) -> list[dict[str, Any]]:
        """Configurations of codes (n, d): native values, active parameters only, declared order."""
        codes = self._block(codes, "codes")
        if len(self._plain.columns) == len(self.names) and not np.isnan(codes).any():
            return [dict(zip(self.names, row, strict=True)) for row in codes.tolist()]
        return self._named(codes, range(len(self.names)))

    def _named(self, codes: Array, only: Sequence[int]) -> list[dict[str, Any]]:
        inactive: Mask = np.isnan(codes)
        if inactive.any():
            empty = set(np.flatnonzero(inactive.all(axis=0)).tolist())
            only = [j for j in only if j not in empty]
        if not only:
            return [{} for _ in codes]
        names = [self.names[j] for j in only]
        some = set(np.flatnonzero(inactive.any(axis=0)).tolist())
        lists = [
            _with_gaps(self._columns[j], codes[:, j], inactive[:, j])
            if j in some
            else self._columns[j].values(codes[:, j])
            for j in only
        ]
        rows = zip(*lists, strict=True)
        if some.isdisjoint(only):
            return [dict(zip(names, row, strict=True)) for row in rows]
        return [
            {name: value for name, value in zip(names, row, strict=True) if value is not _ABSENT}
            for row in rows
        ]

    def config(self, row: Array) -> dict[str, Any]:
        """The configuration of one row of codes (d,)."""
        return self.configs(np.asarray(row, np.float64)[np.newaxis])[0]

    def codes(self, config: Config, *, partial: bool = False) -> Array:
        """The codes (d,) of a configuration, checked: the inverse of `config`.

        With `partial`, parameters may be missing; they are NaN, as inactive ones are.

        Raises:
            SpaceError: a name that is unknown, missing or inactive, a value that its domain does
                not hold, or a constraint that is not satisfied.
        """
        row = np.full((1, len(self.names)), np.nan)
        for name in config:
            if name not in self.domains:
                raise SpaceError(
                    f"{name!r} is not a parameter of this space"
                    f"{did_you_mean(str(name), self.names)}; "
                    f"it has {', '.join(self.names) or 'none'}"
                )
        for j in self.order:
            name = self.names[j]
            active = all(test(row).item() for test in self.tests.get(j, ()))
            if name in config:
                if not active:
                    raise SpaceError(
                        f"{name}={config[name]!r} is not active here, it needs "
                        f"{self.conditions[name].text()}; leave it out"
                    )
                row[0, j] = self._columns[j].code(name, config[name])
            elif active and not partial:
                raise SpaceError(f"{name!r} is missing; give a value, {self._columns[j].text()}")
        if self.constraints:
            self._check(self.config(row[0]))
        return row[0]

    def _check(self, config: dict[str, Any]) -> None:
        for constraint in self.constraints:
            if not constraint.holds(config):
                raise SpaceError(f"{config!r} violates {constraint.text()!r}; change a value")

    def validate(self, config: Config) -> dict[str, Any]:
        """A copy of a configuration with native values, in declared order.

        Raises:
            SpaceError: see `codes`; the message names the parameter, the value and the way out.
        """
        return self.config(self.codes(config))

    def is_valid(self, codes: Array) -> Mask:
        """Whether each row of codes (n, d) satisfies the known constraints; shape (n,)."""
        if not self.constraints:
            return np.ones(len(codes), bool)
        codes = self._block(codes, "codes")
        if len(codes) < _BY_COLUMN:
            return self._each(codes, self.constraints)
        kept, others = keeping(
            self.constraints, self.names, codes, lambda j: self._columns[j].values(codes[:, j])
        )
        if others and kept.any():
            kept[kept] = self._each(codes[kept], others)
        return kept

    def _each(self, codes: Array, constraints: Sequence[Constraint]) -> Mask:
        configs = self._named(codes, self._ruled)
        return np.array([all(c.holds(config) for c in constraints) for config in configs], bool)

    @cached_property
    def _ruled(self) -> Sequence[int]:
        """The columns that constraints look at; all of them where a callable does not tell."""
        found: set[str] = set()
        for constraint in self.constraints:
            found.update(self.names if constraint.names is None else constraint.names)
        return [j for j, name in enumerate(self.names) if name in found]

    def allows(self, config: Config) -> bool:
        """Whether a configuration, taken to be well formed, satisfies the known constraints."""
        return all(constraint.holds(config) for constraint in self.constraints)


def _with_gaps(domain: Domain, codes: Array, inactive: Mask) -> list[Any]:
    found = iter(domain.values(codes[~inactive]))
    return [_ABSENT if gap else next(found) for gap in inactive.tolist()]
