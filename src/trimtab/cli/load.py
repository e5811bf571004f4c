"""YAML files, read strictly: a key that is given twice is an error, not the last one's luck.

YAML 1.2 (2009) asks for unique keys, and reads 1e-5 as a number; PyYAML keeps to 1.1, hence the loader
here.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from trimtab.errors import InvalidArgument
from trimtab.space.parse import space_of
from trimtab.space.space import Space


class _Strict(yaml.SafeLoader):
    """The safe loader, which refuses duplicate keys."""


def _mapping(loader: _Strict, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if key.value in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key.value!r} is given twice", key.start_mark
            )
        seen.add(str(key.value))
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


_FLOAT = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)[eE][-+]?\d+$")  # YAML 1.1 takes 1e-5 for a text
_Strict.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))
_Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load_mapping(path: str) -> dict[str, Any]:
    """What a YAML (or JSON) file says; an empty file is an empty mapping.

    Raises:
        InvalidArgument: no such file, not YAML, or not a mapping.
    """
    try:
        found = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=_Strict)
    except OSError as error:
        raise InvalidArgument(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidArgument(f"{path}: is not valid YAML: {error}") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise InvalidArgument(f"{path}: holds a {type(found).__name__}; write `key: value` lines")
    return {str(key): value for key, value in found.items()}


def space_in(path: str) -> Space:
    """The space in a file: under its key `space` (with `where`), or the whole file.

    Raises:
        InvalidArgument: the file cannot be read, or holds no space.
    """
    found = load_mapping(path)
    if "space" not in found:
        return space_of(found)
    return space_from(found["space"] or {}, found.get("where"))


def space_from(spec: Any, where: Any = None) -> Space:
    """The space that YAML spells, with the constraints under `where`: a text, or a list of them.

    Raises:
        SpaceError: it cannot be understood.
    """
    texts = [where] if isinstance(where, str) else list(where or [])
    return Space(spec, where=texts) if texts else space_of(spec)
