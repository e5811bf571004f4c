"""Designs by name: `trimtab.design.latin_hypercube(8, 3, rng)` loads the one file it needs.

What has the name of its file is in there: `trimtab.design.sobol.sobol(0, 8, 3)`.
"""

from trimtab.lazy import lazily as _lazily

_NAMES = {
    "filling": (
        "latin_hypercube maximin_latin_hypercube orthogonal_latin_hypercube stratified jittered_grid "
        "antithetic min_distance phi_p"
    ),
    "halton": "van_der_corput halton_correlation worst_correlation correlation_warning",
    "faure": "faure_base faure_start",
    "sobol": "balance_warning",
    "sequence": "primes",
    "factorial": (
        "full_factorial two_level three_level fractional_factorial defining_words resolution aliases "
        "randomized level_centers level_ends unit_rows"
    ),
    "hadamard": "plackett_burman hadamard_orders",
    "orthogonal": (
        "orthogonal_array bose bush rao_hamming l18 tang valid_runs strength is_balanced relabeled "
        "cell_sample"
    ),
    "response_surface": "circumscribed inscribed face_centered box_behnken rotatable_reach",
    "d_optimal": "coordinate_exchange d_efficiency exchange_gain",
    "model": "Term linear_terms interaction_terms quadratic_terms model_matrix least_squares",
    "refine": "one_at_a_time box_grid product_rows axis_points",
    "effect": (
        "Effects two_level_effects level_means main_effects one_way_effects pair_interaction HalfNormal "
        "half_normal lenth"
    ),
    "montecarlo": (
        "Estimate plain_mean weighted_mean antithetic_mean stratified_mean control_variate_mean Controlled "
        "importance_weights effective_size"
    ),
}
_HOME = {name: file for file, names in _NAMES.items() for name in names.split()}
_FILES = ("sobol", "halton", "faure", "hadamard", "d_optimal", "discrepancy", "spanning")

__all__ = [*_HOME]

__getattr__, __dir__ = _lazily(__name__, _HOME, _FILES)
