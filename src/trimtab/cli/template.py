"""Search spaces written inside a command: `--lr '{lr: 1e-5..1e-1 log}'`.

`{name: domain}` declares a parameter where its value goes, `{name}` is the value of a declared one, as
in Python's format strings (PEP 3101, 2006). Everything else stays as it is: JSON, programs of awk, and
braces with a space behind them. In the spirit of Hydra's command-line sweeps (Yadan 2019).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from trimtab.errors import InvalidArgument
from trimtab.space.domain import Categorical
from trimtab.space.parse import domain_of

_OPENS = re.compile(r"\{([^\W\d][\w.\-]*)\s*:\s*")
_WAY_OUT = (
    "write e.g. '{lr: 1e-5..1e-1 log}' or '{opt: adam|sgd}', or put a space behind a brace that is "
    "meant as such"
)


def inline_space(args: Sequence[Any]) -> tuple[list[str], dict[str, str]]:
    """The command with every declaration `{name: domain}` shortened to `{name}`, and the domains' texts.

    args: the program and its arguments; a YAML file may also hold `{lr: 1e-5..1e-1 log}` as a mapping.

    Raises:
        InvalidArgument: a declaration has no end, stands for no domain, or contradicts another one.
    """
    declared: dict[str, str] = {}
    return [_shortened(_text(arg), declared) for arg in args], declared


def _text(arg: Any) -> str:
    if isinstance(arg, Mapping) and len(arg) == 1:
        ((name, domain),) = arg.items()
        return f"{{{name}}}" if domain is None else f"{{{name}: {domain}}}"
    if isinstance(arg, bool) or not isinstance(arg, str | int | float):
        raise InvalidArgument(
            f"command: {arg!r} is no argument of a program; give text or a number, quoted where YAML "
            "would read it as something else"
        )
    return str(arg)


def _shortened(arg: str, declared: dict[str, str]) -> str:
    parts: list[str] = []
    at = 0
    while found := _OPENS.search(arg, at):
        end = arg.find("}", found.end())
        if end < 0:
            raise InvalidArgument(
                f"{arg!r}: '{{{found[1]}:' has no end; put quotes around it for your shell, and "
                + _WAY_OUT
            )
        _declare(found[1], arg[found.end() : end].strip(), declared)
        parts += arg[at : found.start()], f"{{{found[1]}}}"
        at = end + 1
    return "".join(parts) + arg[at:]


def _declare(name: str, text: str, declared: dict[str, str]) -> None:
    domain = domain_of(name, text)
    if isinstance(domain, Categorical) and "|" not in text:
        raise InvalidArgument(
            f"{{{name}: {text}}}: {text!r} is neither a range nor choices; {_WAY_OUT}"
        )
    if declared.setdefault(name, text) != text:
        raise InvalidArgument(
            f"{name!r} is declared as {declared[name]!r} and as {text!r}; declare it once, and write "
            f"{{{name}}} where its value goes again"
        )
