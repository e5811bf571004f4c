"""Arrays that all workers on this machine read from one copy: a data set is loaded once, not once a worker.

They lie in files that each worker maps (mmap(2), 4.2BSD 1983), in memory where the system has a file system
there (/dev/shm), else in the folder for temporary files, where the kernel's page cache shares them.
"""

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.typing import Array

_MEMORY = Path("/dev/shm")


class Shared(Mapping[str, Array]):
    """Arrays by name, read-only: `data = tt.Shared(x=x, y=y)`, then `data.x` or `data["x"]` in the objective.

    Sent to a worker process, it is the place that travels, not the numbers. The files go when the program
    that made them ends, or has forgotten it. Workers on other hosts do not find them: on a Ray cluster of
    several nodes use `ray.put`.

    Raises:
        InvalidArgument: no arrays; one of Python objects; or, in a worker, files that are not there.
        OSError: there is no room for them.
    """

    def __init__(self, **arrays: Any) -> None:
        if not arrays:
            raise InvalidArgument("Shared: give arrays by name, e.g. Shared(x=x, y=y)")
        plain = {name: np.asarray(array) for name, array in arrays.items()}
        for name, array in plain.items():
            if array.dtype.hasobject:
                raise InvalidArgument(
                    f"Shared: {name}={type(arrays[name]).__name__} holds Python objects, "
                    "which cannot be shared; use numbers, or text of a fixed length"
                )
        folder = _folder(sum(array.nbytes for array in plain.values()))
        self._finalizer = weakref.finalize(self, _forget, str(folder), os.getpid())
        for i, array in enumerate(plain.values()):
            np.save(folder / f"{i}.npy", array, allow_pickle=False)
        self._open(folder, tuple(plain))

    def _open(self, folder: Path, names: tuple[str, ...]) -> None:
        self._place, self._names = folder, names
        self._arrays = {
            name: np.load(folder / f"{i}.npy", mmap_mode="r", allow_pickle=False)
            for i, name in enumerate(names)
        }

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __getattr__(self, name: str) -> Array:
        arrays: dict[str, Array] = self.__dict__.get("_arrays", {})
        if name not in arrays:
            raise AttributeError(f"Shared has no array {name!r}; it has {', '.join(arrays)}")
        return arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"<Shared {', '.join(f'{name} {a.dtype} {a.shape}' for name, a in self.items())}>"

    def __reduce__(self) -> Any:
        return attach, (str(self._place), self._names)


def attach(folder: str, names: tuple[str, ...]) -> Shared:
    """The arrays that another process of this machine shares.

    Raises:
        InvalidArgument: their files are not there: another host, or the program that made them has ended.
    """
    found = Shared.__new__(Shared)
    try:
        found._open(Path(folder), tuple(names))
    except OSError as error:
        raise InvalidArgument(
            f"Shared: {folder} cannot be read here ({error.strerror}); its program has ended, "
            "or this is another host"
        ) from error
    return found


def _folder(size: int) -> Path:
    """A new folder, in memory where there is room for it."""
    home = None
    if (
        _MEMORY.is_dir()
        and os.access(_MEMORY, os.W_OK)
        and shutil.disk_usage(_MEMORY).free > 2 * size
    ):
        home = str(_MEMORY)
    return Path(tempfile.mkdtemp(prefix="trimtab-shared-", dir=home))


def _forget(folder: str, pid: int) -> None:
    if os.getpid() == pid:  # not in a child that was forked
        shutil.rmtree(folder, ignore_errors=True)
