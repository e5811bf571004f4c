"""One trial of an adaptive search: all folds of one candidate, and its fits as the journal keeps them.

After each fold the mean so far is reported, so that a scheduler may end a candidate that falls behind
(racing: Maron & Moore 1994; fold by fold: Birattari et al. 2002). What every fold came to is stored with
the trial: a search that is started again makes its table from there.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import config_context

from trimtab.core.trial import Record, TrialState
from trimtab.errors import ResultError, TrialPruned
from trimtab.executor.handle import Trial
from trimtab.integration.sklearn.candidates import Candidates
from trimtab.integration.sklearn.fits import Fits
from trimtab.integration.sklearn.private import fit_and_score

FITS = "fits"  # the user attribute of a trial that holds its fits
ENDED_EARLY = (TrialState.PRUNED, TrialState.PAUSED)
_KEPT = ("test_scores", "train_scores", "fit_time", "score_time", "fit_error")


@dataclass(frozen=True)
class CandidateFits:
    """The objective of a search: the mean score of a candidate over the splits."""

    fits: Fits
    candidates: Candidates
    metric: str | None  # the one that decides; None: the only one, or the first
    is_pruned: bool  # a scheduler looks on
    is_promoted: bool  # it pauses candidates, and lets the better ones go on
    n_trials: int | None
    context: Any  # of scikit-learn's callbacks
    config: Mapping[str, Any]  # scikit-learn's settings, for other processes

    def __call__(self, trial: Trial) -> float:
        with config_context(**self.config):
            return self._mean(trial)

    def _mean(self, trial: Trial) -> float:
        params = self.candidates.params(trial.config)
        place = (trial.number, self.n_trials or trial.number + 1)
        kept = self._earlier(trial)
        mean = math.nan
        for fold in self._folds(trial):
            context = self.context.subcontext(
                task_name="candidate-split-evaluation",
                task_id=trial.number * len(self.fits.splits) + fold,
            )
            raw = fit_and_score(**self.fits.job(params, fold, place, context))
            kept.append({key: raw[key] for key in _KEPT if key in raw})
            trial.set_user_attr(FITS, kept)
            mean = float(np.mean([score_of(one, self.metric) for one in kept]))
            if math.isfinite(mean):
                trial.report(mean, step=fold + 1)
            if self.is_promoted:
                with trial.checkpoint.save(fold + 1) as draft:
                    (draft / FITS).write_text(json.dumps(trial.user_attrs[FITS]))
            elif self.is_pruned and self._is_lost(trial, fold, mean):
                raise TrialPruned
        if not math.isfinite(mean):
            errors = [one["fit_error"] for one in kept if one["fit_error"]]
            raise ResultError(
                f"the mean score is {mean}: {len(errors)} of {len(kept)} fits failed"
                + (f", the first with:\n{errors[0]}" if errors else "; look at the metric")
            )
        return mean

    def _is_lost(self, trial: Trial, fold: int, mean: float) -> bool:
        is_last = fold + 1 == len(self.fits.splits)
        return math.isfinite(mean) and not is_last and trial.should_prune()

    def _folds(self, trial: Trial) -> Iterator[int]:
        """The folds that are to be done now; a scheduler that promotes may let the trial go on later."""
        if self.is_promoted:
            return (step - 1 for step in trial.steps(len(self.fits.splits)))
        return iter(range(len(self.fits.splits)))

    def _earlier(self, trial: Trial) -> list[dict[str, Any]]:
        """The fits of the folds that were done before the trial was paused."""
        folder = trial.checkpoint.folder if self.is_promoted else None
        return [] if folder is None else json.loads((folder / FITS).read_text())


def score_of(raw: Mapping[str, Any], metric: str | None) -> float:
    """The score of one fit that decides."""
    scores = raw["test_scores"]
    if not isinstance(scores, Mapping):
        return float(scores)
    return float(scores[metric if metric in scores else next(iter(scores))])


def raw_fits(records: Sequence[Record], n_splits: int, error_score: Any) -> list[dict[str, Any]]:
    """The raw outputs of settled trials, split by split, as far as they came; the rest is filled in.

    A fold that a pruned or paused trial did not come to scores NaN; one stopped from outside has failed.
    """
    kept = [list(record.user_attrs.get(FITS, ()))[:n_splits] for record in records]
    shown: Mapping[str, Any] = next(
        (fit for fits in kept for fit in fits if not fit["fit_error"]), {}
    )
    out = []
    for record, fits in zip(records, kept, strict=True):
        is_pruned = record.state in ENDED_EARLY
        score = math.nan if is_pruned or error_score == "raise" else error_score
        missing = {
            "test_scores": _like(shown.get("test_scores"), score),
            "train_scores": _like(shown.get("train_scores"), score),
            "fit_time": math.nan,
            "score_time": math.nan,
            "fit_error": None if is_pruned else (record.reason or "the trial was stopped"),
        }
        out += [*map(dict, fits), *(dict(missing) for _ in range(n_splits - len(fits)))]
    return out


def _like(shown: Any, score: float) -> Any:
    return dict.fromkeys(shown, score) if isinstance(shown, Mapping) else score
