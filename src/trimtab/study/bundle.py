"""A tuned model in one file: the fitted model, its configuration, space, seeds, environment and scores.

A zip archive (ISO/IEC 21320-1, 2015) of `manifest.json`, which a person can read without loading
anything, and `model.pkl`. Every member's SHA-256 stands in the manifest, and the manifest's own beside
it, so that a file that was changed or cut off is refused before anything in it is loaded.
"""

import json
import os
import time
import uuid
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.errors import BundleChanged, InvalidArgument, Unpicklable
from trimtab.executor.ship import culprit, ship
from trimtab.plugin import did_you_mean
from trimtab.space.parse import space_of
from trimtab.space.space import Space
from trimtab.study.manifest import (
    FORMAT,
    SEAL,
    differences,
    digest,
    environment,
    plain,
    score_entry,
    sealed,
)
from trimtab.study.study import Study

MANIFEST, MODEL, EXAMPLES = "manifest.json", "model.pkl", "examples.pkl"
_CHOICES = ("warn", "refuse", "ignore")
_MAX_MANIFEST = 64 * 2**20  # bytes; a manifest is a few kilobytes


class EnvironmentChanged(UserWarning):
    """A bundle was made with other versions of what its model needs; its predictions may differ."""


@dataclass(frozen=True)
class Bundle:
    """A model that came back, and what its manifest says."""

    model: Any
    config: Mapping[str, Any]
    manifest: Mapping[str, Any]
    differences: tuple[str, ...] = ()  # of the environment, a line each

    @property
    def space(self) -> Space | None:
        """The space that was searched, None if it was not kept; callables in it come back unchecked."""
        spec = self.manifest.get("space")
        return None if spec is None else Space.from_dict(spec)

    @property
    def scores(self) -> Mapping[str, Any]:
        """Each score by name: value, interval, confidence, method, note."""
        return dict(self.manifest["scores"])


@dataclass(frozen=True)
class Contents:
    """What goes into a bundle beside the model; everything is optional.

    config: of the model. space: that was searched. scores: numbers or intervals by name, or pairs
    (score, note). seeds: by purpose. search: how it was searched, as JSON. notes: a person's words.
    examples: rows for which the model's predictions are kept too, and compared when it is loaded. They
    lie in the file as they are: give none that must not leave the house.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    space: Any = None
    scores: Mapping[str, Any] = field(default_factory=dict)
    seeds: Mapping[str, Any] = field(default_factory=dict)
    search: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""
    examples: Any = None


def save_bundle(
    path: str | os.PathLike[str], model: Any, *, study: Study | None = None, **contents: Any
) -> dict[str, Any]:
    """Write a fitted model and all that is known of it to a file; returns the manifest.

    study: fills in the configuration and the score of its best trial, the space, the seed and how it was
    searched, where `contents` do not. contents: the fields of `Contents`, by name.

    Raises:
        InvalidArgument: a field that `Contents` does not have. Unpicklable: the model cannot be stored.
    """
    known = Contents.__dataclass_fields__
    for name in contents:
        if name not in known:
            raise InvalidArgument(
                f"{name}={contents[name]!r}: a bundle has no such part{did_you_mean(name, known)}; "
                f"there are: {', '.join(known)}"
            )
    told = Contents(**((_of_study(study) if study is not None else {}) | contents))
    members = {MODEL: _pickled("the model", {"model": model, "config": dict(told.config)})}
    if told.examples is not None:
        kept = {"x": told.examples, "predictions": np.asarray(model.predict(told.examples))}
        members[EXAMPLES] = _pickled("the examples", kept)
    manifest = sealed(_manifest(model, told, members))
    _write(Path(path), manifest, members)
    return manifest


def _manifest(model: Any, told: Contents, members: Mapping[str, bytes]) -> dict[str, Any]:
    scores = {
        name: score_entry(*(score if isinstance(score, tuple) else (score,)))
        for name, score in told.scores.items()
    }
    return {
        "format": FORMAT,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "model": {"class": f"{type(model).__module__}.{type(model).__qualname__}"},
        "config": plain(told.config),
        "scores": scores,
        "seeds": plain(told.seeds),
        "search": plain(told.search),
        "space": None if told.space is None else plain(space_of(told.space).to_dict()),
        "notes": told.notes,
        "environment": environment(members[MODEL]),
        "members": {n: {"sha256": digest(c), "bytes": len(c)} for n, c in members.items()},
    }


def _of_study(study: Study) -> dict[str, Any]:
    best = study.best
    note = f"trial {best.number}, chosen by this score among {study.history.n_finished}: too good"
    return {
        "config": dict(best.config),
        "space": study.space,
        "scores": {"selected": (best.value, note)},
        "seeds": {"study": study.ledger.seed},
        "search": {
            "study": study.name,
            "n_trials": study.history.n_finished,
            "direction": [str(one) for one in study.directions],
        },
    }


def _write(path: Path, manifest: Mapping[str, Any], members: Mapping[str, bytes]) -> None:
    """The archive, complete or not at all."""
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(MANIFEST, json.dumps(manifest, indent=2, allow_nan=False) + "\n")
            for name, content in members.items():
                archive.writestr(name, content)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def read_manifest(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What a bundle says of itself; the model is not loaded, and nothing in the file is run.

    Raises:
        FileNotFoundError: there is none. BundleChanged: no bundle, damaged, or changed since it was made.
    """
    return _read(Path(path))[0]


