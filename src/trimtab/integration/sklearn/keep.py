"""What a fitted search is worth, and how to keep it: the corrected score, and the bundle on disk.

The score by which the best candidate was chosen is too good (Varma & Simon 2006); what is kept beside it
is the score corrected for the choice, with an interval (`trimtab.evaluation.optimism`).
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from trimtab.errors import NothingYet, SpaceError
from trimtab.evaluation.optimism import Selected, fold_corrected
from trimtab.integration.sklearn.candidates import Candidates
from trimtab.integration.sklearn.delegate import needs_refit
from trimtab.study.bundle import save_bundle

_SPACES = ("space", "param_grid", "param_distributions")


class Kept:
    """The part of a search class that tells of its outcome and writes it down."""

    refit: Any
    estimator: Any
    cv_results_: Any
    best_index_: Any
    best_params_: Any
    best_estimator_: Any
    _split_sizes: Any

    def corrected_score(self, confidence: float = 0.95) -> Selected:
        """The score of the best candidate without the optimism of having been chosen, with an interval.

        From the scores of every candidate on every split, those of candidates with a missing one left
        out. It speaks of models trained on as many rows as a split has; see `fold_corrected`.

        Raises:
            NotFittedError: before the fit. NothingYet: a single split, or scores of the best are missing,
            or it was not chosen by the highest mean, or candidates were scored on different rows.
        """
        check_is_fitted(self, "best_index_")
        if "n_resources" in self.cv_results_:
            raise NothingYet(
                f"{type(self).__name__} scores candidates on different rows, which cannot be compared; "
                "score new rows"
            )
        metric = self.refit if isinstance(self.refit, str) else "score"
        table = _split_scores(self.cv_results_, metric)
        whole = np.flatnonzero(np.isfinite(table).all(axis=1))
        n_train, n_test = self._split_sizes
        if table.shape[1] < 2 or self.best_index_ not in whole:
            raise NothingYet(
                f"{table.shape[1]} split(s) of metric {metric!r}, of which the best candidate needs two or "
                "more with scores; give cv=5, or score new rows"
            )
        found = fold_corrected(table[whole], n_train, n_test, confidence=confidence)
        index = int(whole[found.index])
        if table[index].mean() > table[self.best_index_].mean():
            raise NothingYet(
                f"candidate {self.best_index_} was not chosen by the highest mean, which candidate {index} "
                "has; the correction is for that choice only. Score new rows"
            )
        return Selected(int(self.best_index_), found.naive, found.honest)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        scores: Mapping[str, Any] | None = None,
        notes: str = "",
        examples: Any = None,
    ) -> dict[str, Any]:
        """Write the best estimator, its parameters, space, seeds, environment and scores to one file.

        scores: further ones by name, such as {"test": search.score(x_test, y_test)}; intervals are kept as
        such. examples: rows whose predictions are kept and compared when `trimtab.load_bundle` reads the
        file; they lie in it as they are. Returns the manifest.

        Raises:
            NotFittedError: before the fit. AttributeError: `refit=False`, so there is no model.
        """
        needs_refit(self, "save")
        check_is_fitted(self, "best_estimator_")
        return save_bundle(
            path,
            self.best_estimator_,
            config=self.best_params_,
            space=self._space(),
            scores=self._scores() | dict(scores or {}),
            seeds=self._seeds(),
            search=self._told(),
            notes=notes,
            examples=examples,
        )

    def _scores(self) -> dict[str, Any]:
        n = len(self.cv_results_["params"])
        note = f"the best of {n} candidates was chosen by it, so it is too good"
        chosen = self.refit if isinstance(self.refit, str) else "score"
        found: dict[str, Any] = {}
        for key in [k for k in self.cv_results_ if k.startswith("mean_test_")]:
            metric = key.removeprefix("mean_test_")
            is_chosen = metric == chosen
            found["selected" if is_chosen else f"cv {metric}"] = (
                self.cv_results_[key][self.best_index_],
                note if is_chosen else "mean over the splits of the search",
            )
        with suppress(NothingYet):
            found["corrected"] = self.corrected_score().honest
        return found

    def _seeds(self) -> dict[str, Any]:
        found = {"random_state": getattr(self, "random_state", None)}
        if hasattr(self, "study_"):
            found["study"] = self.study_.ledger.seed
        return found

    def _space(self) -> Any:
        """The space that was searched; None for one that only scikit-learn can draw from."""
        given = next(getattr(self, name) for name in _SPACES if hasattr(self, name))
        with suppress(SpaceError):
            return Candidates.of(given, getattr(self, "constraints", ()), self.estimator).space
        return None

    def _told(self) -> dict[str, Any]:
        """The arguments of the search, those that JSON does not have by their text."""
        known = ("estimator", "callbacks", "storage")
        own = self.get_params(deep=False)  # type: ignore[attr-defined]
        told = {name: value for name, value in own.items() if name not in known}
        return {
            "class": type(self).__name__,
            "estimator": repr(self.estimator),
            "n_candidates": len(self.cv_results_["params"]),
            "rows_in_splits": list(self._split_sizes),
            **told,
        }


def _split_scores(results: Mapping[str, Any], metric: str) -> Any:
    columns: list[Any] = []
    while f"split{len(columns)}_test_{metric}" in results:
        columns.append(results[f"split{len(columns)}_test_{metric}"])
    return np.column_stack(columns) if columns else np.empty((len(results["params"]), 0))
