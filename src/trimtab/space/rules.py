"""Formulas over whole columns: which of many rows keep the rules, without a look at each.

The same grammar as `expression`, walked once more with the operators of arrays (Iverson 1962, A Programming
Language). An answer is given only where it is the one that row by row would be found: whatever is not plain
arithmetic on numbers that doubles hold exactly, or comparisons, is left to be asked of each row.
"""

import ast
import operator
from collections.abc import Callable, Container, Mapping, Sequence
from functools import lru_cache, reduce
from typing import Any, ClassVar

import numpy as np

from trimtab.errors import SpaceError
from trimtab.space.constraint import Constraint
from trimtab.space.expression import BINARY, COMPARE, Expression, Node, Walker
from trimtab.typing import Array, Mask

Column = Callable[[int], list[Any]]  # native values of column j at rows that are all active in it


def keeping(
    constraints: Sequence[Constraint], names: Sequence[str], codes: Array, column: Column
) -> tuple[Mask, list[Constraint]]:
    """The rows of codes (n, d) that keep the rules which can be asked of columns, and the other rules.

    `column(j)`: the values of column j at all rows. A rule on a column that is inactive anywhere is among
    the others.
    """
    kept, others = np.ones(len(codes), bool), []
    known: dict[str, Any] = {}
    for constraint in constraints:
        if not isinstance(constraint.test, Expression):
            others.append(constraint)
            continue
        found = _answer(constraint.test, names, codes, column, known)
        if found is None:
            others.append(constraint)
        else:
            kept &= ~found if constraint.forbids else found
    return kept, others


def _answer(
    formula: Expression,
    names: Sequence[str],
    codes: Array,
    column: Column,
    known: dict[str, Any],
) -> Mask | None:
    """Where the formula holds (n,); None where that has to be asked of each row."""
    node = _node(formula)
    if node is None:
        return None
    try:
        for name in formula.names:
            if name not in known:
                j = names.index(name)
                if np.isnan(codes[:, j]).any():
                    return None
                known[name] = _array(column(j))
        with np.errstate(all="raise", under="ignore"):
            return np.array(np.broadcast_to(_truth(node(known)), len(codes)))
    except (TypeError, ValueError, ArithmeticError):
        return None


def is_of_columns(constraint: Constraint, conditional: Container[str]) -> bool:
    """Whether a rule is a formula of arrays, on parameters none of which is ever inactive."""
    formula = constraint.test
    if not isinstance(formula, Expression) or _node(formula) is None:
        return False
    return not any(name in conditional for name in formula.names)


@lru_cache(maxsize=256)
def _node(formula: Expression) -> Callable[[Mapping[str, Any]], Any] | None:
    try:
        tree = ast.parse(formula.text.strip(), mode="eval")
        return _Columns(formula.text, formula.prefix).walk(tree.body)
    except (SpaceError, KeyError):
        return None


def _array(values: list[Any]) -> Array:
    if set(map(type, values)) <= {int, float, bool}:
        return _exact(np.array(values, np.float64))
    return np.fromiter(values, object, len(values))


def _exact(value: Any) -> Any:
    """A number or numbers, if doubles compute with them as Python does with whole numbers."""
    if np.any(np.abs(value) >= _WHOLE):
        raise OverflowError("beyond the whole numbers of a double")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, int | float) or getattr(value, "dtype", None) in (np.float64, np.bool_):
        return _exact(np.asarray(value, np.float64))
    raise TypeError("not a number")


def _truth(value: Any) -> Any:
    return np.asarray(value).astype(bool)


def _same(a: Any, b: Any) -> Any:
    """Whether values are equal, of two numbers or of anything and a plain value."""
    if isinstance(a, list) or isinstance(b, list):
        raise TypeError("a list is no value")
    if not any(getattr(value, "dtype", None) == np.dtype(object) for value in (a, b)):
        if isinstance(a, str | None) and isinstance(b, str | None):
            return a == b
        return _number(a) == _number(b)
    return np.equal(a, b, dtype=object).astype(bool)


def _ordered(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda a, b: compare(_number(a), _number(b))


def _within(a: Any, among: Any) -> Any:
    if not isinstance(among, list):
        raise TypeError("not a list")
    return reduce(np.logical_or, (_same(a, value) for value in among), False)


def _power(a: Any, b: Any) -> Any:
    """A whole power of whole numbers: others, as logarithms, are not rounded alike in arrays and alone."""
    if b.ndim or not 0 <= b <= _MOST_FACTORS or b != np.rint(b) or np.any(a != np.rint(a)):
        raise TypeError("not a whole power of whole numbers")
    return reduce(operator.mul, [a] * int(b), np.ones_like(a))


def _extreme(pick: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def of(first: Any, second: Any, *others: Any) -> Any:  # of one alone there is none
        return reduce(pick, others, pick(first, second))

    return of


_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    **{op: _ordered(COMPARE[op]) for op in (ast.Lt, ast.LtE, ast.Gt, ast.GtE)},
    ast.Eq: _same,
    ast.NotEq: lambda a, b: np.logical_not(_same(a, b)),
    ast.In: _within,
    ast.NotIn: lambda a, b: np.logical_not(_within(a, b)),
}


class _Columns(Walker):
    """The walk with the operators of arrays; KeyError or SpaceError where there is none."""

    binary: ClassVar = {**BINARY, ast.Pow: _power}
    functions: ClassVar = {  # without the logarithm, which is not rounded alike in arrays and alone
        "min": _extreme(np.minimum),
        "max": _extreme(np.maximum),
        "abs": abs,
        "sqrt": lambda a: np.sqrt(a),
    }
    number = staticmethod(_number)
    negated = staticmethod(lambda value: ~_truth(value))

    def _BoolOp(self, node: ast.BoolOp) -> Node:
        parts = [self.walk(part) for part in node.values]
        both = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return lambda values: reduce(both, (_truth(part(values)) for part in parts))

    def _Compare(self, node: ast.Compare) -> Node:
        parts = [self.walk(part) for part in (node.left, *node.comparators)]
        tests = [_COMPARE[type(op)] for op in node.ops]

        def compare(values: Mapping[str, Any]) -> Any:
            seen = [part(values) for part in parts]
            pairs = zip(tests, seen[:-1], seen[1:], strict=True)
            return reduce(np.logical_and, (test(a, b) for test, a, b in pairs))

        return compare


_WHOLE = 2.0**53
_MOST_FACTORS = 64
