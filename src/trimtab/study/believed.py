"""The configuration to believe in: the least posterior mean among those that were tried.

Under noise the best observed value is the luckiest one as well. A Gaussian process over all results knows
their neighbours (Picheny, Wagner & Ginsbourger 2013, A Benchmark of Kriging-Based Infill Criteria for Noisy
Optimization, Structural and Multidisciplinary Optimization 48).
"""

import numpy as np

from trimtab.core.trial import Record
from trimtab.errors import InvalidArgument, NothingYet
from trimtab.study.study import Study
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.model import OBJECTIVE, Fit, Recipe, no_results
from trimtab.surrogate.threads import one_thread


@one_thread()
def believed_best(study: Study) -> Record:
    """The finished, feasible trial with the best posterior mean, whatever sampler proposed it.

    Its `values` are what was measured once; `study.best` is the trial that was measured best.

    Raises:
        InvalidArgument: the study has several objectives.
        NothingYet: no trial has finished and kept its constraints.
    """
    history = study.history
    if len(history.directions) > 1:
        raise InvalidArgument(
            f"the study has {len(history.directions)} objectives; believed_best needs one"
        )
    numbers = np.array(history.order, np.int64)
    told = history.batch(numbers)
    results = no_results(told.x.shape[1]).more(told.x, told.y[:, 0], told.c)
    feasible = np.flatnonzero(results.is_feasible)
    if not len(feasible):
        raise NothingYet("no trial has finished and kept its constraints; tell some results first")
    fit = Fit(Recipe(n_rows=_MOST_ROWS), embedding_of(history.space), results)
    model = fit.models(results)[OBJECTIVE]
    mean = np.full(len(results), np.inf)
    mean[model.rows] = model.posterior.fitted
    return history.record(int(numbers[feasible[np.argmin(mean[feasible])]]))


_MOST_ROWS = 1000
