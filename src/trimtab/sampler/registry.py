"""The samplers by name, and their settings as JSON.

A sampler is a frozen dataclass, so its settings are its fields (as in evosax, Lange 2022); what is
written down is `{"name": "Sobol", "scramble": true, "skip": 0}`.
"""

import inspect
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from trimtab.core.protocols import Sampler
from trimtab.errors import InvalidArgument
from trimtab.plugin import Registry, did_you_mean

REGISTRY = Registry(
    "sampler",
    {
        "Random": "trimtab.sampler.random:Random",
        "Sobol": "trimtab.sampler.sobol:Sobol",
        "Halton": "trimtab.sampler.halton:Halton",
        "VanDerCorput": "trimtab.sampler.van_der_corput:VanDerCorput",
        "Faure": "trimtab.sampler.faure:Faure",
        "LatinHypercube": "trimtab.sampler.latin_hypercube:LatinHypercube",
        "Stratified": "trimtab.sampler.stratified:Stratified",
        "Antithetic": "trimtab.sampler.antithetic:Antithetic",
        "OrthogonalArray": "trimtab.sampler.orthogonal_array:OrthogonalArray",
        "FullFactorial": "trimtab.sampler.factorial:FullFactorial",
        "FractionalFactorial": "trimtab.sampler.fractional_factorial:FractionalFactorial",
        "PlackettBurman": "trimtab.sampler.plackett_burman:PlackettBurman",
        "CentralComposite": "trimtab.sampler.central_composite:CentralComposite",
        "Grid": "trimtab.sampler.grid:Grid",
        "RandomGrid": "trimtab.sampler.random_grid:RandomGrid",
        "Manual": "trimtab.sampler.manual:Manual",
        "OneAtATime": "trimtab.sampler.one_at_a_time:OneAtATime",
        "CoarseToFine": "trimtab.sampler.coarse_to_fine:CoarseToFine",
        "AdaptiveGrid": "trimtab.sampler.adaptive_grid:AdaptiveGrid",
        "MultiScale": "trimtab.sampler.multi_scale:MultiScale",
        "LocalGrid": "trimtab.sampler.local_grid:LocalGrid",
        "Hierarchical": "trimtab.sampler.hierarchical:Hierarchical",
        "CMAES": "trimtab.sampler.cmaes:CMAES",
        "ES": "trimtab.sampler.es:ES",
        "NaturalES": "trimtab.sampler.natural_es:NaturalES",
        "DE": "trimtab.sampler.de:DE",
        "SHADE": "trimtab.sampler.shade:SHADE",
        "GA": "trimtab.sampler.ga:GA",
        "PSO": "trimtab.sampler.pso:PSO",
        "CrossEntropy": "trimtab.sampler.cross_entropy:CrossEntropy",
        "GP": "trimtab.sampler.gp:GP",
        "TrustRegion": "trimtab.sampler.trust_region:TrustRegion",
        "Auto": "trimtab.sampler.auto:Auto",
        "NelderMead": "trimtab.sampler.nelder_mead:NelderMead",
        "HookeJeeves": "trimtab.sampler.hooke_jeeves:HookeJeeves",
        "Compass": "trimtab.sampler.compass:Compass",
        "Pattern": "trimtab.sampler.pattern:Pattern",
        "MADS": "trimtab.sampler.mads:MADS",
        "Annealing": "trimtab.sampler.annealing:Annealing",
        "UCB1": "trimtab.sampler.bandit:UCB1",
        "EpsilonGreedy": "trimtab.sampler.bandit:EpsilonGreedy",
        "EXP3": "trimtab.sampler.bandit:EXP3",
        "Thompson": "trimtab.sampler.bandit:Thompson",
        "SuccessiveElimination": "trimtab.sampler.bandit:SuccessiveElimination",
        "Chain": "trimtab.sampler.chain:Chain",
        "Interleave": "trimtab.sampler.chain:Interleave",
        "Fallback": "trimtab.sampler.chain:Fallback",
        "Restart": "trimtab.sampler.restart:Restart",
        "Portfolio": "trimtab.sampler.portfolio:Portfolio",
        "TPE": "trimtab.sampler.tpe:TPE",
        "Forest": "trimtab.sampler.forest:Forest",
    },
)
_VERBS = ("init", "tell", "ask", "supports")


def sampler_of(spec: Any) -> Sampler[Any]:
    """The sampler that a user means.

    `spec`: a sampler; its class; a name in any case, such as "sobol"; or a dict of a name and settings,
    such as {"name": "Grid", "levels": 5}.

    Raises:
        InvalidArgument: a name or a setting that is not known, a setting missing, or none of these.
    """
    if isinstance(spec, str):
        return _made(REGISTRY.load(spec), {})
    if isinstance(spec, Mapping):
        settings = {str(key): value for key, value in spec.items()}
        name = settings.pop("name", None)
        if not isinstance(name, str):
            raise InvalidArgument(
                f"sampler={dict(spec)!r} has no name; give {{'name': 'Random', ...}}"
            )
        return _made(REGISTRY.load(name), settings)
    if all(hasattr(spec, verb) for verb in _VERBS):
        return _made(spec, {}) if isinstance(spec, type) else spec
    raise InvalidArgument(
        f"sampler={spec!r} is no sampler; give a name such as 'random', a dict, or an object with "
        f"{', '.join(_VERBS)}"
    )


def settings_of(sampler: Sampler[Any]) -> dict[str, Any]:
    """Name and settings of a sampler, as plain JSON; `sampler_of` reads them.

    Raises:
        InvalidArgument: a setting that JSON cannot hold.
    """
    settings: dict[str, Any] = {"name": type(sampler).__name__}
    if is_dataclass(sampler):
        for f in fields(sampler):
            settings[f.name] = _plain(f.name, getattr(sampler, f.name))
    return settings


def _made(kind: Any, settings: Mapping[str, Any]) -> Sampler[Any]:
    """A sampler of a class, its settings checked by name."""
    known = inspect.signature(kind).parameters
    for name in settings:
        if name not in known:
            raise InvalidArgument(
                f"{kind.__name__} has no setting {name!r}{did_you_mean(name, known)}; "
                f"it has: {', '.join(known) or 'none'}"
            )
    for name, parameter in known.items():
        if parameter.default is parameter.empty and name not in settings:
            raise InvalidArgument(
                f"{kind.__name__} needs {name}=...; say {kind.__name__}({name}=...)"
            )
    inside = getattr(kind, "holds_samplers", ())
    given = {name: _revived(v) if name in inside else v for name, v in settings.items()}
    sampler: Sampler[Any] = kind(**given)
    return sampler


def _revived(value: Any) -> Any:
    """The samplers in a setting that holds some: names and dicts become objects, in lists as well."""
    if isinstance(value, str | Mapping):
        return sampler_of(value)
    return tuple(_revived(item) for item in value) if isinstance(value, list | tuple) else value


def _plain(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(f"{name}[{key!r}]", item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(name, item) for item in value]
    if not isinstance(value, type) and all(hasattr(value, verb) for verb in _VERBS):
        return settings_of(value)
    raise InvalidArgument(
        f"{name}={value!r} cannot be written as JSON; use numbers, strings, lists or dicts"
    )
