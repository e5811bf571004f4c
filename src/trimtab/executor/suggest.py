"""What a trial's `suggest_*` calls return: the proposed value, or a draw where nothing was proposed.

In a study with a declared space the value is looked up. In a define-by-run study (Akiba et al. 2019)
a value that was offered is taken, and anything else is drawn from the counter-based stream of its
name: entry `task.index` of column `name`, the very number that random search over the declared space
would have used, so the order of the calls does not matter and both ways of writing agree.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from trimtab.core.message import Chosen, Task
from trimtab.errors import SpaceError
from trimtab.plugin import did_you_mean
from trimtab.rng import RETRY, column_uniforms, stream
from trimtab.space.columns import column_key
from trimtab.space.domain import Domain
from trimtab.space.space import Space
from trimtab.space.value import check_name

_TRIES = 10_000  # draws of a whole space until its constraints are kept
_NOT_THE_RANGE = ("default", "prior", "weights")


class Suggestions:
    """The configuration of one trial, and how it comes about."""

    def __init__(self, task: Task) -> None:
        self.config: dict[str, Any] = {} if task.is_open else dict(task.config)
        self._task = task
        self._grown: dict[str, Domain] = {}  # new to the study's space

    def chosen(self) -> Chosen:
        """The configuration so far, and the domains that the study does not know yet."""
        return Chosen(dict(self.config), dict(self._grown))

    def choose(self, name: str, domain: Domain) -> Any:
        """The value of one parameter.

        Raises:
            SpaceError: `name` is known with another range, inactive, or was offered a value outside.
        """
        name = _checked(name) if type(name) is str else check_name(name)
        known = self._known(name, domain)
        if name in self.config:
            return self.config[name]
        if not self._task.is_open:
            raise SpaceError(
                f"'{name}' is not active in trial {self._task.number}: its condition does not hold for "
                f"{self.config!r}; ask for it only where the condition holds"
            )
        value = self._draw(name, known)
        self._take(name, known, value)
        return value

    def choose_all(self, space: Space) -> dict[str, Any]:
        """The active parameters of a whole space, in declared order.

        Raises:
            SpaceError: a name is known with another range, or no configuration keeps the constraints.
        """
        for name in space.names:
            self._known(name, space.domains[name])
        if not self._task.is_open:
            return {name: self.config[name] for name in space.names if name in self.config}
        config = self._draw_all(space)
        for name, value in config.items():
            if name not in self.config:
                self._take(name, self._known(name, space.domains[name]), value)
        return config

    def _known(self, name: str, domain: Domain) -> Domain:
        """The domain that counts for this name: the one the study has, or the one given."""
        known = self._task.space.domains.get(name, self._grown.get(name))
        if known is None:
            if not self._task.is_open:
                names = self._task.space.names
                raise SpaceError(
                    f"'{name}' is not in the study's space{did_you_mean(name, names)}; it has "
                    f"{', '.join(map(repr, names)) or 'no parameters'}"
                )
            return domain
        if known is not domain and known != domain and _range(known) != _range(domain):
            raise SpaceError(
                f"'{name}' is {known.text()} in this study and was suggested as {domain.text()}; use one "
                "range for a name, or two names"
            )
        return known

    def _take(self, name: str, domain: Domain, value: Any) -> None:
        self.config[name] = value
        if name not in self._task.space.domains:
            self._grown[name] = domain

    def _draw(self, name: str, domain: Domain) -> Any:
        if name in self._task.config:
            code = np.array([domain.code(name, self._task.config[name])])
        else:
            code = domain.from_unit(self._uniform(name))
        return domain.values(code)[0]

    def _uniform(self, name: str) -> Any:
        return column_uniforms(self._task.key, column_key(name), self._task.index, 1)  # (1,)

    def _draw_all(self, space: Space) -> dict[str, Any]:
        given = {**self._task.config, **self.config}
        codes = {
            i: space.domains[name].code(name, given[name])
            for i, name in enumerate(space.names)
            if name in given
        }
        x = np.array([[self._uniform(name)[0] for name in space.names]]).reshape(
            1, len(space.names)
        )
        rng = stream(self._task.seed, RETRY)
        for _ in range(_TRIES):
            for i, code in codes.items():
                x[0, i] = space.domains[space.names[i]].to_unit(np.array([code]))[0]
            row = space.from_unit(x)
            for i, code in codes.items():
                if not np.isnan(row[0, i]):
                    row[0, i] = (
                        code  # exactly what was given, not what its unit coordinate rounds to
                    )
            if space.is_valid(row)[0]:
                return space.configs(row)[0]
            x = rng.random(x.shape)
        constraints = "; ".join(c.text() for c in space.constraints)
        raise SpaceError(
            f"suggest: no configuration in {_TRIES} draws keeps the constraints ({constraints})"
            + (f" with {given!r} given" if codes else "")
            + "; loosen them"
        )


_checked = lru_cache(1024)(check_name)  # a loop suggests the same few names again and again


def _range(domain: Domain) -> dict[str, Any]:
    """What two spellings of a domain must share; where the draws concentrate does not matter."""
    spec = {key: value for key, value in domain.to_dict().items() if key not in _NOT_THE_RANGE}
    if spec["type"] == "ordinal":
        return {"type": "categorical", "choices": spec["values"]}
    return spec


@lru_cache(4096, typed=True)  # 1, 1.0 and True are different bounds
def _remade(kind: Any, low: Any, high: Any, step: Any, log: Any) -> Any:
    return kind(low, high, step=step, log=log)


def made(kind: Any, low: Any, high: Any, step: Any, log: Any) -> Any:
    """A domain; the same object each time that an objective declares it in the same words."""
    try:
        return _remade(kind, low, high, step, log)
    except TypeError:  # a bound that cannot be hashed is no number: let the domain say so
        return kind(low, high, step=step, log=log)
