"""The search space: parameters by name, when they are active, and which combinations are allowed.

A `Space` is frozen. It alone converts between named configurations, codes and the unit cube (see
`Codec`); nested spaces are flattened into columns with dotted names, `{"model": "svm", "svm.C":
1.0}` (tree-structured spaces: Bergstra et al. 2011).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from trimtab.errors import SpaceError
from trimtab.plugin import did_you_mean
from trimtab.space.choice import Categorical
from trimtab.space.codec import Codec
from trimtab.space.condition import Condition, Conditional, condition_of
from trimtab.space.constraint import Constraint, constraint_from, constraint_of
from trimtab.space.contract import Domain
from trimtab.space.domain import domain_from_dict
from trimtab.space.draws import drawn
from trimtab.space.grid import Levels, few_of, grid, size_of
from trimtab.space.signature import pairs_of
from trimtab.space.spelling import domain_of
from trimtab.space.value import check_name
from trimtab.typing import Array, Config, Rng

FORMAT = 1  # of `to_dict`


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Space(Codec):
    """Parameters by name; see `parse` for everything that may stand for a domain.

    `where` lists rules that must hold: formulas such as "heads <= layers", or callables that get
    the configuration. A rule that touches an inactive parameter counts as satisfied.

    Raises:
        SpaceError: a name or a domain that is not well formed, a condition or formula on a
            parameter that does not exist, conditions in a circle.
    """

    def __init__(self, spec: Any = None, *, where: Iterable[Any] = ()) -> None:
        rules = [where] if isinstance(where, str) or callable(where) else list(where)
        found = _Flat()
        if isinstance(spec, Codec):
            found.nest(spec, "", None)
        else:
            for name, item in pairs_of(spec):
                found.add(check_name(name), item, None)
        found.constraints.extend(constraint_from(rule) for rule in rules)
        self._assemble(found.domains, found.conditions, tuple(found.constraints))

    def _assemble(
        self,
        domains: Mapping[str, Domain],
        conditions: Mapping[str, Condition],
        constraints: tuple[Constraint, ...],
    ) -> None:
        proxies = MappingProxyType(dict(domains)), MappingProxyType(dict(conditions))
        Codec.__init__(self, tuple(domains), *proxies, constraints)
        for constraint in constraints:
            for name in constraint.names or ():
                if name not in domains:
                    raise SpaceError(
                        f"the constraint {constraint.text()!r} looks at {name!r}, "
                        f"which is not a parameter{did_you_mean(name, domains)}"
                    )
        _ = self.tests, self.order  # mistakes are told here, not at the first draw

    def __reduce__(self) -> tuple[Any, ...]:
        return assembled, (dict(self.domains), dict(self.conditions), self.constraints)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Space) and self._json == other._json

    def __hash__(self) -> int:
        return hash(self._json)

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        inside = ", ".join(f"{name!r}: {self._line(name)}" for name in self.names)
        rules = f", where={[c.text() for c in self.constraints]!r}" if self.constraints else ""
        return f"Space({{{inside}}}{rules})"

    def _line(self, name: str) -> str:
        text = self.domains[name].text()
        if name in self.conditions:
            text += f".when({self.conditions[name].text()!r})"
        return text

    @cached_property
    def _json(self) -> str:
        return json.dumps(self.to_dict(), separators=(",", ":"), ensure_ascii=False, sort_keys=True)

    @cached_property
    def sha256(self) -> str:
        """The digest of the canonical JSON, 64 hexadecimal digits; equal for equal spaces."""
        return hashlib.sha256(self._json.encode()).hexdigest()

    @cached_property
    def size(self) -> int | float:
        """How many valid configurations there are, `math.inf` with a continuous parameter.

        Exact unless over 10**6 rows had to be enumerated for it; then an upper bound.
        """
        return size_of(self)

    def enumerate(self, levels: Levels = None) -> Iterator[Array]:
        """Rows of codes (d,) of every valid configuration, lazily; see `grid` for `levels`."""
        return iter(grid(self, levels))

    @cached_property
    def few(self) -> Array | None:
        """Codes (m, d) of all valid configurations where they are few; None where not, see `few_of`."""
        return few_of(self)

    def sample(self, rng: Rng, n: int = 1) -> list[dict[str, Any]]:
        """n valid configurations drawn from the priors; where 10**5 draws hold none, any of the `few`.

        Raises:
            SpaceError: not one of 10**5 draws satisfied the constraints, and the few are not known.
        """
        return self.configs(drawn(self, rng, n, lambda: self.few))

    def defaults(self) -> dict[str, Any] | None:
        """The configuration of all defaults; None where an active parameter has none.

        Raises:
            SpaceError: the defaults violate a constraint.
        """
        codes = default_codes(self)
        active = np.array(
            [all(t(codes)[0] for t in self.tests.get(j, ())) for j in range(len(self))]
        )
        if not self.names or (np.isnan(codes[0]) & active).any():
            return None
        return self.validate(self.config(codes[0]))

    def grow(self, name: str, domain: Any) -> "Space":
        """This space with one more parameter; raises SpaceError if the name is taken."""
        found = _Flat(self)
        found.add(check_name(name), domain, None)
        return assembled(
            found.domains, found.conditions, self.constraints + tuple(found.constraints)
        )

    def forbid(self, rule: str | Callable[[Any], Any]) -> "Space":
        """This space without the configurations for which the formula or callable is true."""
        constraints = (*self.constraints, constraint_from(rule, forbids=True))
        return assembled(self.domains, self.conditions, constraints)

    def to_dict(self) -> dict[str, Any]:
        """The space as JSON; `Space.from_dict` reads it."""
        parameters = []
        for name, domain in self.domains.items():
            entry = {"name": name, **domain.to_dict()}
            if name in self.conditions:
                entry["when"] = self.conditions[name].to_dict()
            parameters.append(entry)
        rules = [constraint.to_dict() for constraint in self.constraints]
        return {"format": FORMAT, "parameters": parameters, "constraints": rules}

    @classmethod
    def from_dict(cls, spec: Mapping[str, Any]) -> "Space":
        """The space that `to_dict` described, or a plain dict of parameters.

        Callable constraints come back unchecked (`is_checkable` is False), objects as `Opaque`.

        Raises:
            SpaceError: the JSON is of a later format, or damaged.
        """
        if not is_json(spec):
            return cls(spec)
        if spec["format"] != FORMAT:
            raise SpaceError(f"space format={spec['format']!r} is not known here; upgrade Trimtab")
        try:
            domains = {check_name(p["name"]): domain_from_dict(p) for p in spec["parameters"]}
            when = {p["name"]: condition_of(p["when"]) for p in spec["parameters"] if "when" in p}
            rules = tuple(constraint_of(rule) for rule in spec["constraints"])
        except (KeyError, TypeError) as error:
            raise SpaceError(f"the JSON of the space is damaged: {error!r}") from error
        return assembled(domains, when, rules)

    def describe(self) -> str:
        """The parameters as a plain text table, the constraints below."""
        rows = [("parameter", "domain", "active when")]
        for name, domain in self.domains.items():
            when = self.conditions[name].text() if name in self.conditions else ""
            rows.append((name, domain.text(), when))
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        lines = [
            "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        lines += [f"where {constraint.text()}" for constraint in self.constraints]
        return "\n".join(lines)

    def diff(self, other: "Space") -> list[str]:
        """What changed from this space to the other, a line each; empty for equal spaces."""
        lines = [f"removed {n}: {self._line(n)}" for n in self.names if n not in other.domains]
        lines += [f"added {n}: {other._line(n)}" for n in other.names if n not in self.domains]
        for name in self.names:
            if name in other.domains and self._entry(name) != other._entry(name):
                lines.append(f"changed {name}: {self._line(name)} -> {other._line(name)}")
        mine, theirs = ([c.text() for c in s.constraints] for s in (self, other))
        lines += [f"removed constraint: {text}" for text in mine if text not in theirs]
        lines += [f"added constraint: {text}" for text in theirs if text not in mine]
        if not lines and self.names != other.names:
            lines.append(f"reordered: {', '.join(self.names)} -> {', '.join(other.names)}")
        return lines

    def _entry(self, name: str) -> tuple[Any, ...]:
        return self.domains[name].to_dict(), self.conditions.get(name)


class _Flat:
    """Collects parameters while nested spaces are flattened."""

    def __init__(self, start: Codec | None = None) -> None:
        self.domains: dict[str, Domain] = dict(start.domains) if start else {}
        self.conditions: dict[str, Condition] = dict(start.conditions) if start else {}
        self.constraints: list[Constraint] = []

    def add(self, name: str, item: Any, condition: Condition | None) -> None:
        """Take a parameter in, and those of the spaces nested in it."""
        if name in self.domains:
            raise SpaceError(f"parameter {name!r} is declared twice; rename one of them")
        domain = domain_of(name, item)
        if isinstance(domain, Conditional):
            own = domain.condition
            condition, domain = (own if condition is None else condition & own), domain.domain
        if condition is not None:
            self.conditions[name] = condition
        branches: dict[str, Any] = {}
        if isinstance(domain, Categorical) and domain.branches:
            branches = domain.branches
            domain = Categorical(list(branches), weights=domain.weights, default=domain.default)
        self.domains[name] = domain
        for branch, spec in branches.items():
            chosen = Condition(((name, (branch,)),))
            self.nest(spec if isinstance(spec, Codec) else Space(spec), f"{branch}.", chosen)

    def nest(self, inner: Codec, prefix: str, condition: Condition | None) -> None:
        """Take all parameters of a space in, `prefix` before their names."""
        for name, domain in inner.domains.items():
            both = condition
            if name in inner.conditions:
                own = inner.conditions[name].inside(prefix)  # fails where the branch is not chosen
                both = own if condition is None or own.equals else condition & own
            self.add(check_name(prefix + name), domain, both)
        self.constraints.extend(constraint.inside(prefix) for constraint in inner.constraints)


def is_json(spec: Any) -> bool:
    """Whether this is what `to_dict` gives, rather than a dict of parameters."""
    is_known = isinstance(spec, Mapping) and isinstance(spec.get("parameters"), list)
    return is_known and isinstance(spec.get("format"), int)


def assembled(
    domains: Mapping[str, Domain],
    conditions: Mapping[str, Condition],
    constraints: tuple[Constraint, ...],
) -> Space:
    """A space from its flat parts, names checked; raises SpaceError if they do not fit together."""
    space = Space.__new__(Space)
    space._assemble(domains, conditions, constraints)
    return space


def default_codes(space: Codec) -> Array:
    """The codes (1, d) of the defaults that are active, NaN for all else."""
    codes = np.full((1, len(space.names)), np.nan)
    for j in space.order:
        if all(test(codes)[0] for test in space.tests.get(j, ())):
            codes[0, j] = space.domains[space.names[j]].default_code
    return codes


def partial_defaults(space: Codec) -> Config:
    """The defaults of those parameters that have one and are active."""
    return space.config(default_codes(space)[0])
