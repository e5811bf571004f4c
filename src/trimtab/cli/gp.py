"""`trimtab gp`: what Gaussian processes make of a study: which kernel suits it, and what a step costs.

Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, sections 2.3 and 5.4.
"""

import time
from collections.abc import Sequence

import click
import numpy as np

from trimtab.acquisition.analytic import log_expected_improvement
from trimtab.acquisition.maximize import candidates, whole
from trimtab.acquisition.surface import Judged, Surface
from trimtab.cli.place import JSON, STORAGE, STUDY, open_study
from trimtab.cli.table import print_json, print_table
from trimtab.errors import InvalidArgument, NothingYet
from trimtab.study.study import Study
from trimtab.surrogate.embedding import embedding_of
from trimtab.surrogate.model import (
    OBJECTIVE,
    Fit,
    Recipe,
    Results,
    no_results,
    spread,
    targets,
)
from trimtab.surrogate.selection import compared


@click.group()
def gp() -> None:
    """What Gaussian processes make of a study."""


@gp.command()
@STORAGE
@STUDY
@JSON
def compare(storage: str, study: str | None, as_json: bool) -> None:
    """Kernels on the results of a STUDY, the one with the most evidence first.

    log_evidence: more is better. left_out: the mean negative log-density of each result given all others,
    less is better. coverage: the share of results in their 95 % interval. At most 300 results are used.
    """
    found = open_study(storage, study)
    results = _results(found)
    rows, y = targets(results, OBJECTIVE, Recipe())
    keep = spread(y, _MOST)
    heads = ("kernel", "log_evidence", "left_out", "coverage", "paths")
    lines = [
        (k.name, k.log_evidence, k.left_out, k.coverage, k.smoothness)
        for k in compared(embedding_of(found.space), results.x[rows][keep], y[keep])
    ]
    _print(heads, lines, as_json)


@gp.command()
@STORAGE
@STUDY
@click.option(
    "--candidates", "m", type=click.IntRange(min=1), default=1000, help="Rows to look at."
)
@JSON
def cost(storage: str, study: str | None, m: int, as_json: bool) -> None:
    """CPU seconds of one step on a STUDY: fitting to its results, and the acquisition at candidates.

    A step costs O(n^3 + m (n d + n^2)): n results of d parameters, whose factor is the first term, and m
    candidates, each with n covariances in d columns and a solve. Fits use at most 300 results.
    """
    found = open_study(storage, study)
    results, space = _results(found), found.space
    begun = time.process_time()
    fit = Fit(Recipe(), embedding_of(space), results)
    model = fit.models(results)[OBJECTIVE]
    fitted = time.process_time()
    best = log_expected_improvement(float(model.posterior.fitted.min()))
    surface = Surface(fit.embedding, (Judged(model.posterior, best),))
    empty = np.empty((0, len(space.names)))
    x = candidates(space, np.random.default_rng(0), empty, m, whole(space))
    drawn = time.process_time()
    surface.value(x)
    ended = time.process_time()
    heads = ("n", "d", "m", "fit_seconds", "acquisition_seconds")
    line = (len(model.rows), len(space.names), len(x), fitted - begun, ended - drawn)
    _print(heads, [line], as_json)


def _results(study: Study) -> Results:
    """What a study has measured.

    Raises:
        InvalidArgument: several objectives.
        NothingYet: fewer than three results.
    """
    history = study.history
    if len(history.directions) > 1:
        raise InvalidArgument(
            f"the study has {len(history.directions)} objectives; a process models one"
        )
    told = history.batch(np.array(history.order, np.int64))
    results = no_results(told.x.shape[1]).more(told.x, told.y[:, 0], told.c)
    if results.is_done.sum() < _FEWEST:
        raise NothingYet(f"{results.is_done.sum()} results; a process needs {_FEWEST}")
    return results


def _print(heads: tuple[str, ...], lines: Sequence[tuple[object, ...]], as_json: bool) -> None:
    if as_json:
        print_json([dict(zip(heads, line, strict=True)) for line in lines])
    else:
        print_table(heads, lines)


_MOST = 300
_FEWEST = 3
