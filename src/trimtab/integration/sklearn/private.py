"""Every name of scikit-learn that is not public, in one place, so that a new release breaks one file.

Meta-estimators cannot be written with public names alone: the checks of constructor arguments, the fit
of one fold and the routing of metadata are shared with scikit-learn (Buitinck et al. 2013, API design
for machine learning software) so that ours behave as users know. What newer releases have and older
ones lack, such as callbacks (1.9), has a silent stand-in.
"""

import importlib
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Self, TypeVar

import joblib  # type: ignore[import-untyped]  # scikit-learn brings it
import sklearn

from trimtab.errors import MissingExtra

F = TypeVar("F", bound=Callable[..., Any])


def n_jobs_of(n_jobs: int | None) -> int:
    """How many jobs at once: None is what joblib's context says, else 1; -1 is one for each CPU."""
    return int(joblib.effective_n_jobs(n_jobs))


def digest_of(thing: Any) -> str:
    """32 hexadecimal digits that tell data apart, the same in every process."""
    return str(joblib.hash(thing))


def _find(name: str, *modules: str) -> Any:
    """A name from the first of the modules that has it; None where none has."""
    for module in modules:
        try:
            return getattr(importlib.import_module(f"sklearn.{module}"), name)
        except (ImportError, AttributeError):
            continue
    return None


def _need(name: str, *modules: str) -> Any:
    found = _find(name, *modules)
    if found is None:
        raise MissingExtra(
            f"trimtab.sklearn needs {name!r} of scikit-learn, which release {sklearn.__version__} does "
            'not have; releases 1.6 to 1.9 do: pip install "scikit-learn>=1.6,<1.10"'
        )
    return found


HasMethods = _need("HasMethods", "utils._param_validation")
Interval = _need("Interval", "utils._param_validation")
StrOptions = _need("StrOptions", "utils._param_validation")
MultimetricScorer = _need("_MultimetricScorer", "metrics._scorer")
check_multimetric_scoring = _need("_check_multimetric_scoring", "metrics._scorer")
check_method_params = _need("_check_method_params", "utils.validation")
n_samples_of = _need("_num_samples", "utils.validation")
is_routing_enabled = _need("_routing_enabled", "utils.metadata_routing", "utils._metadata_requests")
raise_for_params = _need("_raise_for_params", "utils.metadata_routing", "utils._metadata_requests")
_fit_and_score = _need("_fit_and_score", "model_selection._validation")
_fit_context = _need("_fit_context", "base")
_VisualBlock = _find(
    "_VisualBlock",
    "utils._repr_html.estimator",
    "utils._repr_html.base",
    "utils._estimator_html_repr",
)
_TAKES_CALLBACKS = "callback_ctx" in inspect.signature(_fit_and_score).parameters


class _NoCallbacks:
    """Stands for the callback mixin of later releases."""


CallbackSupport: Any = _find("CallbackSupportMixin", "callback") or _NoCallbacks


class Silent:
    """A callback context that tells nobody."""

    def subcontext(self, **_: Any) -> Self:
        """The context of a part of the task."""
        return self

    def call_on_fit_task_begin(self, **_: Any) -> Self:
        """A task begins."""
        return self

    def call_on_fit_task_end(self, **_: Any) -> None:
        """A task ends."""

    def propagate_callback_context(self, _: Any) -> AbstractContextManager[None]:
        """Hand the callbacks on to an inner estimator."""
        return nullcontext()


def root_context(search: Any, n_parts: int) -> Any:
    """The callback context of one `fit`, with so many parts."""
    if isinstance(search, _NoCallbacks):
        return Silent()
    return search._init_callback_context(max_subtasks=n_parts)


def validated(fit: F) -> F:
    """A `fit` that checks the constructor's arguments first, inner estimators' included."""
    made: F = _fit_context(prefer_skip_nested_validation=False)(fit)
    return made


def fit_and_score(estimator: Any, x: Any, y: Any, **options: Any) -> dict[str, Any]:
    """Fit on one training part and score on its test part: the raw output of one fit."""
    if not _TAKES_CALLBACKS:
        del options["caller"], options["callback_ctx"]
    found: dict[str, Any] = _fit_and_score(
        estimator,
        x,
        y,
        return_n_test_samples=True,
        return_times=True,
        return_parameters=False,
        **options,
    )
    return found


def parallel_block(name: str, estimator: Any) -> Any:
    """How a notebook draws a search: one box with the estimator in it."""
    if _VisualBlock is None:
        raise NotImplementedError("this release of scikit-learn draws estimators in another way")
    return _VisualBlock(
        "parallel",
        [estimator],
        names=[f"{name}: {type(estimator).__name__}"],
        name_details=[str(estimator)],
    )
