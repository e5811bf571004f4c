"""Multi-fidelity methods that are known by one name: a sampler and a scheduler that go together.

BOHB (Falkner et al. 2018), DEHB (Awad et al. 2021), Hyperband (Li et al. 2018), ASHA (Li et al. 2020), PASHA
(Bohdal et al. 2023), PriorBand (Mallik et al. 2023), MOBSTER (Klein et al. 2020), Hyper-Tune (Li et al.
2022), freeze-thaw (Swersky et al. 2014), PBT (Jaderberg et al. 2017) and PB2 (Parker-Holder et al. 2020). A
preset is a call of `create_study`: everything that it takes can be given, and `parts` says what it is made
of.
"""

from collections.abc import Mapping
from typing import Any

from trimtab.core.fidelity import Fidelity
from trimtab.errors import InvalidArgument
from trimtab.plugin import did_you_mean
from trimtab.study.create import create_study
from trimtab.study.study import Study

PARTS: Mapping[str, Mapping[str, str]] = {
    "asha": {"sampler": "Random", "scheduler": "PromotingASHA"},
    "bohb": {"sampler": "BOHB", "scheduler": "Hyperband"},
    "dehb": {"sampler": "DEHB", "scheduler": "FreshHyperband"},
    "freeze_thaw": {"sampler": "Random", "scheduler": "FreezeThaw"},
    "hyperband": {"sampler": "Random", "scheduler": "Hyperband"},
    "hyper_tune": {"sampler": "AutoPromoted", "scheduler": "HyperTune"},
    "mobster": {"sampler": "JointGP", "scheduler": "PromotingASHA"},
    "pasha": {"sampler": "Random", "scheduler": "PASHA"},
    "pb2": {"sampler": "Random", "scheduler": "PB2"},
    "pbt": {"sampler": "Random", "scheduler": "PBT"},
    "priorband": {"sampler": "PriorBand", "scheduler": "Hyperband"},
}


def parts(name: str) -> dict[str, str]:
    """The sampler and the scheduler of a preset.

    Raises:
        InvalidArgument: there is none of that name.
    """
    if name not in PARTS:
        raise InvalidArgument(
            f"preset={name!r} is not known{did_you_mean(name, PARTS)}; choose one of: {', '.join(PARTS)}"
        )
    return dict(PARTS[name])


def asha(space: Any = None, *, fidelity: Fidelity, eta: float = 3, **options: Any) -> Study:
    """Asynchronous successive halving: random configurations, promoted. `options`: see `create_study`."""
    return _made("asha", space, fidelity, eta, options)


def bohb(space: Any = None, *, fidelity: Fidelity, eta: float = 3, **options: Any) -> Study:
    """Hyperband with densities of good configurations. `options`: see `create_study`."""
    return _made("bohb", space, fidelity, eta, options)


def dehb(space: Any = None, *, fidelity: Fidelity, eta: float = 3, **options: Any) -> Study:
    """Differential evolution at each of Hyperband's budgets. `options`: see `create_study`."""
    return _made("dehb", space, fidelity, eta, options)


def freeze_thaw(space: Any = None, *, fidelity: Fidelity, step: int = 1, **options: Any) -> Study:
    """A model of all learning curves thaws trials `step` units at a time. `options`: see `create_study`."""
    return _led("freeze_thaw", space, fidelity, {"step": step}, options)


def hyperband(space: Any = None, *, fidelity: Fidelity, eta: float = 3, **options: Any) -> Study:
    """Hyperband with random configurations. `options`: see `create_study`."""
    return _made("hyperband", space, fidelity, eta, options)


def hyper_tune(space: Any = None, *, fidelity: Fidelity, eta: float = 3, **options: Any) -> Study:
    """A process over configurations and budgets, with learned brackets. `options`: see `create_study`."""
    return _made("hyper_tune", space, fidelity, eta, options)


def mobster(space: Any = None, *, fidelity: Fidelity, eta: float = 3, **options: Any) -> Study:
    """A Gaussian process over configurations and budgets, with promotion. `options`: see `create_study`."""
    return _made("mobster", space, fidelity, eta, options)


def pasha(space: Any = None, *, fidelity: Fidelity, eta: float = 3, **options: Any) -> Study:
    """Promotion up to a budget that rises while ranks change. `options`: see `create_study`."""
    return _made("pasha", space, fidelity, eta, options)


def pb2(
    space: Any = None,
    *,
    fidelity: Fidelity,
    population: int = 4,
    interval: int = 5,
    **options: Any,
) -> Study:
    """Population based bandits; the objective saves checkpoints. `options`: see `create_study`."""
    settings = {"population": population, "interval": interval}
    return _led("pb2", space, fidelity, settings, options)


def pbt(
    space: Any = None,
    *,
    fidelity: Fidelity,
    population: int = 20,
    interval: int = 5,
    **options: Any,
) -> Study:
    """Population based training; the objective saves checkpoints. `options`: see `create_study`."""
    settings = {"population": population, "interval": interval}
    return _led("pbt", space, fidelity, settings, options)


def priorband(space: Any = None, *, fidelity: Fidelity, eta: float = 3, **options: Any) -> Study:
    """Hyperband around the space's defaults, as far as they prove good. `options`: see `create_study`."""
    return _made("priorband", space, fidelity, eta, options)


def _made(name: str, space: Any, fidelity: Fidelity, eta: float, options: dict[str, Any]) -> Study:
    sampler = {} if PARTS[name]["sampler"] == "Random" else {"eta": eta}
    return _led(name, space, fidelity, {"eta": eta}, options, sampler)


def _led(
    name: str,
    space: Any,
    fidelity: Fidelity,
    settings: Mapping[str, Any],
    options: dict[str, Any],
    of_sampler: Mapping[str, Any] | None = None,
) -> Study:
    for word in ("sampler", "scheduler", "pruner"):
        if word in options:
            raise InvalidArgument(
                f"{word}={options[word]!r}: the preset {name} has its own; call create_study for another"
            )
    sampler = {"name": PARTS[name]["sampler"], **(of_sampler or {})}
    scheduler = {"name": PARTS[name]["scheduler"], **settings}
    return create_study(space, sampler=sampler, scheduler=scheduler, fidelity=fidelity, **options)
