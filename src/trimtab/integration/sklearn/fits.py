"""The fits of a search: candidates by splits that are fixed once, failures summed up once.

Every candidate sees the same rows (paired comparison; Dietterich 1998): the splitter is asked a single
time, so that a splitter that shuffles, or that can be used only once, is as good as any.
"""

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.utils.parallel import Parallel, delayed

from trimtab.integration.sklearn.private import check_method_params, fit_and_score
from trimtab.integration.sklearn.results import Raw

_RULE = "-" * 80 + "\n"


@dataclass(frozen=True)
class Fits:
    """All that the fits of one search share."""

    estimator: Any
    x: Any
    y: Any
    splits: Sequence[tuple[Any, Any]]  # (train, test) row indices
    scorer: Any
    fit_params: Mapping[str, Any]
    score_params: Mapping[str, Any]
    return_train_score: bool
    error_score: Any
    verbose: int
    caller: Any = None

    def with_splits(self, splits: Sequence[tuple[Any, Any]]) -> "Fits":
        """The same on other rows."""
        return replace(self, splits=splits)

    def evaluate(
        self, candidates: Sequence[Mapping[str, Any]], parallel: Parallel, context: Any
    ) -> list[Raw]:
        """The raw outputs of all fits, candidate by candidate.

        Raises:
            ValueError: there is nothing to fit.
        """
        n, k = len(candidates), len(self.splits)
        if self.verbose > 0:
            print(f"Fitting {k} folds for each of {n} candidates, totalling {n * k} fits")
        # The contexts are made before the first fit: made on the way, they would be changed while the
        # search, to which they belong, is pickled for a worker.
        contexts = [
            context.subcontext(task_name="candidate-split-evaluation", task_id=i)
            for i in range(n * k)
        ]
        out: list[Raw] = parallel(
            delayed(fit_and_score)(**self.job(candidates[i // k], i % k, (i // k, n), contexts[i]))
            for i in range(n * k)
        )
        if not out:
            raise ValueError(
                "No fits were performed. Was the CV iterator empty? Were there no candidates?"
            )
        return out

    def job(
        self, params: Mapping[str, Any], fold: int, candidate: tuple[int, int], context: Any
    ) -> dict[str, Any]:
        """The arguments of one fit; `candidate` is its place and how many there are."""
        train, test = self.splits[fold]
        return {
            "estimator": clone(self.estimator),
            "x": self.x,
            "y": self.y,
            "scorer": self.scorer,
            "train": train,
            "test": test,
            "parameters": params,
            "fit_params": self.fit_params,
            "score_params": self.score_params,
            "return_train_score": self.return_train_score,
            "error_score": self.error_score,
            "verbose": self.verbose,
            "split_progress": (fold, len(self.splits)),
            "candidate_progress": candidate,
            "caller": self.caller,
            "callback_ctx": context,
        }


def report_failures(out: Sequence[Raw], error_score: Any) -> None:
    """Warn of the fits that failed, each kind of error once.

    Raises:
        ValueError: every fit failed.
    """
    errors = Counter(raw["fit_error"] for raw in out if raw["fit_error"] is not None)
    if not errors:
        return
    n_failed = errors.total()
    details = "\n".join(
        f"{_RULE}{n} fits failed with the following error:\n{error}" for error, n in errors.items()
    )
    if n_failed == len(out):
        raise ValueError(
            f"\nAll the {len(out)} fits failed.\nIt looks as if your model is misconfigured.\n"
            f"With error_score='raise' the search stops at the first one.\n\n{details}"
        )
    warnings.warn(
        f"\n{n_failed} fits failed out of a total of {len(out)}.\nThe score on these train-test "
        f"partitions for these parameters will be set to {error_score}.\nWith error_score='raise' the "
        f"search stops at the first one.\n\n{details}",
        FitFailedWarning,
        stacklevel=2,
    )


def fill_failed_scores(out: Sequence[dict[str, Any]], error_score: Any) -> None:
    """Give failed fits a score of every metric, once a callable has shown which metrics there are."""
    shown = next((raw["test_scores"] for raw in out if raw["fit_error"] is None), None)
    if not isinstance(shown, Mapping):
        return
    for raw in out:
        if raw["fit_error"] is not None:
            for key in ("test_scores", "train_scores"):
                if key in raw:
                    raw[key] = dict.fromkeys(shown, error_score)


def checked_params(x: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of `fit`, those as long as x made indexable."""
    found: dict[str, Any] = check_method_params(x, params=dict(params))
    return found
