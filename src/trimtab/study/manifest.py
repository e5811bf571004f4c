"""What a bundle says of itself in plain JSON, and whether this machine is like the one that made it.

A model card (Mitchell et al. 2019, Model Cards for Model Reporting) that a program can read: where the
model comes from, what it scored and how far that is known, and the versions of all that it is made of.
The packages that a pickle needs are read from its opcodes (Python's `pickletools`), without running it.
"""

import hashlib
import importlib.metadata
import json
import pickletools
import platform
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from trimtab.evaluation.interval import Interval
from trimtab.study.provenance import imported_versions

FORMAT = "trimtab bundle 1"
SEAL = "seal"
_SCALARS = (str, int, float, bool, type(None))
_MAX_STRINGS = 64  # the latest strings of a pickle, among which a class is named


def plain(value: Any) -> Any:
    """The value as JSON; what JSON does not have is told by its text, under "repr"."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, _SCALARS) and not (isinstance(value, float) and value - value != 0):
        return value
    return {"repr": repr(value)}


def score_entry(score: Any, note: str = "") -> dict[str, Any]:
    """A score with its interval as JSON; a plain number has none."""
    if isinstance(score, Interval):
        found: dict[str, Any] = {
            "value": plain(score.value),
            "interval": [plain(score.low), plain(score.high)],
            "confidence": score.confidence,
            "method": score.method,
        }
    else:
        found = {"value": plain(score), "interval": None}
    return found | ({"note": note} if note else {})


def environment(pickled: bytes) -> dict[str, Any]:
    """Python, the platform, the versions of what the pickle needs, and of all else that is loaded."""
    loaded = imported_versions()
    needed = {name for module in modules_of(pickled) for name in _distributions(module)}
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "needed": {name: loaded[name] for name in sorted(needed) if name in loaded},
        "loaded": loaded,
    }


def modules_of(pickled: bytes) -> set[str]:
    """The top-level modules whose names a pickle imports; nothing in it is run."""
    strings: list[str] = []
    memo: dict[int, str] = {}
    found, texts = set(), set()
    last = ""
    for code, argument, _ in pickletools.genops(pickled):
        if code.name == "GLOBAL":
            found.add(str(argument).split(" ")[0])
        elif code.name == "STACK_GLOBAL" and len(strings) > 1:
            found.add(strings[-2])
        elif code.name == "MEMOIZE":
            memo[len(memo)] = last
        elif code.name in ("BINGET", "LONG_BINGET") and argument in memo:
            strings.append(memo[argument])
        if isinstance(argument, str) and "UNICODE" in code.name:
            strings.append(argument)
            texts.add(argument)
            last = argument
        elif code.name not in ("MEMOIZE", "FRAME"):
            last = ""
        del strings[:-_MAX_STRINGS]
    if any(name.startswith("cloudpickle") for name in found):  # code by value names modules as text
        found |= texts & sys.modules.keys()
    return {name.partition(".")[0] for name in found if name}


def differences(then: Mapping[str, Any]) -> list[str]:
    """How this environment differs from the recorded one in what the model needs, a line each."""
    lines = []
    old, new = str(then.get("python", "")), platform.python_version()
    if old.split(".")[:2] != new.split(".")[:2]:
        lines.append(f"Python {old} then, {new} now")
    for name, version in dict(then.get("needed", {})).items():
        try:
            now = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            lines.append(f"{name} {version} then, not installed now")
            continue
        if now != version:
            lines.append(f"{name} {version} then, {now} now")
    return lines


def digest(content: bytes) -> str:
    """The SHA-256 of a member of the bundle, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def sealed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with the digest of all that it says."""
    rest = {key: value for key, value in manifest.items() if key != SEAL}
    text = json.dumps(rest, sort_keys=True, allow_nan=False)
    return rest | {SEAL: digest(text.encode())}


def _distributions(module: str) -> Iterable[str]:
    if module in sys.stdlib_module_names:
        return ()
    return importlib.metadata.packages_distributions().get(module, ())
