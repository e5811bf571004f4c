"""Slots on the GPUs of this machine: which ones a worker process may see, so that none is given twice.

A worker keeps its slot for its life, and sees the GPUs in it alone, through CUDA_VISIBLE_DEVICES (CUDA
programming guide, 2010). What a share means is up to the trials: nothing keeps them to half the memory.
"""

import math
import os
from collections.abc import Mapping
from pathlib import Path

from trimtab.errors import InvalidArgument, Unsupported

VARIABLE = "CUDA_VISIBLE_DEVICES"
_DEVICES = Path("/dev")


def visible_gpus() -> tuple[str, ...]:
    """The GPUs that this process may use: as CUDA_VISIBLE_DEVICES says, else all that there are."""
    given = os.environ.get(VARIABLE)
    if given is None:
        found = [p for p in _DEVICES.glob("nvidia*") if p.name.removeprefix("nvidia").isdigit()]
        return tuple(map(str, range(len(found))))
    names = []
    for name in (word.strip() for word in given.split(",")):
        if name in ("", "-1"):
            break  # as CUDA reads it: what follows an invalid name is not seen either
        names.append(name)
    return tuple(names)


def check_room(n_workers: int | None, gpus: float) -> int:
    """How many workers have a slot of `gpus` each; None: as many as there is room for.

    Raises:
        Unsupported: there is no GPU, or fewer than one worker needs.
        InvalidArgument: there is no room for so many workers.
    """
    devices = visible_gpus()
    room = Slots(devices, gpus).room
    if not room:
        where = os.environ.get(VARIABLE)
        told = "none was found" if where is None else f"{VARIABLE}={where!r}"
        raise Unsupported(
            f"gpus={gpus:g}: this machine has {len(devices)} GPUs ({told}); leave gpus out, or ask for less"
        )
    if n_workers is None:
        return room
    if n_workers > room:
        raise InvalidArgument(
            f"{n_workers} trials at once with gpus={gpus:g} each: {len(devices)} GPUs "
            f"({', '.join(devices)}) have room for {room}; n_jobs=-1 takes as many as fit"
        )
    return n_workers


class Slots:
    """The slots of some GPUs: `gpus` for each, a share of one, or several whole ones; 0: no GPU at all."""

    def __init__(self, devices: tuple[str, ...], gpus: float) -> None:
        self.gpus = gpus
        self._n_each = max(1, math.floor(gpus))  # GPUs in a slot
        self._most = 1 if gpus >= 1 else math.floor(1 / gpus + 1e-9) if gpus > 0 else 0
        self._users = dict.fromkeys(devices, 0)

    @property
    def room(self) -> int:
        """How many slots there are in all."""
        return len(self._users) // self._n_each * self._most

    def take(self) -> tuple[str, ...]:
        """A slot on the GPUs with the fewest users.

        Raises:
            InvalidArgument: none is free.
        """
        free = sorted((n, i, d) for i, (d, n) in enumerate(self._users.items()) if n < self._most)
        if len(free) < self._n_each:
            raise InvalidArgument(f"no slot of {self.gpus:g} GPUs is free")
        taken = tuple(device for _, _, device in free[: self._n_each])
        for device in taken:
            self._users[device] += 1
        return taken

    def give_back(self, taken: tuple[str, ...]) -> None:
        """Free a slot that `take` gave."""
        for device in taken:
            self._users[device] -= 1


def seen(taken: tuple[str, ...]) -> Mapping[str, str]:
    """The environment of a worker with this slot; nothing changes for one without."""
    return {VARIABLE: ",".join(taken)} if taken else {}
