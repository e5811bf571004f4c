"""Models of results by name: `trimtab.surrogate.GaussianProcess` loads the one file it needs.

What has the name of its file is in there: `trimtab.surrogate.sparse.sparse(kernel, x, y, z, noise)`.
"""

from importlib import import_module as _import_module
from typing import Any as _Any

from trimtab.foreign import no_attribute as _no_attribute

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
    "slice": "slice_samples sampled_parameters",
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


def __getattr__(name: str) -> _Any:
    if name in _HOME:
        value = getattr(_import_module(f"{__name__}.{_HOME[name]}"), name)
    elif name in _FILES:
        value = _import_module(f"{__name__}.{name}")
    else:
        raise _no_attribute(__name__, name, {}, [*_HOME, *_FILES])
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*_HOME, *_FILES})
