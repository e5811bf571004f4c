"""From what a user searches to a `Space`, and from its configurations to parameters of an estimator.

A list of dicts is a tree with one choice at the top (Bergstra et al. 2011): first a dict is chosen, then
the parameters in it. Names are checked against the estimator before the first fit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trimtab.errors import SpaceError
from trimtab.plugin import did_you_mean
from trimtab.space.choice import Categorical
from trimtab.space.constraint import constraint_from
from trimtab.space.parse import space_of
from trimtab.space.space import Space

BRANCH = "space"  # the parameter that says which dict of a list was chosen


@dataclass(frozen=True)
class Candidates:
    """A space, and how many dicts it was made of; None: one, whose names are the estimator's."""

    space: Space
    n_branches: int | None = None

    @classmethod
    def of(cls, spec: Any, constraints: Any, estimator: Any) -> "Candidates":
        """The candidates that a user spells.

        `spec`: anything that a `Space` may be made of, or a list of dicts. `constraints`: formulas and
        callables that must hold; in a list of dicts, those in which all of a formula's names occur.

        Raises:
            SpaceError: a spelling that is not understood, or a name that is no parameter of the estimator.
        """
        rules = (
            [constraints] if isinstance(constraints, str) or callable(constraints) else constraints
        )
        rules = list(rules or ())
        if isinstance(spec, Sequence) and not isinstance(spec, str):
            if not spec or not all(isinstance(branch, Mapping | Space) for branch in spec):
                raise SpaceError(f"space={spec!r}: a list of spaces holds dicts, one or more")
            branches = [_checked(_sorted(branch), estimator) for branch in spec]
            return cls(_joined(branches, rules), len(branches))
        space = _checked(_sorted(spec), estimator)
        return cls(Space(space, where=rules) if rules else space)

    def params(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of the estimator, in the order of their names."""
        if self.n_branches is None:
            return dict(config)
        prefix = f"{config[BRANCH]}."
        return {n.removeprefix(prefix): v for n, v in config.items() if n.startswith(prefix)}


def _sorted(spec: Any) -> Space:
    """Parameters by name, as scikit-learn has them: a grid then comes in the same order."""
    if isinstance(spec, Mapping) and "parameters" not in spec:
        spec = {name: spec[name] for name in sorted(spec, key=str)}
    return space_of(spec)


def _joined(branches: Sequence[Space], rules: Iterable[Any]) -> Space:
    homes: dict[str, Any] = {}
    checked = [(rule, constraint_from(rule).names) for rule in rules]
    for rule, names in checked:
        if not any(set(names or ()) <= set(branch.names) for branch in branches):
            raise SpaceError(
                f"the constraint {rule!r} looks at {', '.join(names or ())}, which no dict of the list "
                "has together"
            )
    for i, branch in enumerate(branches):
        own = [rule for rule, names in checked if set(names or ()) <= set(branch.names)]
        homes[str(i)] = Space(branch, where=own)
    return Space({BRANCH: Categorical(homes)})


def _checked(space: Space, estimator: Any) -> Space:
    """The space, if every name is a parameter of the estimator, or of one that is searched."""
    known = estimator.get_params(deep=True)
    for name in space.names:
        parts = name.split("__")
        outer = {"__".join(parts[:i]) for i in range(1, len(parts))}
        if name not in known and not outer & set(space.names):
            raise SpaceError(
                f"{name!r} is no parameter of {type(estimator).__name__}{did_you_mean(name, known)}; "
                f"there are: {', '.join(sorted(known))}"
            )
    return space
