"""Sending an objective to another interpreter, by value where the other side could not import it.

Functions of the script itself (`__main__`), lambdas and closures travel by value with what they use;
functions of importable modules travel by name. The bytes go to our own worker over a private pipe, and
are never stored. Format: Python pickle protocol 5 (PEP 574, 2018), written by cloudpickle.
"""

import functools
import importlib.machinery
import io
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from trimtab.core.message import Task
from trimtab.errors import Unpicklable
from trimtab.space.space import Space

_DEEPEST = 8
_NO_SPACE = Space({})
_PLAIN = (int, float, str, bool, type(None))
_MOST = 100_000  # parts that are looked at
_MANY = 1000  # items of a container that is looked into
_LONGEST = 120  # characters of the original message


def ship(what: str, thing: Any) -> bytes:
    """The thing, `what` in messages, as bytes that a worker can load.

    Raises:
        Unpicklable: it cannot be sent; the message names the part that is to blame.
    """
    return ship_apart(what, thing, ())[0]


def ship_task(task: Task, space: Space | None) -> bytes:
    """A task and, where it is new to the worker, its space.

    Raises:
        Unpicklable: the configuration, or a constraint of the space, cannot be sent.
    """
    both = (replace(task, space=_NO_SPACE), space)
    if space is None and all(type(value) in _PLAIN for value in task.config.values()):
        return pickle.dumps(both)  # nothing in it needs a second look
    return ship(f"trial {task.number}", both)


def ship_apart(what: str, thing: Any, kinds: tuple[type, ...]) -> tuple[bytes, list[Any]]:
    """As `ship`, but objects of some kinds stay out of the bytes: they are to be sent beside them.

    Raises:
        Unpicklable: it cannot be sent; the message names the part that is to blame.
    """
    import cloudpickle

    class Pickler(cloudpickle.CloudPickler):  # type: ignore[misc]  # it has no types
        def persistent_id(self, part: Any) -> int | None:
            if not isinstance(part, kinds):
                return None
            apart.append(part)
            return len(apart) - 1

    apart: list[Any] = []
    try:
        with _by_value(thing), io.BytesIO() as file:
            (Pickler if kinds else cloudpickle.CloudPickler)(file).dump(thing)
            return file.getvalue(), apart
    except Exception as error:
        raise Unpicklable(_blame(what, thing, error)) from error


def _blame(what: str, thing: Any, error: Exception) -> str:
    path, part = culprit(thing)
    kind = f"{type(part).__module__}.{type(part).__qualname__}".removeprefix("builtins.")
    told = str(error).split("\n", 1)[0][:_LONGEST]
    return (
        f"{what} captures {path!r} ({kind}), which cannot be sent to another process ({told}); create "
        "it inside the objective, or use executor='thread' or executor='serial'"
        if path
        else f"{what} ({kind}) cannot be sent to another process ({told}); use a plain function, "
        "executor='thread' or executor='serial'"
    )


def culprit(thing: Any) -> tuple[str, Any]:
    """The innermost part that cannot be pickled, and the way to it, e.g. ("model.lock", <lock>)."""
    path: list[str] = []
    for _ in range(_DEEPEST):
        for name, part in _parts(thing):
            if not _can_travel(part):
                path.append(name)
                thing = part
                break
        else:
            break
    return ".".join(path), thing


def _can_travel(part: Any) -> bool:
    import cloudpickle

    try:
        with _by_value(part):
            cloudpickle.dumps(part)
    except Exception:  # noqa: BLE001 - that it raises is the answer
        return False
    return True


def _parts(thing: Any) -> Iterator[tuple[str, Any]]:
    """What a thing is made of, as far as pickling goes: captured variables, attributes, items."""
    if isinstance(thing, FunctionType):
        yield from _captured(thing)
    elif isinstance(thing, MethodType):
        yield "self", thing.__self__
    elif isinstance(thing, functools.partial):
        yield getattr(thing.func, "__name__", "func"), thing.func
        yield from _numbered(thing.args)
        yield from thing.keywords.items()
    elif isinstance(thing, dict):
        yield from ((str(key), value) for key, value in thing.items())
    elif isinstance(thing, (list, tuple, set, frozenset)):
        yield from _numbered(thing)
    elif isinstance(thing, type):
        yield from (
            (k, v) for k, v in vars(thing).items() if not k.startswith("__") or k == "__init__"
        )
    elif not isinstance(thing, (ModuleType, BuiltinFunctionType)):
        yield from getattr(thing, "__dict__", {}).items()
        for base in type(thing).__mro__:
            slots = base.__dict__.get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                if hasattr(thing, name):
                    yield name, getattr(thing, name)