def load_bundle(path: str | os.PathLike[str], *, on_change: str = "warn") -> Bundle:
    """The model of a bundle, and what is known of it. Load only files that you trust: a pickle is code.

    on_change: "warn", "refuse" or "ignore" where the versions of Python or of the packages that the model
    needs are not those it was made with, or where it predicts the kept examples otherwise.

    Raises:
        FileNotFoundError: there is none. BundleChanged: no bundle, damaged, or changed since it was made;
        it cannot be loaded here; or something differs, and on_change="refuse".
    """
    if on_change not in _CHOICES:
        raise InvalidArgument(f"on_change={on_change!r} is not one of {', '.join(_CHOICES)}")
    manifest, members = _read(Path(path))
    found = differences(manifest["environment"])
    if found and on_change == "refuse":
        raise BundleChanged(_told(path, found, "on_change='warn' loads it nevertheless"))
    kept = _unpickled(path, members[MODEL], found)
    bundle = Bundle(kept["model"], kept["config"], manifest, tuple(found))
    if EXAMPLES in members:
        found += _other_predictions(bundle.model, _unpickled(path, members[EXAMPLES], found))
    if found and on_change == "refuse":
        raise BundleChanged(_told(path, found, "on_change='warn' loads it nevertheless"))
    if found and on_change == "warn":
        text = _told(path, found, "install those versions, or check what it predicts")
        warnings.warn(text, EnvironmentChanged, stacklevel=2)
    return Bundle(bundle.model, bundle.config, manifest, tuple(found))


def _read(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest and the members of a bundle that is as it was made."""
    if not path.exists():
        raise FileNotFoundError(f"there is no bundle at {path}")
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(MANIFEST).file_size > _MAX_MANIFEST:
                raise BundleChanged(f"{path} is no bundle of Trimtab: its manifest is too long")
            manifest = json.loads(archive.read(MANIFEST))
            if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
                raise BundleChanged(f"{path} is no bundle that this version reads ({FORMAT!r})")
            if sealed(manifest)[SEAL] != manifest.get(SEAL):
                raise BundleChanged(f"{path}: its {MANIFEST} was changed after it was made")
            names = list(manifest["members"])
            if sorted(archive.namelist()) != sorted([MANIFEST, *names]):
                raise BundleChanged(f"{path}: files were added or taken out after it was made")
            members = {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError) as error:
        raise BundleChanged(
            f"{path} is no bundle of Trimtab, or it is damaged: {error}; get the file again"
        ) from error
    for name, content in members.items():
        if digest(content) != manifest["members"][name]["sha256"]:
            raise BundleChanged(f"{path}: its {name} was changed after it was made")
    return manifest, members


def _pickled(what: str, thing: Any) -> bytes:
    try:
        return ship(what, thing)
    except Unpicklable as error:
        where, part = culprit(thing)
        raise Unpicklable(
            f"{what} cannot be stored in a file: {where or 'it'} is a {type(part).__qualname__}, which "
            "no pickle holds; take it out before saving"
        ) from error


def _unpickled(path: Any, content: bytes, found: list[str]) -> Any:
    import cloudpickle

    try:
        return cloudpickle.loads(content)
    except Exception as error:  # whatever a class of another version raises
        told = _told(path, found, "install the versions that its manifest names")
        raise BundleChanged(f"{told}\nIt cannot be loaded: {error!r}") from error


def _other_predictions(model: Any, kept: Mapping[str, Any]) -> list[str]:
    then, now = kept["predictions"], np.asarray(model.predict(kept["x"]))
    is_number = then.dtype.kind in "fc" and now.dtype.kind in "fciub"
    is_same = then.shape == now.shape and bool(
        np.allclose(then, now, rtol=1e-9, atol=0, equal_nan=True)
        if is_number
        else np.array_equal(then, now)
    )
    return [] if is_same else [f"other predictions of the {len(then)} examples in it"]


def _told(path: Any, found: list[str], way_out: str) -> str:
    lines = "".join(f"\n  {line}" for line in found) or "\n  (nothing else is known to differ)"
    return f"{os.fspath(path)} does not match this environment:{lines}\n{way_out}"
