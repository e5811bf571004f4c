"""The front doors: create a study, load one, or minimize a function in one call."""

import shutil
from collections.abc import Callable, Mapping
from typing import Any

from trimtab.core.event import Sampled
from trimtab.core.fidelity import Fidelity
from trimtab.core.history import History
from trimtab.core.journal import Journal, StudyRow, StudySpec
from trimtab.core.problem import Direction, Goals, directions_of
from trimtab.core.protocols import Promoter, Sampler, Scheduler
from trimtab.errors import InvalidArgument, StudyNotFound
from trimtab.plugin import did_you_mean, settings_of
from trimtab.rng import fresh_seed
from trimtab.sampler.registry import sampler_of
from trimtab.scheduler.registry import one_of, scheduler_of
from trimtab.space.parse import space_of
from trimtab.space.space import Space
from trimtab.storage.locate import checkpoints_of, open_storage
from trimtab.storage.memory import Memory
from trimtab.study.compare import checked_seed, compare, compare_spaces
from trimtab.study.ledger import Ledger
from trimtab.study.options import checked_count
from trimtab.study.provenance import provenance
from trimtab.study.read import read
from trimtab.study.refuse import refuse_unsupported
from trimtab.study.signature import space_for
from trimtab.study.study import Study

DEFAULT_SAMPLER = "auto"
PROMOTED_SAMPLER = "autopromoted"  # where trials are paused: it learns from their reports
_OPEN = "define_by_run"
_SCHEDULER = "scheduler"
_FIDELITY = "fidelity"


def create_study(
    space: Any = None,
    *,
    direction: Goals | None = None,
    directions: Goals | None = None,
    sampler: Any = None,
    scheduler: Any = None,
    pruner: Any = None,
    fidelity: Fidelity | None = None,
    storage: Any = None,
    study_name: str | None = None,
    load_if_exists: bool = False,
    seed: int | None = None,
) -> Study:
    """A new study, or with `load_if_exists` the one of that name.

    space: any spelling of a space (see `Space`); None for objectives that choose with `trial.suggest_*`.
    direction: "minimize" (the default), "maximize", or for several objectives a list, or their names too:
    `{"loss": "minimize", "latency": "minimize"}`, which they are then reported and returned by.
    sampler: a sampler or its name; None is "auto", which chooses one for the space, or under a scheduler
    that promotes "autopromoted", or "random" where it breeds or races. scheduler: the same for a
    scheduler, such as "median", which ends trials early; pruner: another word for it. storage: a path, a
    URL, a Journal; None keeps it in memory.
    fidelity: how much of an evaluation may be done, e.g. `tt.Fidelity("epoch", 1, 81)`.
    seed: governs everything; drawn and stored where none is given.

    Raises:
        StudyExists: there is a study of that name, and `load_if_exists` is not set.
        SpaceChanged: the loaded study has another space; the message shows the difference.
        Unsupported: the sampler cannot handle this space or number of objectives.
    """
    wanted = direction if direction is not None else directions or "minimize"
    goals = directions_of(wanted)
    scheduler = one_of(scheduler, pruner)
    journal = open_storage(storage)
    declared = None if space is None else space_of(space)
    found = _find(journal, study_name) if load_if_exists and study_name is not None else None
    if found is None:
        chosen = sampler_of(_default(scheduler) if sampler is None else sampler)
        refuse_unsupported(chosen, declared if declared is not None else Space({}), len(goals))
        spec = StudySpec(
            name=study_name,
            directions=tuple(g.value for g in goals),
            space=(declared if declared is not None else Space({})).to_dict(),
            seed=checked_seed(seed) if seed is not None else fresh_seed(),
            sampler=settings_of(chosen),
            meta={_OPEN: declared is None, _SCHEDULER: settings_of(scheduler_of(scheduler))}
            | ({} if fidelity is None else {_FIDELITY: Fidelity.of(fidelity).to_dict()})
            | ({} if isinstance(journal, Memory) else provenance()),
        )
        id, is_new = journal.create_study(spec, exist_ok=load_if_exists)
        found = next(row for row in journal.studies() if row.id == id)
        if is_new:
            return _named(_study(journal, found, declared, chosen, scheduler_of(scheduler)), wanted)
    compare(found, goals if direction is not None or directions is not None else None, seed)
    return _named(_open(journal, found, declared, sampler, scheduler), wanted)


def load_study(
    *,
    storage: Any,
    study_name: str | None = None,
    space: Any = None,
    sampler: Any = None,
    scheduler: Any = None,
    pruner: Any = None,
) -> Study:
    """A study that a storage holds; without a name, the only one.

    space: needed again only where the study's space holds callables, which no file can keep.

    Raises:
        StudyNotFound: no such study; the message lists those there are.
    """
    journal = open_storage(storage, create=False)
    found = find_study(journal, study_name)
    declared = None if space is None else space_of(space)
    return _open(journal, found, declared, sampler, one_of(scheduler, pruner))


