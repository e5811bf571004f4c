"""User attributes: JSON values that an objective attaches to its trial."""

import json
from typing import Any

from trimtab.errors import InvalidArgument

_OURS = "trimtab."
_LONGEST_ATTR = 1_000_000  # characters of JSON


def as_json(key: str, value: Any) -> Any:
    """The value as JSON gives it back.

    Raises:
        InvalidArgument: JSON cannot hold it, it is too long, or the name is one of our own.
    """
    if key.startswith(_OURS):
        raise InvalidArgument(
            f"set_user_attr({key!r}): names that begin with {_OURS!r} are Trimtab's own; use another one"
        )
    plain = (
        value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") else value
    )
    try:
        text = json.dumps(plain, allow_nan=True)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgument(
            f"set_user_attr({key!r}): JSON cannot hold a {type(value).__name__} ({error}); store a "
            "number, string, list or dict of these, or the path of a file that holds it"
        ) from None
    if len(text) > _LONGEST_ATTR:
        raise InvalidArgument(
            f"set_user_attr({key!r}): {len(text)} characters of JSON; at most {_LONGEST_ATTR} fit, "
            "store the path of a file instead"
        )
    return json.loads(text)
