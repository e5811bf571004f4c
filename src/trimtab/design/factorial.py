"""Factorial designs: full, and two-level fractions with their words, resolution and aliases.

Fisher (1935) for the factorial, Box & Hunter, "The 2**(k-p) fractional factorial designs" (1961)
for fractions, generators and resolution. Level tables count from 0 (n, d); coded two-level
designs hold -1 and +1. `level_centers` and `level_ends` carry tables to the unit cube,
`unit_rows` coded designs.
"""

import re
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from trimtab.design.check import LAST, check_count, check_finite, check_levels
from trimtab.errors import InvalidArgument
from trimtab.typing import Array, Ints, Rng

LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"  # names of columns; I is the identity
_MAX_RUNS = 10**7
_GENERATOR = re.compile(r"([+-]?)([A-Za-z]+)")


def full_factorial(counts: Sequence[int]) -> Ints:
    """Every combination of levels 0..count-1, (prod(counts), d), the first column fastest.

    Raises InvalidArgument for a count below 1 or more than 10**7 runs.
    """
    sizes = [check_count("counts", c) for c in counts]
    n = int(np.prod(sizes, dtype=object)) if sizes else 0
    if not 0 < n <= _MAX_RUNS:
        raise InvalidArgument(
            f"counts={list(counts)} give {n} runs, need 1 to {_MAX_RUNS}; take a fraction, "
            "an orthogonal array or a Latin hypercube"
        )
    return np.indices(sizes[::-1]).reshape(len(sizes), -1).T[:, ::-1].astype(np.int64)


def two_level(d: int) -> Ints:
    """The coded 2**d design of -1 and +1, (2**d, d), in Yates' order: the first column fastest."""
    return 2 * full_factorial([2] * check_count("d", d, high=23)) - 1


def three_level(d: int) -> Ints:
    """The coded 3**d design of -1, 0 and +1, (3**d, d), the first column fastest."""
    return full_factorial([3] * check_count("d", d, high=14)) - 1


def randomized(design: np.ndarray, rng: Rng) -> tuple[np.ndarray, Ints]:
    """The runs of a design in random order, and that order (n,): design[order] is the first."""
    order = rng.permutation(len(design)).astype(np.int64)
    return design[order], order


def level_centers(levels: ArrayLike, counts: ArrayLike) -> Array:
    """A level table (n, d) at the middles of its cells, (level + 1/2) / count: choices, bins."""
    table, size = _sized(levels, counts)
    return (table + 0.5) / size


def level_ends(levels: ArrayLike, counts: ArrayLike) -> Array:
    """A level table (n, d) spread from 0 to just below 1; a lone level goes to the middle."""
    table, size = _sized(levels, counts)
    spread = np.where(size > 1, table / np.maximum(size - 1, 1), 0.5)
    return np.minimum(spread, LAST)


def unit_rows(coded: ArrayLike, reach: float = 1.0) -> Array:
    """Coded factors (n, d) in [-reach, reach] mapped linearly to [0, 1); +reach to just below 1."""
    x = check_finite("coded", coded, 2)
    if not reach > 0 or np.abs(x).max(initial=0.0) > reach * (1 + 1e-12):
        raise InvalidArgument(
            f"reach={reach} must cover the coded values, up to {np.abs(x).max(initial=0.0)}"
        )
    return np.clip((x / reach + 1) / 2, 0.0, LAST)


def fractional_factorial(generators: str) -> Ints:
    """The coded two-level design of a generator string, (2**b, columns), Yates' order.

    "a b c ab -ac": single letters are the b base factors, a word is the product of its letters,
    a minus sign flips it. Raises InvalidArgument for a word with an undeclared or repeated letter.
    """
    words = _parsed(generators)
    base = _base_letters(words)
    full = two_level(len(base))
    columns = [sign * full[:, [base.index(c) for c in word]].prod(axis=1) for sign, word in words]
    return np.column_stack(columns)


