"""What to do in a context: the configuration with the best posterior mean among those that have it.

Krause & Ong (2011), Contextual Gaussian Process Bandit Optimization, NeurIPS 24; the greedy policy of a
contextual process, whatever sampler has gathered the results.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from trimtab.acquisition.analytic import lower_confidence_bound
from trimtab.acquisition.given import GivenFeatures, given_of
from trimtab.acquisition.guarded import guards, leading_rows
from trimtab.acquisition.maximize import maximize
from trimtab.acquisition.surface import Judged, Surface
from trimtab.errors import InvalidArgument, NothingYet, Unsupported
from trimtab.rng import stream
from trimtab.study.study import Study
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.model import OBJECTIVE, Fit, Recipe, no_results
from trimtab.surrogate.threads import one_thread


class Policy:
    """The results of a study as a function from contexts to configurations; learned once, when made.

    Raises:
        InvalidArgument: the study has several objectives.
        Unsupported: parameters are conditional, or tied by known constraints.
        NothingYet: fewer than two trials have succeeded.
    """

    @one_thread()
    def __init__(self, study: Study) -> None:
        history = study.history
        self._space = history.space
        if len(history.directions) > 1:
            raise InvalidArgument(
                f"the study has {len(history.directions)} objectives; a policy needs one"
            )
        if self._space.conditions or self._space.constraints:
            raise Unsupported("a policy needs a space without conditions and known constraints")
        told = history.batch(np.array(history.order, np.int64))
        self._results = no_results(told.x.shape[1]).more(told.x, told.y[:, 0], told.c)
        if self._results.is_done.sum() < 2:
            raise NothingYet("a policy needs two results; tell some first")
        self._embedding = embedding_of(self._space)
        fit = Fit(Recipe(n_rows=_MOST_ROWS), self._embedding, self._results)
        self._models = fit.models(self._results)
        self._seed = study.ledger.seed

    @one_thread()
    def __call__(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """The configuration to choose where `context` gives the values of some parameters.

        Raises:
            SpaceError: a name or a value that is not of the space.
        """
        codes = self._space.codes(context, partial=True)
        unit = self._space.to_unit(codes[None])[0]
        units = {name: float(u) for name, u in zip(self._space.names, unit, strict=True) if u == u}
        given, model = given_of(self._space, units), self._models[OBJECTIVE]
        row = given.row[None]
        if len(given.left):
            posteriors = {which: m.posterior for which, m in self._models.items()}
            mean = Judged(model.posterior, lower_confidence_bound(0.0))
            parts = (mean, *guards(posteriors, self._results))
            found = maximize(
                Surface(GivenFeatures(self._embedding, given), parts),
                given.space,
                stream(self._seed, len(self._results)),
                near=leading_rows(model, self._results)[:, given.left],
                scale=np.exp(model.posterior.kernel.theta[1:])[given.left],
            )
            row = given.whole(np.full((1, len(given.left)), 0.5) if found is None else found[None])
        whole = self._space.from_unit(row)
        whole[0, ~np.isnan(codes)] = codes[~np.isnan(codes)]
        return dict(self._space.config(whole[0]))


_MOST_ROWS = 1000
