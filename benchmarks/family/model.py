"""Searches by models: the best value after n trials, on functions and on public tables of trainings.

TPE against Optuna's and hyperopt's, the random forest against SMAC3's facade for hyperparameters; each
with its own defaults, its own initial design, and the same seeds.
"""

import logging
import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from family.meter import Counted, Method, best_of
from family.table import NAMES, grid

import trimtab as tt
from trimtab.bench.function import task

FUNCTIONS = ("branin", "hartmann6")


def tasks() -> dict[str, Any]:
    """Functions and tables; a table that is not installed is its error's text."""
    found: dict[str, Any] = {name: task(name) for name in FUNCTIONS}
    for name in NAMES:
        try:
            found[name] = grid(name)
        except ModuleNotFoundError as error:
            found[name] = str(error)
    return found


def ours(sampler: str, space: tt.Space) -> Method:
    def run(f: Counted, seed: int) -> None:
        study = tt.create_study(space, sampler=sampler, seed=seed)
        while True:
            trial = study.ask()
            study.tell(trial, f(trial.config))

    return run


def suggested(trial: Any, space: tt.Space) -> dict[str, Any]:
    """A configuration from Optuna's trial."""
    config = {}
    for name, domain in space.domains.items():
        if isinstance(domain, tt.Categorical):
            config[name] = trial.suggest_categorical(name, list(domain.choices))
        elif isinstance(domain, tt.Int):
            config[name] = trial.suggest_int(name, domain.low, domain.high)
        else:
            config[name] = trial.suggest_float(name, domain.low, domain.high, log=domain.log)
    return config


def optunas(space: tt.Space, **settings: Any) -> Method:
    def run(f: Counted, seed: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, **settings))
        while True:
            trial = study.ask()
            study.tell(trial, f(suggested(trial, space)))

    return run


def hyperopts(space: tt.Space) -> Method:
    def run(f: Counted, seed: int) -> None:
        from hyperopt import fmin, hp, tpe

        logging.getLogger("hyperopt").setLevel(logging.ERROR)
        nodes, decode = {}, {}
        for name, domain in space.domains.items():
            if isinstance(domain, tt.Categorical):
                nodes[name] = hp.choice(name, list(domain.choices))
            elif isinstance(domain, tt.Int):
                nodes[name], decode[name] = hp.quniform(name, domain.low, domain.high, 1), int
            else:
                kind = hp.loguniform if domain.log else hp.uniform
                ends = [math.log(v) if domain.log else v for v in (domain.low, domain.high)]
                nodes[name] = kind(name, *ends)
        fmin(
            lambda c: f({k: decode.get(k, lambda v: v)(v) for k, v in c.items()}),
            nodes,
            algo=tpe.suggest,
            max_evals=f.limit,
            rstate=np.random.default_rng(seed),
            show_progressbar=False,
            catch_eval_exceptions=False,
        )

    return run


def smacs(space: tt.Space) -> Method:
    def run(f: Counted, seed: int) -> None:
        from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer
        from smac import HyperparameterOptimizationFacade as Facade
        from smac import Scenario

        logging.disable(logging.CRITICAL)
        choices = ConfigurationSpace(seed=seed)
        for name, d in space.domains.items():
            if isinstance(d, tt.Categorical):
                choices.add(Categorical(name, list(d.choices)))
            elif isinstance(d, tt.Int):
                choices.add(Integer(name, (d.low, d.high), log=d.log))
            else:
                choices.add(Float(name, (d.low, d.high), log=d.log))
        with tempfile.TemporaryDirectory() as folder:
            scenario = Scenario(
                choices, deterministic=True, n_trials=f.limit, seed=seed, output_directory=folder
            )
            one = Facade.get_intensifier(scenario, max_config_calls=1)
            facade = Facade(
                scenario,
                lambda config, seed=0: f(dict(config)),
                overwrite=True,
                logging_level=False,
                intensifier=one,
            )
            with enabled():
                facade.optimize()

    return run


@contextmanager
def enabled() -> Iterator[None]:
    """Logging is silent inside and as it was afterwards."""
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def compared(
    limit: int, seeds: int, methods: Callable[[tt.Space], dict[str, Method]]
) -> dict[str, Any]:
    """Regrets of our method, the first one, and others on all tasks, and paired differences to the others."""
    rows: dict[str, Any] = {}
    gaps: dict[str, list[float]] = {}
    for name, one in tasks().items():
        if isinstance(one, str):
            rows[name] = one
            continue
        try:
            rows[name] = best_of(methods(one.space), one, one.least, seeds, limit)
        except ModuleNotFoundError as error:
            rows[name] = str(error)
            continue
        first, *others = rows[name]
        mine = np.array(rows[name][first]["all"])
        for other in others:
            theirs = np.array(rows[name][other]["all"])
            signs = np.sign(np.round(mine - theirs, 12))
            rows[name][f"wins, ties, losses against {other}"] = [
                int((signs == s).sum()) for s in (-1, 0, 1)
            ]
            gaps.setdefault(other, []).extend(signs.tolist())
    for other, signs in gaps.items():
        counts = [int((np.array(signs) == s).sum()) for s in (-1, 0, 1)]
        rows[f"all: wins, ties, losses against {other}"] = counts
    return rows


def tpe(seeds: int) -> dict[str, Any]:
    def methods(space: tt.Space) -> dict[str, Method]:
        return {
            "trimtab": ours("TPE", space),
            "optuna": optunas(space),
            "optuna univariate": optunas(space, multivariate=False),
            "hyperopt": hyperopts(space),
        }

    return compared(100, seeds, methods)


def forest(seeds: int) -> dict[str, Any]:
    def methods(space: tt.Space) -> dict[str, Method]:
        return {"trimtab": ours("Forest", space), "SMAC3": smacs(space)}

    return compared(50, seeds, methods)


PARTS = {"TPE": tpe, "Forest": forest}
