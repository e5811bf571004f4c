"""Spaces written for Hyperopt: trees of `hp.*` expressions (Bergstra, Yamins & Cox 2013).

The expression graph is read by the names of its nodes (`switch`, `hyperopt_param`, `uniform`, ...);
Hyperopt itself is not imported. Labels become parameter names, nested choices become conditions.
"""

import math
from collections.abc import Mapping
from typing import Any

from trimtab.errors import SpaceError
from trimtab.space.domain import Categorical, Conditional, Domain, Float, Int, lognormal, normal
from trimtab.space.importers import quantized, quantized_log, quantized_normal
from trimtab.space.space import Space
from trimtab.space.value import identity, native

_PLAIN = (bool, int, float, str, type(None))


def from_hyperopt(tree: Any) -> Space:
    """A space from a Hyperopt expression, or a dict or list that holds some.

    A choice among plain values has these as values, any other the 0-based indices of its options.
    `hp.loguniform` bounds are exponents, as Hyperopt has them; `hp.randint` excludes its upper end.

    Raises:
        SpaceError: an expression that has no counterpart, or a label used for different things.
    """
    found = _Found()
    found.walk(tree, ())
    return Space(list(found.parameters()))


class _Found:
    """The parameters met on a walk, with the choices that lead to them."""

    def __init__(self) -> None:
        self.domains: dict[str, Domain] = {}
        self.paths: dict[str, list[tuple[tuple[str, Any], ...]]] = {}

    def walk(self, node: Any, path: tuple[tuple[str, Any], ...]) -> None:
        """Collect the parameters under a node; `path` holds (label, value) of the choices above."""
        if isinstance(node, Mapping):
            children = list(node.values())
        elif isinstance(node, list | tuple):
            children = list(node)
        elif not hasattr(node, "pos_args"):
            return
        elif node.name == "switch":
            self._choice(node, path)
            return
        elif node.name == "hyperopt_param":
            self._add(_literal(node.pos_args[0]), _domain(*_param(node)), path)
            return
        else:
            children = [*node.pos_args, *(child for _, child in node.named_args)]
        for child in children:
            self.walk(child, path)

    def _choice(self, node: Any, path: tuple[tuple[str, Any], ...]) -> None:
        label, drawn = _param(node.pos_args[0])
        options = node.pos_args[1:]
        plain = [_literal(o) for o in options if o.name == "literal"]
        is_plain = len(plain) == len(options) and all(isinstance(v, _PLAIN) for v in plain)
        if is_plain and len({identity(v) for v in plain}) == len(plain):
            values = plain
        else:
            values = list(range(len(options)))
        weights = None
        if drawn.name == "categorical":
            weights = [native(w) for w in _unwrapped(_arguments(drawn, ("p",))["p"])]
        self._add(label, Categorical(values, weights=weights), path)
        for value, option in zip(values, options, strict=True):
            self.walk(option, (*path, (label, value)))

    def _add(self, label: str, domain: Domain, path: tuple[tuple[str, Any], ...]) -> None:
        if self.domains.setdefault(label, domain) != domain:
            raise SpaceError(f"label {label!r} stands for two different things; rename one")
        self.paths.setdefault(label, []).append(path)

    def parameters(self) -> list[tuple[str, Any]]:
        """The (name, domain) pairs; a choice further up holds through its own condition."""
        return [(label, self._conditional(label, d)) for label, d in self.domains.items()]

    def _conditional(self, label: str, domain: Any) -> Domain | Conditional:
        paths = self.paths[label]
        if () in paths:
            return domain
        parents = {path[-1][0] for path in paths}
        if len(parents) > 1:
            raise SpaceError(
                f"label {label!r} occurs under several choices, {sorted(parents)}; "
                "give each occurrence a label of its own"
            )
        return domain.when({parents.pop(): [path[-1][1] for path in paths]})


def _literal(node: Any) -> Any:
    if node.name != "literal":
        raise SpaceError(f"the expression {node.name!r} is computed from others; use plain numbers")
    return native(node.obj)


def _unwrapped(node: Any) -> list[Any]:
    if node.name == "pos_args":
        return [_literal(child) for child in node.pos_args]
    return list(_literal(node))


def _param(node: Any) -> tuple[str, Any]:
    while node.name != "hyperopt_param":  # float(...) and int(...) around it
        if not node.pos_args:
            raise SpaceError(f"the choice over {node.name!r} has no label; use hp.choice")
        node = node.pos_args[0]
    return _literal(node.pos_args[0]), node.pos_args[1]


def _arguments(node: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return dict(zip(names, node.pos_args, strict=False)) | dict(node.named_args)


_NAMES = {
    "uniform": ("low", "high"), "loguniform": ("low", "high"), "uniformint": ("low", "high", "q"),
    "quniform": ("low", "high", "q"), "qloguniform": ("low", "high", "q"),
    "randint": ("low", "high"), "normal": ("mu", "sigma"), "lognormal": ("mu", "sigma"),
    "qnormal": ("mu", "sigma", "q"), "qlognormal": ("mu", "sigma", "q"),
}  # fmt: skip


def _domain(label: str, drawn: Any) -> Domain:
    kind = drawn.name
    if kind not in _NAMES:
        raise SpaceError(f"{label!r}: hp.{kind} has no counterpart; known are {', '.join(_NAMES)}")
    given = {
        k: _literal(node)
        for k, node in _arguments(drawn, _NAMES[kind]).items()
        if k in _NAMES[kind]
    }
    if kind == "randint":
        low, high = (
            (given["low"], given["high"]) if given.get("high") is not None else (0, given["low"])
        )
        return Int(int(low), int(high) - 1)
    if kind == "uniformint":
        return Int(math.ceil(given["low"]), math.floor(given["high"]))
    a, b = (float(given[name]) for name in _NAMES[kind][:2])
    step = float(given["q"]) if kind.startswith("q") else None
    if kind.endswith("normal"):
        if step is not None:
            return quantized_normal(a, b, step, log=kind == "qlognormal")
        return normal(a, b) if kind == "normal" else lognormal(a, b)
    if kind.endswith("loguniform"):
        low, high = math.exp(a), math.exp(b)
        return Float(low, high, log=True) if step is None else quantized_log(low, high, step)
    return Float(a, b) if step is None else quantized(a, b, step)
