"""When a parameter is active: equalities and formulas over other parameters.

A parameter is active where all tests of its condition hold; a test on an inactive parameter does
not hold, so conditions chain to any depth (tree-structured spaces: Bergstra et al. 2011). Tests
on one indexed parameter become a truth table, looked up for a whole block of codes at once.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from trimtab.errors import SpaceError
from trimtab.plugin import did_you_mean
from trimtab.space.contract import Domain
from trimtab.space.expression import Absent, Expression, conjuncts
from trimtab.space.value import check_name, decode, encode, identity, native
from trimtab.typing import Array, Mask

_WIDEST_TABLE = 4096  # values of a parent up to which a formula is tabulated

Test = Callable[[Array], Mask]  # codes (n, d) -> (n,)


@dataclass(frozen=True, eq=False)
class Condition:
    """Active where every named parameter has one of its values and every formula holds."""

    equals: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    formulas: tuple[Expression, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The parameters it looks at."""
        found = [name for name, _ in self.equals]
        for formula in self.formulas:
            found.extend(formula.names)
        return tuple(dict.fromkeys(found))

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(self.equals + other.equals, self.formulas + other.formulas)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Condition) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @cached_property
    def _key(self) -> Any:
        equals = tuple((name, tuple(map(identity, values))) for name, values in self.equals)
        return equals, self.formulas

    def inside(self, prefix: str) -> "Condition":
        """The same condition over a nested space, as the outer space names its parameters."""
        equals = tuple((prefix + name, values) for name, values in self.equals)
        return Condition(
            equals, tuple(Expression(f.text, prefix + f.prefix) for f in self.formulas)
        )

    def text(self) -> str:
        """How a user would read it."""
        parts = []
        for name, values in self.equals:
            shown = [repr(value) for value in values]
            parts.append(
                f"{name} == {shown[0]}" if len(shown) == 1 else f"{name} in [{', '.join(shown)}]"
            )
        for formula in self.formulas:
            within = f" (in {formula.prefix}*)" if formula.prefix else ""
            parts.append(formula.text + within)
        return " and ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON that `condition_of` reads."""
        return {
            "equals": [[name, [encode(v) for v in values]] for name, values in self.equals],
            "formulas": [[f.text, f.prefix] for f in self.formulas],
        }


@dataclass(frozen=True)
class Conditional:
    """A domain with the condition under which it is active; what `.when(...)` returns."""

    domain: Domain
    condition: Condition

    def when(self, *tests: str | Mapping[str, Any], **equals: Any) -> "Conditional":
        """The same domain under this condition and the given ones."""
        return Conditional(self.domain, self.condition & condition_from(tests, equals))


class Switchable:
    """Gives a domain its `.when`."""

    __slots__ = ()

    def when(self: Any, *tests: str | Mapping[str, Any], **equals: Any) -> Conditional:
        """This domain, active only where every test holds.

        `when(opt="sgd")`, `when(opt=["sgd", "rmsprop"])`, `when("layers > 2 and opt == 'sgd'")`,
        `when({"svm.kernel": "rbf"})` for names that are no keywords.

        Raises:
            SpaceError: no test at all, or a formula that cannot be parsed.
        """
        return Conditional(self, condition_from(tests, equals))


def condition_from(
    tests: tuple[str | Mapping[str, Any], ...], equals: Mapping[str, Any]
) -> Condition:
    """The condition that the arguments of `.when` spell."""
    pairs: list[tuple[str, Any]] = []
    formulas = []
    for test in tests:
        if isinstance(test, str):
            formulas.append(Expression(test))
        elif isinstance(test, Mapping):
            pairs.extend(test.items())
        else:
            raise SpaceError(f"when({test!r}): give a formula as text, or name=value")
    pairs.extend(equals.items())
    if not pairs and not formulas:
        raise SpaceError("when() needs a test, such as when(optimizer='sgd')")
    listed = []
    for name, value in pairs:
        several = list(value) if isinstance(value, list | set | frozenset) else [value]
        if not several:
            raise SpaceError(f"when({name}=[]) never holds; list at least one value")
        listed.append((check_name(name), tuple(native(v) for v in several)))
    return Condition(tuple(listed), tuple(formulas))


def condition_of(spec: Mapping[str, Any]) -> Condition:
    """The condition that `to_dict` described."""
    equals = tuple((name, tuple(decode(v) for v in values)) for name, values in spec["equals"])
    return Condition(equals, tuple(Expression(text, prefix) for text, prefix in spec["formulas"]))


def bind(owner: str, condition: Condition, domains: Mapping[str, Domain]) -> tuple[Test, ...]:
    """The condition as tests on blocks of codes.

    Raises:
        SpaceError: a name that is no parameter, or a value that its parameter cannot take.
    """
    index = {name: j for j, name in enumerate(domains)}
    for name in condition.names:
        if name not in index:
            raise SpaceError(
                f"the condition of {owner!r} ({condition.text()}) looks at {name!r}, "
                f"which is not a parameter{did_you_mean(name, index)}"
            )
        if name == owner:
            raise SpaceError(f"the condition of {owner!r} ({condition.text()}) looks at itself")
    tests = [
        _one_of(index[name], np.array([domains[name].code(name, v) for v in values]))
        for name, values in condition.equals
    ]
    for formula in condition.formulas:
        tests.extend(_holds(part, domains, index) for part in conjuncts(formula))
    return tuple(tests)


def _one_of(column: int, wanted: Array) -> Test:
    if len(wanted) == 1:
        only = wanted[0]
        return lambda codes: codes[:, column] == only
    return lambda codes: np.isin(codes[:, column], wanted)


def _holds(formula: Expression, domains: Mapping[str, Domain], index: Mapping[str, int]) -> Test:
    names = formula.names
    if len(names) == 1 and 0 < domains[names[0]].n_values <= _WIDEST_TABLE:
        return _tabulated(formula, names[0], domains[names[0]], index[names[0]])
    columns = [(name, domains[name], index[name]) for name in names]

    def test(codes: Array) -> Mask:
        held = np.zeros(len(codes), bool)
        for i, row in enumerate(codes):
            try:
                held[i] = formula(
                    {
                        name: domain.values(row[j : j + 1])[0]
                        for name, domain, j in columns
                        if not math.isnan(row[j])
                    }
                )
            except Absent:
                held[i] = False
        return held

    return test


def _tabulated(formula: Expression, name: str, domain: Domain, column: int) -> Test:
    values = domain.values(np.arange(float(domain.n_values)))
    table = np.array([formula({name: value}) for value in values] + [False])  # last: inactive

    def test(codes: Array) -> Mask:
        here = codes[:, column]
        return table[np.where(np.isnan(here), len(values), here).astype(np.int64)]

    return test
