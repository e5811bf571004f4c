"""Spaces written as signatures: functions with domains as defaults, annotated dataclasses.

Annotations carry domains as PEP 593 (2019) means them to: `lr: Annotated[float, Float(1e-5, 0.1)]`.
"""

import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from trimtab.errors import SpaceError
from trimtab.space.condition import Conditional
from trimtab.space.domain import Categorical, is_domain
from trimtab.space.inline import RANGE, inline
from trimtab.space.value import UNSET

_CALLED_WITH = ("self", "trial", "report")  # arguments of an objective that are no parameters


def pairs_of(spec: Any) -> list[tuple[str, Any]]:
    """Names with what stands for their domains, from anything that may stand for a space.

    A mapping; a list of (name, domain) pairs; a dataclass whose fields are `Annotated[float,
    Float(...)]`; a function whose defaults or annotations are domains; None for the empty space.

    Raises:
        SpaceError: none of these.
    """
    if spec is None:
        return []
    if isinstance(spec, Mapping):
        return list(spec.items())
    if dataclasses.is_dataclass(spec):
        return _fields(spec if isinstance(spec, type) else type(spec))
    if inspect.isroutine(spec):
        return _arguments(spec)
    if isinstance(spec, Iterable) and not isinstance(spec, str | bytes):
        pairs = list(spec)
        if all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs):
            return [(name, item) for name, item in pairs]
    raise SpaceError(
        f"{spec!r} is no space; give a dict name -> domain, (name, domain) pairs, "
        "a dataclass with Annotated fields, or a function whose defaults are domains"
    )


def _annotated(hint: Any) -> Any:
    """The domain in an annotation, or `UNSET`."""
    for extra in getattr(hint, "__metadata__", ()):
        if is_domain(extra) or isinstance(extra, Conditional):
            return extra
        if isinstance(extra, str) and RANGE.match(extra):
            return inline(extra)
    if typing.get_origin(hint) is typing.Literal:
        return Categorical(list(typing.get_args(hint)))
    return UNSET


def _with_default(domain: Any, default: Any) -> Any:
    if isinstance(domain, Conditional):
        return Conditional(_with_default(domain.domain, default), domain.condition)
    if isinstance(domain, Categorical) and domain.branches:
        return Categorical(domain.branches, weights=domain.weights, default=default)
    return dataclasses.replace(domain, default=default)


def _fields(kind: type) -> list[tuple[str, Any]]:
    hints = typing.get_type_hints(kind, include_extras=True)
    pairs = []
    for field in dataclasses.fields(kind):
        domain = _annotated(hints[field.name])
        has_default = field.default is not dataclasses.MISSING
        if domain is not UNSET:
            pairs.append(
                (field.name, _with_default(domain, field.default) if has_default else domain)
            )
        elif not has_default and field.default_factory is dataclasses.MISSING:
            raise SpaceError(
                f"field {field.name!r} of {kind.__name__} has neither a domain nor a default; "
                "annotate it: Annotated[float, Float(0, 1)]"
            )
    return pairs


def _is_left_out(parameter: inspect.Parameter) -> bool:
    many = parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    return many or parameter.name in _CALLED_WITH


def _arguments(function: Callable[..., Any]) -> list[tuple[str, Any]]:
    hints = typing.get_type_hints(function, include_extras=True)
    pairs = []
    for name, parameter in inspect.signature(function).parameters.items():
        default, domain = parameter.default, _annotated(hints.get(name))
        if is_domain(default) or isinstance(default, Conditional):
            pairs.append((name, default))
        elif domain is not UNSET:
            given = default is not inspect.Parameter.empty
            pairs.append((name, _with_default(domain, default) if given else domain))
        elif default is parameter.empty and not _is_left_out(parameter):
            raise SpaceError(
                f"argument {name!r} of {function.__name__} has no domain; "
                f"write {name}=Float(0, 1), or give a space"
            )
    return pairs
