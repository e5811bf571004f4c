"""What a proposal is worth, by name: `trimtab.acquisition.expected_improvement` loads the one file it needs.

What has the name of its file is in there: `trimtab.acquisition.maximize.maximize(surface, space, rng, ...)`.
"""

from trimtab.lazy import lazily as _lazily

_NAMES = {
    "analytic": (
        "Criterion expected_improvement log_expected_improvement probability_of_improvement "
        "log_probability_of_improvement lower_confidence_bound"
    ),
    "augmentation": "augmented effective_best",
    "entropy": "max_value_entropy gumbel_minima",
    "knowledge_gradient": "KnowledgeGradient expected_least",
    "schedule": "beta_finite beta_compact beta_rkhs beta_brochu beta_seed information_gain regret_bound",
    "thompson": "constrained_thompson",
    "batch": ("joint_improvement even_normals believed lied_to fantasies Penalty penalty_around"),
    "pending": "thought penalty",
    "surface": "Part Features Judged Surface log_success log_probability_below",
    "joint": "JointImprovement improvement_beyond",
    "mixture": "Mixture",
    "weight": "Belief PerCost belief_of",
    "given": "Given GivenFeatures given_of",
    "maximize": "Climbable Effort best_of candidates canonical all_rows first_free",
    "ascent": "ascend",
}
_HOME = {name: file for file, names in _NAMES.items() for name in names.split()}
_FILES = ("maximize", "thompson")

__all__ = [*_HOME]

__getattr__, __dir__ = _lazily(__name__, _HOME, _FILES)
