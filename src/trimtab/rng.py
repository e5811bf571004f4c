"""Random streams: one generator per use, named by a path of integers, so a replay draws the same numbers.

`stream` serves everything that happens once. `column_uniforms` is the counter-based stream behind
random search: entry i of a column depends on the study's key, the column's key and i alone, so that
proposals can be drawn in blocks, in any order, by any process, and adding a parameter to a space
leaves the draws of the others as they were. It is Philox-4x64 (Salmon et al. 2011), as NumPy has it.
"""

import hashlib

import numpy as np

from trimtab.errors import InvalidArgument
from trimtab.typing import Array, Rng

INIT, ASK, TELL, NEXT, FILL, RETRY = range(6)
_POOL, _WORD = 4, 2**32 - 1  # words of SeedSequence's pool
_PER_COUNTER = 4  # Philox yields four 64-bit words a counter step


def stream(seed: int, *path: int) -> Rng:
    """The generator for one use, e.g. `stream(seed, ASK, number)`.

    NOTE: that of `default_rng(SeedSequence(seed, spawn_key=path))`, whose entropy is made here, in the words
    that it would be turned into, because there it takes as long as everything else.
    """
    entropy = _words(seed)
    if path:
        entropy += [0] * (_POOL - len(entropy))
        for part in path:
            entropy += _words(part)
    bits = np.random.PCG64(np.random.SeedSequence(np.array(entropy, np.uint32)))
    return np.random.Generator(bits)


def _words(n: int) -> list[int]:
    """A whole number, 0 or more, in words of 32 bits, the lowest first."""
    if n < 0:
        raise InvalidArgument(f"seed={n!r}: a seed is a whole number, 0 or more")
    found = [n & _WORD]
    while n := n >> 32:
        found.append(n & _WORD)
    return found


def fresh_seed() -> int:
    """A seed from the operating system's entropy, for a study that was given none; 63 bits."""
    return int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> np.uint64(1))


def draw_key(rng: Rng) -> int:
    """One 63-bit key for `column_uniforms`, drawn from a generator."""
    return int(rng.integers(2**63))


def trial_seed(seed: int, number: int) -> int:
    """The 32-bit seed handed to trial `number`: a function of the two alone, never of scheduling."""
    digest = hashlib.blake2b(f"{seed}/{number}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big")


def column_uniforms(key: int, column: int, start: int, n: int) -> Array:
    """Entries start..start+n of one column's uniform stream on [0, 1): shape (n,)."""
    bits = np.random.Philox(key=np.array([key, column], np.uint64))
    if start:
        bits.advance(start // _PER_COUNTER)
    skip = start % _PER_COUNTER
    return np.random.Generator(bits).random(n + skip)[skip:]
