"""Which combinations are allowed: formulas and callables that must hold, or must not.

A constraint that touches a parameter which is inactive, and so absent, counts as satisfied (known
constraints of the kind in Gelbart, Snoek & Adams 2014, decided before anything is evaluated).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from trimtab.errors import SpaceError
from trimtab.space.expression import Absent, Expression
from trimtab.space.value import label_of


class View(Mapping[str, Any]):
    """A configuration as callables see it: `c.lr` and `c["lr"]` alike."""

    __slots__ = ("_config", "_prefix")

    def __init__(self, config: Mapping[str, Any], prefix: str = "") -> None:
        self._config = config
        self._prefix = prefix

    def __getitem__(self, name: str) -> Any:
        try:
            return self._config[self._prefix + name]
        except KeyError:
            raise Absent(name) from None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __iter__(self) -> Iterator[str]:
        start = len(self._prefix)
        return (name[start:] for name in self._config if name.startswith(self._prefix))

    def __len__(self) -> int:
        return sum(1 for _ in self)


Test = Callable[[Any], Any]


@dataclass(frozen=True)
class Constraint:
    """One rule over configurations; `forbids` turns it round: what passes the test is refused."""

    label: str  # the formula, or the name of the callable
    test: Expression | Test | None = field(compare=False)  # None: read from JSON, cannot be checked
    forbids: bool = False
    prefix: str = ""  # of the nested space whose names a callable uses

    @property
    def is_checkable(self) -> bool:
        """Whether the rule can be evaluated here, rather than only be shown."""
        return self.test is not None

    @property
    def names(self) -> tuple[str, ...] | None:
        """The parameters it looks at; None for a callable, which does not tell."""
        return self.test.names if isinstance(self.test, Expression) else None

    def holds(self, config: Mapping[str, Any]) -> bool:
        """Whether a configuration is allowed by this rule."""
        if self.test is None:
            return True
        seen = config if isinstance(self.test, Expression) else View(config, self.prefix)
        try:
            passed = self.test(seen)
        except Absent:
            return True
        return bool(passed) is not self.forbids

    def inside(self, prefix: str) -> "Constraint":
        """The same rule over a nested space, as the outer space names its parameters."""
        test = self.test
        if isinstance(test, Expression):
            test = Expression(test.text, prefix + test.prefix)
        return Constraint(self.label, test, self.forbids, prefix + self.prefix)

    def text(self) -> str:
        """How a message quotes it."""
        within = f" (in {self.prefix}*)" if self.prefix else ""
        return f"{'forbidden: ' if self.forbids else ''}{self.label}{within}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; a callable is known by its name only."""
        is_text = isinstance(self.test, Expression)
        return {
            "text" if is_text else "callable": self.label,
            "forbids": self.forbids,
            "prefix": self.prefix,
        }


def constraint_from(rule: Any, forbids: bool = False) -> Constraint:
    """A constraint from what a user writes: a formula, a callable, or a constraint.

    Raises:
        SpaceError: none of these, or a formula that cannot be parsed.
    """
    if isinstance(rule, Constraint):
        return rule
    if isinstance(rule, str):
        return Constraint(rule, Expression(rule), forbids)
    if not callable(rule):
        raise SpaceError(f"constraint {rule!r} is neither a formula such as 'a < b' nor a function")
    name = getattr(rule, "__qualname__", None)
    return Constraint(name if name else label_of(rule), rule, forbids)


def constraint_of(spec: Mapping[str, Any]) -> Constraint:
    """The constraint that `to_dict` described; a callable comes back unchecked."""
    prefix = spec["prefix"]
    if "text" in spec:
        return Constraint(spec["text"], Expression(spec["text"], prefix), spec["forbids"], prefix)
    return Constraint(spec["callable"], None, spec["forbids"], prefix)