def _numbered(items: Any) -> Iterator[tuple[str, Any]]:
    """("[0]", first item), ("[1]", second item), ..."""
    return ((f"[{i}]", item) for i, item in enumerate(items))


def _captured(function: FunctionType) -> Iterator[tuple[str, Any]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        try:
            yield name, cell.cell_contents
        except ValueError:
            continue  # not assigned yet
    for name in sorted(_global_names(function.__code__)):
        if name in function.__globals__:
            yield name, function.__globals__[name]
    yield from _numbered(function.__defaults__ or ())
    yield from (function.__kwdefaults__ or {}).items()


def _global_names(code: CodeType) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= _global_names(constant)
    return names


_WRAPPERS = (MethodType, functools.partial, dict, list, tuple, set, frozenset)


# -- modules that a worker could not import ---------------------------------------------------------


@contextmanager
def _by_value(thing: Any) -> Iterator[None]:
    """Within, functions and classes of modules that no file on the path provides travel by value."""
    import cloudpickle

    registered: list[ModuleType] = []
    try:
        for name in sorted(_strangers(thing)):
            module = sys.modules[name]
            if name not in cloudpickle.list_registry_pickle_by_value():
                cloudpickle.register_pickle_by_value(module)
                registered.append(module)
        yield
    finally:
        for module in registered:
            cloudpickle.unregister_pickle_by_value(module)


def _strangers(thing: Any) -> set[str]:
    """Names of loaded modules that the thing uses and that a worker could not import."""
    found: set[str] = set()
    seen: set[int] = set()
    queue = [thing]
    while queue and len(seen) < _MOST:
        part = queue.pop()
        if id(part) in seen or not _is_worth_a_look(part):
            continue
        seen.add(id(part))
        owner = part if isinstance(part, (FunctionType, type)) else type(part)
        name = str(getattr(owner, "__module__", None))
        if name != "__main__" and not isinstance(part, _WRAPPERS):
            if name in sys.modules and not is_importable(name):
                found.add(name)
            elif owner is part:
                continue  # it travels by name; of an object, what it holds is looked into
        queue += [inner for _, inner in _parts(part)]
    return found


def _is_worth_a_look(part: Any) -> bool:
    if isinstance(part, (dict, list, tuple, set, frozenset)):
        return len(part) <= _MANY  # a table of data has no code in it
    return not isinstance(part, (ModuleType, str, bytes, int, float, type(None)))


def is_importable(name: str) -> bool:
    """Whether another interpreter with this one's `sys.path` would find the module.

    A module may be loaded and yet not be on the path: test modules, code of a notebook or of `exec`.
    """
    if name in sys.builtin_module_names or name.split(".", 1)[0] in sys.stdlib_module_names:
        return True
    return _is_on_path(name, getattr(sys.modules.get(name), "__file__", None), tuple(sys.path))


@functools.lru_cache(maxsize=1024)
def _is_on_path(name: str, loaded: str | None, _: tuple[str, ...]) -> bool:
    path: Any = None
    parts = name.split(".")
    for depth in range(len(parts)):
        spec = _find(".".join(parts[: depth + 1]), path)
        if spec is None:
            return False
        path = spec.submodule_search_locations
        if path is None and depth + 1 < len(parts):
            return False
    return loaded is None or spec is None or spec.origin is None or spec.origin == loaded


def _find(name: str, path: Any) -> importlib.machinery.ModuleSpec | None:
    for finder in sys.meta_path:
        kind = finder if isinstance(finder, type) else type(finder)
        is_editable = kind.__module__.startswith("__editable__")
        if kind in _FINDERS or is_editable:
            find: Callable[..., Any] = finder.find_spec
            spec = find(name, path)
            if spec is not None:
                return spec
    return None


_FINDERS = (
    importlib.machinery.PathFinder,
    importlib.machinery.BuiltinImporter,
    importlib.machinery.FrozenImporter,
)
