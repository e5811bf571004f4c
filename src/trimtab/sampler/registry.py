"""The samplers by name, and their settings as JSON (see `trimtab.plugin`)."""

from typing import Any

from trimtab.core.protocols import Sampler
from trimtab.plugin import Registry, part_of, settings_of

__all__ = ["REGISTRY", "sampler_of", "settings_of"]

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
        "TREGO": "trimtab.sampler.trego:TREGO",
        "Additive": "trimtab.sampler.additive:Additive",
        "Contextual": "trimtab.sampler.contextual:Contextual",
        "LinUCB": "trimtab.sampler.linucb:LinUCB",
        "MultiTask": "trimtab.sampler.multi_task:MultiTask",
        "SAAS": "trimtab.sampler.saas:SAAS",
        "Dropout": "trimtab.sampler.dropout:Dropout",
        "REMBO": "trimtab.sampler.rembo:REMBO",
        "ALEBO": "trimtab.sampler.alebo:ALEBO",
        "Subspace": "trimtab.sampler.subspace:Subspace",
        "JointGP": "trimtab.sampler.joint_gp:JointGP",
        "BOHB": "trimtab.sampler.bohb:BOHB",
        "DEHB": "trimtab.sampler.dehb:DEHB",
        "PriorBand": "trimtab.sampler.priorband:PriorBand",
        "Auto": "trimtab.sampler.auto:Auto",
        "AutoPromoted": "trimtab.sampler.auto_promoted:AutoPromoted",
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
        "Rounds": "trimtab.sampler.rounds:Rounds",
        "Portfolio": "trimtab.sampler.portfolio:Portfolio",
        "TPE": "trimtab.sampler.tpe:TPE",
        "Forest": "trimtab.sampler.forest:Forest",
    },
    synonyms={"bayes": "GP", "bayesian": "GP"},
)
_VERBS = ("init", "tell", "ask", "supports")


def sampler_of(spec: Any) -> Sampler[Any]:
    """The sampler that a user means.

    `spec`: a sampler; its class; a name in any case, such as "sobol", or "bayes" for "gp"; or a dict of a
    name and settings, such as {"name": "Grid", "levels": 5}.

    Raises:
        InvalidArgument: a name or a setting that is not known, a setting missing, or none of these.
    """
    sampler: Sampler[Any] = part_of(REGISTRY, _VERBS, spec, "Random")
    return sampler