def defining_words(generators: str) -> dict[str, int]:
    """The defining relation: each product of columns that is constant, with its sign.

    Columns are named A, B, C, ... in order: "a b c ab ac" gives ABD, ACE and BCDE, all +1.
    """
    words = _parsed(generators)
    base = _base_letters(words)
    independent = []
    for j, (sign, word) in enumerate(words):
        if len(word) > 1:
            mask = sum(1 << _column_of(words, c) for c in word) | 1 << j
            independent.append((mask, sign))
    relation: dict[str, int] = {}
    for size in range(1, len(words) - len(base) + 1):
        for subset in combinations(independent, size):
            mask, sign = 0, 1
            for other, s in subset:
                mask, sign = mask ^ other, sign * s
            relation[_letters(mask)] = sign
    return dict(sorted(relation.items(), key=lambda item: (len(item[0]), item[0])))


def resolution(generators: str) -> int | None:
    """Length of the shortest defining word (3 for III, ...); None for a full factorial."""
    return min((len(word) for word in defining_words(generators)), default=None)


def aliases(generators: str, order: int = 2) -> dict[str, tuple[str, ...]]:
    """For each effect of up to `order` factors, the others that the design cannot tell from it.

    "AB" -> ("-C",) says that AB is confounded with minus C. Effects with none map to ().
    """
    relation = defining_words(generators)
    d = len(_parsed(generators))
    order = check_count("order", order, high=d)
    found = {}
    for size in range(1, order + 1):
        for effect in combinations(LETTERS[:d], size):
            mask = _mask("".join(effect))
            others = [(_letters(mask ^ _mask(w)), sign) for w, sign in relation.items()]
            short = sorted((o for o in others if len(o[0]) <= order), key=lambda o: (len(o[0]), o))
            found["".join(effect)] = tuple(("-" if s < 0 else "") + (o or "I") for o, s in short)
    return found


def _parsed(generators: str) -> list[tuple[int, str]]:
    """(sign, word) of each column; letters in lower case, sorted."""
    words = []
    for text in generators.split():
        match = _GENERATOR.fullmatch(text)
        letters = match.group(2).lower() if match else ""
        if match is None or len(set(letters)) < len(letters):
            raise InvalidArgument(
                f"generators={generators!r} holds {text!r}; write words of distinct letters, "
                "such as 'a b c ab -ac'"
            )
        words.append((-1 if match.group(1) == "-" else 1, "".join(sorted(letters))))
    names = [word for _, word in words]
    if not words or len(words) > len(LETTERS) or len(set(names)) < len(names):
        raise InvalidArgument(
            f"generators={generators!r} must hold 1 to {len(LETTERS)} different words"
        )
    missing = set("".join(names)) - {word for word in names if len(word) == 1}
    if missing:
        raise InvalidArgument(
            f"generators={generators!r} uses {sorted(missing)} without a column of that name"
        )
    if any(sign < 0 and len(word) == 1 for sign, word in words):
        raise InvalidArgument(f"generators={generators!r}: a base factor cannot carry a sign")
    return words


def _base_letters(words: list[tuple[int, str]]) -> list[str]:
    return [word for _, word in words if len(word) == 1]


def _column_of(words: list[tuple[int, str]], letter: str) -> int:
    return next(j for j, (_, word) in enumerate(words) if word == letter)


def _letters(mask: int) -> str:
    return "".join(c for i, c in enumerate(LETTERS) if mask >> i & 1)


def _mask(word: str) -> int:
    return sum(1 << LETTERS.index(c) for c in word)


def _sized(levels: ArrayLike, counts: ArrayLike) -> tuple[Ints, Ints]:
    table = check_levels("levels", levels)
    size = np.asarray(counts, dtype=np.int64)
    if (table >= size).any():
        raise InvalidArgument(
            f"counts={size.tolist()} must exceed every level, up to {table.max(axis=0).tolist()}"
        )
    return table, size
