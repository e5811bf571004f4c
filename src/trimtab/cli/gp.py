"""`trimtab gp`: what Gaussian processes make of a study: which kernel suits it, and what a step costs.

Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, sections 2.3 and 5.4; outliers and
coverage: Bastos & O'Hagan (2009), Diagnostics for Gaussian Process Emulators, Technometrics 51.
"""

import time

import click
import numpy as np

from trimtab.acquisition.analytic import log_expected_improvement
from trimtab.acquisition.maximize import candidates
from trimtab.acquisition.surface import Judged, Surface
from trimtab.cli.place import JSON, STORAGE, STUDY, open_study
from trimtab.cli.table import print_json, print_table
from trimtab.errors import InvalidArgument, NothingYet
from trimtab.study.study import Study
from trimtab.surrogate.diagnosis import Diagnosis, diagnosed
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
from trimtab.surrogate.selection import Suited, compared
from trimtab.surrogate.threads import one_thread
from trimtab.typing import Ints


@click.group()
def gp() -> None:
    """What Gaussian processes make of a study."""


@gp.command()
@STORAGE
@STUDY
@JSON
@one_thread()
def compare(storage: str, study: str | None, as_json: bool) -> None:
    """Kernels on the results of a STUDY, the one with the most evidence first.

    log_evidence: more is better. left_out: the mean negative log-density of each result given all others,
    less is better. coverage: the share of results in their 95 % interval. At most 300 results are used.

    Below it is said whether the first kernel's intervals hold what they promise, and which trials are
    outliers: more than 3 standard deviations from what all others say of them. Both are judged by binomial
    tests at 1 %. With --json every kernel has its verdict and its outliers.
    """
    found = open_study(storage, study)
    results, numbers = _results(found)
    rows, y = targets(results, OBJECTIVE, Recipe())
    keep = spread(y, _MOST)
    suited = compared(embedding_of(found.space), results.x[rows][keep], y[keep])
    numbers = numbers[rows][keep]
    judged = [diagnosed(k.posterior.y, *k.posterior.left_out()) for k in suited]
    if as_json:
        print_json([_as_json(*pair, numbers) for pair in zip(suited, judged, strict=True)])
        return
    heads = ("kernel", "log_evidence", "left_out", "coverage", "paths")
    print_table(
        heads, [(k.name, k.log_evidence, k.left_out, k.coverage, k.smoothness) for k in suited]
    )
    click.echo(f"\n{suited[0].name} is {judged[0]}")
    for row in judged[0].outliers.tolist():
        z = float(judged[0].z[row])
        click.echo(
            f"outlier: trial {numbers[row]}: {abs(z):.1f} standard deviations "
            f"{'worse' if z > 0 else 'better'} than all others say"
        )


@gp.command()
@STORAGE
@STUDY
@click.option(
    "--candidates", "m", type=click.IntRange(min=1), default=1000, help="Rows to look at."
)
@JSON
@one_thread()
def cost(storage: str, study: str | None, m: int, as_json: bool) -> None:
    """CPU seconds of one step on a STUDY: fitting to its results, and the acquisition at candidates.

    A step costs O(n^3 + m (n d + n^2)): n results of d parameters, whose factor is the first term, and m
    candidates, each with n covariances in d columns and a solve. Fits use at most 300 results.
    """
    found = open_study(storage, study)
    results, space = _results(found)[0], found.space
    begun = time.process_time()
    fit = Fit(Recipe(), embedding_of(space), results)
    model = fit.models(results)[OBJECTIVE]
    fitted = time.process_time()
    best = log_expected_improvement(float(model.posterior.fitted.min()))
    surface = Surface(fit.embedding, (Judged(model.posterior, best),))
    empty = np.empty((0, len(space.names)))
    x = candidates(space, np.random.default_rng(0), empty, m)
    drawn = time.process_time()
    surface.value(x)
    ended = time.process_time()
    heads = ("n", "d", "m", "fit_seconds", "acquisition_seconds")
    line = (len(model.rows), len(space.names), len(x), fitted - begun, ended - drawn)
    if as_json:
        print_json([dict(zip(heads, line, strict=True))])
    else:
        print_table(heads, [line])


def _as_json(suited: Suited, judged: Diagnosis, numbers: Ints) -> dict[str, object]:
    outliers = [
        {"trial": int(numbers[row]), "z": float(judged.z[row])} for row in judged.outliers.tolist()
    ]
    return {
        "kernel": suited.name,
        "log_evidence": suited.log_evidence,
        "left_out": suited.left_out,
        "coverage": suited.coverage,
        "paths": suited.smoothness,
        "verdict": judged.verdict,
        "p": judged.p,
        "is_misfit": judged.is_misfit,
        "outliers": outliers,
    }


def _results(study: Study) -> tuple[Results, Ints]:
    """What a study has measured, and the numbers (n,) of the trials.

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
    return results, told.number


_MOST = 300
_FEWEST = 3
