"""A random order of 0..size-1 that takes no memory: entry i is computed from the key and i.

A Feistel network (Luby & Rackoff 1988) permutes the words of an even number of bits; walking its
cycles until they come back below `size` cuts it down to any size (Black & Rogaway 2002).
"""

import numpy as np

from trimtab.design.check import check_count
from trimtab.design.sequence import keyed_words
from trimtab.errors import InvalidArgument
from trimtab.typing import Ints, Keys

_ROUNDS = 6
_LARGEST = 2**62


def permuted(index: Ints, size: int, key: int) -> Ints:
    """Entries `index` (n,) of the random permutation of 0..size-1 named by `key`; (n,).

    Raises InvalidArgument for an index outside 0..size-1 or a size over 2**62.
    """
    size = check_count("size", size, high=_LARGEST)
    if len(index) and (index.min() < 0 or index.max() >= size):
        raise InvalidArgument(f"index must lie in 0..{size - 1}, got {index.min()}..{index.max()}")
    half = max(1, -(-(size - 1).bit_length() // 2))
    words = _network(index.astype(np.uint64), half, key)
    while (outside := words >= size).any():  # at most 4 words for each index: few rounds
        words[outside] = _network(words[outside], half, key)
    return words.astype(np.int64)


def _network(words: Keys, half: int, key: int) -> Keys:
    """A bijection of words of 2 * half bits."""
    mask, shift = np.uint64((1 << half) - 1), np.uint64(half)
    left, right = words >> shift, words & mask
    for i in range(_ROUNDS):
        left, right = right, left ^ (keyed_words(key, np.array([i]), right) & mask)
    return left << shift | right
