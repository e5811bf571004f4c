"""Models of results by name: `trimtab.surrogate.GaussianProcess` loads the one file it needs.

What has the name of its file is in there: `trimtab.surrogate.sparse.sparse(kernel, x, y, z, noise)`.
"""

from trimtab.lazy import lazily as _lazily

_NAMES = {
    "gp": "GaussianProcess constant affine",
    "posterior": "Posterior",
    "kernel": "Kernel Tape Constant Scaled Sum Product On",
    "stationary": "Stationary rbf matern rational_quadratic",
    "trend": "Overlap Periodic Polynomial Linear",
    "deep_kernel": "DeepKernel",
    "prior": "Prior Gamma LogNormal Flat Each Joint dimension_scaled usual_lengthscales",
    "transform": (
        "TRANSFORMS standardized winsorized logarithmic ranked half_ranked log_half_ranked "
        "power_transformed scaled_power yeo_johnson box_cox best_power kumaraswamy"
    ),
    "embedding": "Embedding embedding_of",
    "named": "KERNELS",
    "selection": "Suited compared process_of",
    "mahalanobis": "Mahalanobis",
    "slice": "slice_samples sampled_parameters",
    "laplace": "laplace_draws",
    "sparse": "SparsePosterior inducing_rows",
    "size": "regression TooManyRows",
    "features": "Fourier fourier LinearPosterior regressed Path drawn_path",
    "diagnosis": "diagnosed",
    "additive": "AdditiveProcess component",
    "saas": "SparseProcess",
    "axes": "Axes axes_of",
}
_HOME = {name: file for file, names in _NAMES.items() for name in names.split()}
_FILES = ("sparse", "forest", "boosted", "parzen")

__all__ = [*_HOME]

__getattr__, __dir__ = _lazily(__name__, _HOME, _FILES)
