"""Small formulas over parameters, for conditions and constraints: parsed, checked, never executed.

The text is parsed with Python's grammar (Python Language Reference, 2022, chapter 6) and walked
once; only the node types below are understood, everything else is refused with the piece quoted.
Comparisons (chained too), and/or/not, + - * / // % **, in / not in, numbers, strings, True,
False, None, lists, and min, max, abs, log, sqrt.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from trimtab.errors import SpaceError

_LONGEST = 2000  # characters
_WIDEST = 4096  # bits of an integer power, far above any parameter

Values = Mapping[str, Any]
Node = Callable[[Values], Any]


class Absent(KeyError, AttributeError):
    """A formula or a callable touched a parameter that is not in the configuration."""


def _number(value: Any) -> Any:
    if isinstance(value, int | float):
        return value
    raise TypeError(f"{value!r} is not a number")


def _power(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int) and abs(b) * a.bit_length() > _WIDEST:
        raise OverflowError(f"{a} ** {b} is too large")
    return a**b


BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "log": math.log,
    "sqrt": math.sqrt,
}


@dataclass(frozen=True)
class Expression:
    """A formula; the names in it are looked up with `prefix` in front (inside a nested space)."""

    text: str
    prefix: str = ""

    def __post_init__(self) -> None:
        _ = self._parsed  # a mistake is told where it was made

    def __reduce__(self) -> tuple[Any, ...]:
        return Expression, (self.text, self.prefix)  # without the closures

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters mentioned, in order of appearance."""
        return self._parsed[1]

    def __call__(self, values: Values) -> bool:
        """Whether the formula holds.

        Raises:
            Absent: it touched a parameter that `values` lacks.
            SpaceError: it cannot be computed (a string compared with a number, a division by zero).
        """
        try:
            return bool(self._parsed[0](values))
        except (TypeError, ArithmeticError, ValueError) as error:
            at = {name: values[name] for name in self.names if name in values}
            raise SpaceError(f"{self.text!r} cannot be computed at {at}: {error}") from error

    @cached_property
    def _parsed(self) -> tuple[Node, tuple[str, ...]]:
        text = self.text
        if len(text) > _LONGEST:
            raise SpaceError(
                f"condition {text[:40]!r}... has over {_LONGEST} characters; use a function"
            )
        try:
            tree = ast.parse(text.strip(), mode="eval")
            walker = Walker(text, self.prefix)
            return walker.walk(tree.body), tuple(dict.fromkeys(walker.names))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            if isinstance(error, SpaceError):
                raise
            raise SpaceError(
                f'{text!r} is not a formula: {error}; write e.g. "layers > 2"'
            ) from error


class Walker:
    """One pass over the syntax tree that turns each understood node into a closure."""

    binary: ClassVar = BINARY
    functions: ClassVar = FUNCTIONS
    number = staticmethod(_number)
    negated = staticmethod(operator.not_)

    def __init__(self, text: str, prefix: str) -> None:
        self.text = text
        self.prefix = prefix
        self.names: list[str] = []

    def walk(self, node: ast.expr) -> Node:
        """The closure of a node.

        Raises:
            SpaceError: a node that formulas may not hold.
        """
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is None:
            piece = ast.get_source_segment(self.text.strip(), node) or type(node).__name__
            raise SpaceError(
                f"{self.text!r}: {piece!r} is not allowed in a formula; use comparisons, "
                f"arithmetic, and/or/not, in [...], and {', '.join(FUNCTIONS)}, or a function"
            )
        found: Node = method(node)
        return found

    def _Constant(self, node: ast.Constant) -> Node:
        value = node.value
        if not isinstance(value, bool | int | float | str | None):
            raise SpaceError(f"{self.text!r}: {value!r} is neither a number nor a string")
        return lambda _: value

    def _Name(self, node: ast.Name) -> Node:
        return self._lookup(node.id)

    def _Attribute(self, node: ast.Attribute) -> Node:
        return self._lookup(ast.unparse(node))  # "svm.C", a parameter of a nested space

    def _lookup(self, local: str) -> Node:
        name = self.prefix + local
        self.names.append(name)

        def look(values: Values) -> Any:
            if name not in values:
                raise Absent(name)
            return values[name]

        return look

    def _List(self, node: ast.List | ast.Tuple | ast.Set) -> Node:
        items = [self.walk(item) for item in node.elts]
        return lambda values: [item(values) for item in items]

    _Tuple = _List
    _Set = _List

    def _BoolOp(self, node: ast.BoolOp) -> Node:
        parts = [self.walk(part) for part in node.values]
        if isinstance(node.op, ast.And):
            return lambda values: all(part(values) for part in parts)
        return lambda values: any(part(values) for part in parts)

    def _UnaryOp(self, node: ast.UnaryOp) -> Node:
        inner = self.walk(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda values: self.negated(inner(values))
        if isinstance(node.op, ast.USub):
            return lambda values: -self.number(inner(values))
        if isinstance(node.op, ast.UAdd):
            return lambda values: self.number(inner(values))
        raise SpaceError(f"{self.text!r}: '~' is not allowed in a formula; use 'not'")

    def _BinOp(self, node: ast.BinOp) -> Node:
        apply = self.binary.get(type(node.op))
        if apply is None:
            raise SpaceError(f"{self.text!r}: use + - * / // % ** only; 'and', 'or' for logic")
        left, right = self.walk(node.left), self.walk(node.right)
        return lambda values: apply(self.number(left(values)), self.number(right(values)))

    def _Compare(self, node: ast.Compare) -> Node:
        first = self.walk(node.left)
        rest = [
            (COMPARE[type(op)], self.walk(right))
            for op, right in zip(node.ops, node.comparators, strict=True)
        ]

        def compare(values: Values) -> bool:
            left = first(values)
            for holds, right in rest:
                now = right(values)
                if not holds(left, now):
                    return False
                left = now
            return True

        return compare

    def _Call(self, node: ast.Call) -> Node:
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        apply = self.functions.get(name)
        if apply is None or node.keywords:
            raise SpaceError(
                f"{self.text!r}: {name!r} cannot be called; use {', '.join(FUNCTIONS)}, "
                "or a function for the whole"
            )
        parts = [self.walk(part) for part in node.args]
        return lambda values: apply(*(self.number(part(values)) for part in parts))


def conjuncts(expression: Expression) -> tuple[Expression, ...]:
    """The parts of a top-level `and`, which hold together exactly when the whole does."""
    body = ast.parse(expression.text.strip(), mode="eval").body
    if isinstance(body, ast.BoolOp) and isinstance(body.op, ast.And):
        return tuple(Expression(ast.unparse(part), expression.prefix) for part in body.values)
    return (expression,)