def minimize(
    objective: Callable[..., Any],
    space: Any = None,
    n_trials: int | None = None,
    *,
    direction: Goals | None = None,
    sampler: Any = None,
    scheduler: Any = None,
    pruner: Any = None,
    fidelity: Fidelity | None = None,
    storage: Any = None,
    study_name: str = "study",
    seed: int | None = None,
    **options: Any,
) -> Study:
    """Minimize a function over a space, and return the study.

    With a storage, calling it again completes the study to `n_trials` trials in all; then it does
    nothing. `options` are those of `Options`: timeout, n_jobs, callbacks, terminator, progress, ...

    space: may be left out where the objective's defaults declare it
    (`def loss(lr: float = tt.loguniform(1e-5, 1e-1))`), or where it takes a `trial`.
    """
    declared, journal = space_for(objective, space), open_storage(storage)
    if sampler is None and _find(journal, study_name) is None:
        total = None if n_trials is None else checked_count("n_trials", n_trials)
        sampler = _default(one_of(scheduler, pruner), total)
    study = create_study(
        declared,
        direction=direction,
        sampler=sampler,
        scheduler=scheduler,
        pruner=pruner,
        fidelity=fidelity,
        storage=journal,
        study_name=study_name,
        load_if_exists=True,
        seed=seed,
    )
    if n_trials is None:
        study.optimize(objective, **_with_an_end(study, options))
    else:
        study.run(objective, n_trials, **options)
    return study


def maximize(
    objective: Callable[..., Any], space: Any = None, n_trials: int | None = None, **options: Any
) -> Study:
    """The same as `minimize` with `direction="maximize"`."""
    return minimize(objective, space, n_trials, **{"direction": "maximize"} | options)


def delete_study(*, storage: Any, study_name: str) -> None:
    """Delete a study with all of its trials and their checkpoints.

    Raises:
        StudyNotFound: no such study.
    """
    journal = open_storage(storage, create=False)
    id = find_study(journal, study_name).id
    journal.delete_study(id)
    shutil.rmtree(checkpoints_of(journal, id), ignore_errors=True)


def find_study(journal: Journal, name: str | None) -> StudyRow:
    """The study of that name; with None, the only one.

    Raises:
        StudyNotFound: none, or several where none was named.
    """
    rows = journal.studies()
    names = [row.name for row in rows]
    if name is None and len(rows) == 1:
        return rows[0]
    for row in rows:
        if row.name == name:
            return row
    there = (
        f"it holds: {', '.join(names)}" if names else "it holds none yet; create_study makes one"
    )
    if name is None:
        raise StudyNotFound(
            f"study_name=None, but the storage does not hold exactly one study; {there}"
        )
    raise StudyNotFound(
        f"study_name={name!r} is not in the storage{did_you_mean(name, names)}; {there}"
    )


def _named(study: Study, goals: Goals) -> Study:
    if isinstance(goals, Mapping):
        study.name_metrics(tuple(goals))
    return study


def _default(scheduler: Any, n_trials: int | None = None) -> Any:
    """The sampler where none is given; it plans by the number of trials, where that is known."""
    made = scheduler_of(scheduler)
    if isinstance(made, Promoter):
        return getattr(made, "usual_sampler", PROMOTED_SAMPLER)
    return DEFAULT_SAMPLER if n_trials is None else {"name": DEFAULT_SAMPLER, "n_trials": n_trials}


def _find(journal: Journal, name: str) -> StudyRow | None:
    return next((row for row in journal.studies() if row.name == name), None)


def _open(
    journal: Journal,
    row: StudyRow,
    declared: Space | None,
    sampler: Any,
    scheduler: Any,
) -> Study:
    """A stored study, checked against what the caller believes of it."""
    history = History([Direction(d) for d in row.directions])
    read(journal, row.id, history)
    is_open = bool(row.meta.get(_OPEN))
    compare_spaces(row, history.space, declared, is_open)
    chosen = sampler_of(history.sampler if sampler is None else sampler)
    if settings_of(chosen) != history.sampler:
        journal.append(row.id, Sampled(settings_of(chosen)))
    if declared is not None:
        history.space = declared
    kept = scheduler_of(row.meta.get(_SCHEDULER) if scheduler is None else scheduler)
    return _study(journal, row, declared, chosen, kept, history)


def _study(
    journal: Journal,
    row: StudyRow,
    declared: Space | None,
    sampler: Sampler[Any],
    scheduler: Scheduler,
    history: History | None = None,
) -> Study:
    if history is None:
        history = History([Direction(d) for d in row.directions])
    if row.meta.get(_FIDELITY) is not None:
        history.fidelity = Fidelity.of(row.meta[_FIDELITY])
    if isinstance(scheduler, Promoter):
        scheduler.budget(history, 0)  # a missing largest budget is told before any work starts
    ledger = Ledger(
        journal,
        row.id,
        history,
        seed=row.seed,
        sampler=sampler,
        scheduler=scheduler,
        space=declared,
        is_open=bool(row.meta.get(_OPEN)),
        checkpoints=checkpoints_of(journal, row.id),
    )
    refuse_unsupported(sampler, ledger.history.space, len(row.directions))
    return Study(row.name, ledger)


def _with_an_end(study: Study, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check that something ends a run without n_trials: a limit, or a space that runs out."""
    ends = options.get("timeout") is not None or options.get("terminator") is not None
    n_values = study.space.columns.n_values
    is_finite = bool(len(n_values) and n_values.all())
    is_design = study.ledger.proposer.sampler.supports.is_finite
    if not (ends or is_finite or is_design):
        raise InvalidArgument(
            "n_trials=None: nothing would end this run; give n_trials, timeout or terminator"
        )
    return options
