"""Our samplers inside Ray Tune: `tune.TuneConfig(search_alg=TrimtabSearch(sampler="tpe"))`.

Ray Tune (Liaw et al. 2018, Tune: a research platform for distributed model selection and training) runs
and schedules the trials; a study here proposes them, learns from what they report, and keeps them in its
storage. To run trials on Ray without Tune, use `trimtab.Ray`.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trimtab.core.event import Noted
from trimtab.core.trial import TrialState
from trimtab.errors import (
    AlreadyTold,
    InvalidArgument,
    LeaseLost,
    NothingYet,
    ResultError,
    SpaceExhausted,
    Unsupported,
)
from trimtab.executor.handle import Trial
from trimtab.plugin import require
from trimtab.space.importers import from_ray
from trimtab.space.space import Space
from trimtab.study.create import create_study, load_study
from trimtab.study.study import Study

Searcher: Any = require("ray.tune.search", "tune", "trimtab.integration.ray").Searcher

_LEASE = 7 * 86_400.0  # seconds that a trial of Tune may take, its driver's deaths included
_STEP = "training_iteration"
_MARK = "tune"  # the attribute of a trial that says who asked for it: [search, Tune's trial]
_KEPT = ("_id", "_metric", "_mode", "_numbers")


class TrimtabSearch(Searcher):  # type: ignore[misc]  # Ray's classes have no types here
    """A search algorithm for Ray Tune: `suggest` asks the study, `on_trial_complete` tells it.

    `space`: a search space of ours; None: the `param_space` of the Tuner, as `from_ray` reads it. `sampler`,
    `storage`, `study_name`, `seed`: as in `create_study`. `metric`, `mode`: names of results and "min" or
    "max", or lists of them for several objectives; None: those of the TuneConfig. `lease`: seconds for
    which a trial stays with the Tune run that asked for it, even while that is not running.

    With a storage, a run that `Tuner.restore` takes up goes on with all that was learnt, and configurations
    that were suggested after Tune's last snapshot are suggested again; without one the study is lost with
    the process.

    Raises:
        InvalidArgument: `metric` and `mode` do not go together.
    """

    def __init__(
        self,
        space: Any = None,
        *,
        sampler: Any = None,
        metric: str | list[str] | None = None,
        mode: str | list[str] | None = None,
        storage: str | None = None,
        study_name: str = "tune",
        seed: int | None = None,
        lease: float = _LEASE,
    ) -> None:
        super().__init__(metric=metric, mode=mode)
        self._metric: Any = metric
        self._mode: Any = mode
        self._settings: dict[str, Any] = {"sampler": sampler, "seed": seed}
        self._place = (storage, study_name)
        self._lease = lease
        self._paths: dict[str, tuple[str, ...]] = {}
        self._space = None if space is None else Space(space)
        self._numbers: dict[str, int] = {}  # Tune's trial -> ours
        self._id = uuid.uuid4().hex
        self._forget()
        if space is not None and metric and mode:
            self._open()

    def _forget(self) -> None:
        self.study: Study | None = None
        self._live: dict[str, Trial] = {}
        self._asked: list[Trial] = []  # asked for, and not yet suggested

    # -- what Tune calls --------------------------------------------------------------------------

    def set_search_properties(
        self, metric: Any, mode: Any, config: Mapping[str, Any], **spec: Any
    ) -> bool:
        """Take metric, mode and search space from the Tuner; False where they are known already.

        Raises:
            InvalidArgument: there is no metric, or nothing to search.
            SpaceError: a sampler of Ray that has no counterpart here.
        """
        searched = dict(_searched(config))
        if self.study is not None or (self._space is not None and searched):
            return False
        self._metric, self._mode = metric or self._metric, mode or self._mode
        if self._space is None:
            self._paths = {".".join(path): path for path in _paths(searched)}
            self._space = from_ray(searched)
        self._open()
        return True

    def suggest(self, trial_id: str) -> Any:
        """The next configuration; None: wait for results; "FINISHED": there are no more."""
        study = self._of("suggest")
        try:
            trial = self._asked.pop(0) if self._asked else study.ask(lease=self._lease)
        except NothingYet:
            return None
        except SpaceExhausted:
            return Searcher.FINISHED
        study.ledger.note(Noted(trial.number, _MARK, [self._id, trial_id]))
        self._live[trial_id], self._numbers[trial_id] = trial, trial.number
        return self._nested(trial.config)

    def on_trial_result(self, trial_id: str, result: Mapping[str, Any]) -> None:
        """Learn what a running trial has reported."""
        trial = self._live.get(trial_id)
        values = self._values(result)
        if trial is not None and values is not None:
            trial.report(values, result.get(_STEP))

    def on_trial_complete(
        self, trial_id: str, result: Mapping[str, Any] | None = None, error: bool = False
    ) -> None:
        """Settle a trial: with the metric of its last result, or as failed."""
        number = self._numbers.pop(trial_id, None)
        if number is None:
            return
        trial = self._live.pop(trial_id, number)
        values = None if error or result is None else self._values(result)
        study = self._of("on_trial_complete")
        try:
            study.tell(trial, values, state=None if values is not None else TrialState.FAILED)
        except ResultError as unusable:  # NaN, or no number
            study.tell(trial, str(unusable), state=TrialState.FAILED)
        except (AlreadyTold, LeaseLost):
            return  # told before Tune was restored; the first result stands

    def add_evaluated_point(
        self,
        parameters: Mapping[str, Any],
        value: Any,
        error: bool = False,
        pruned: bool = False,
        intermediate_values: list[float] | None = None,
    ) -> None:
        """Learn from a configuration that was evaluated elsewhere.

        Raises:
            SpaceError: it is not in the space.
        """
        study = self._of("add_evaluated_point")
        [number] = study.enqueue(self._flat(parameters))
        while (trial := study.ask(lease=self._lease)).number != number:
            self._asked.append(trial)
        for step, intermediate in enumerate(intermediate_values or (), 1):
            trial.report(intermediate, step)
        state = TrialState.FAILED if error else TrialState.PRUNED if pruned else None
        study.tell(trial, None if error else value, state=state)

    def save(self, checkpoint_path: str) -> None:
        """Write down which trial of Tune is which of ours; the study is in its storage."""
        kept = {name: getattr(self, name) for name in _KEPT}
        kept |= {"place": self._place, "paths": list(self._paths.values())}
        Path(checkpoint_path).write_text(json.dumps(kept))

    def restore(self, checkpoint_path: str) -> None:
        """Go on with what `save` has written.

        Raises:
            Unsupported: the study was in memory, and is gone.
        """
        kept = json.loads(Path(checkpoint_path).read_text())
        storage, name = kept["place"]
        if storage is None:
            raise Unsupported(
                "TrimtabSearch: the study was in memory, so there is nothing to restore; give "
                'storage="study.db" to be able to go on'
            )
        for key in _KEPT:
            setattr(self, key, kept[key])
        self._place = (storage, name)
        self._paths = {".".join(path): tuple(path) for path in kept["paths"]}
        self._forget()
        sampler = self._settings["sampler"]
        self.study = load_study(
            storage=storage, study_name=name, space=self._space, sampler=sampler
        )
        self._put_back(self.study)

    def _put_back(self, study: Study) -> None:
        """Trials that Tune has forgotten, for it was killed after it had asked for them."""
        ledger, known = study.ledger, set(self._numbers.values())
        for trial in study.trials:
            is_ours = trial.user_attrs.get(_MARK, [None])[0] == self._id
            if trial.state is TrialState.RUNNING and is_ours and trial.number not in known:
                claim = ledger.journal.claim_of(ledger.id, trial.number)
                if claim is not None:
                    ledger.journal.release(claim, "Tune was restored to a time before it")

    def __getstate__(self) -> dict[str, Any]:
        """What Tune keeps of this object beside its own: everything but the live study."""
        return {**vars(self), "study": None, "_live": {}, "_asked": []}

    # -- between Tune's words and ours ------------------------------------------------------------

    def _open(self) -> None:
        metrics = [self._metric] if isinstance(self._metric, str) else list(self._metric or ())
        modes = [self._mode] if isinstance(self._mode, str) else list(self._mode or ())
        if not metrics or len(metrics) != len(modes) or set(modes) - {"min", "max"}:
            raise InvalidArgument(
                f"metric={self._metric!r} and mode={self._mode!r} must be a name and 'min' or 'max', or "
                "lists of them; give them to the TuneConfig or to TrimtabSearch"
            )
        storage, name = self._place
        self.study = create_study(
            self._space,
            directions=[{"min": "minimize", "max": "maximize"}[mode] for mode in modes],
            storage=storage,
            study_name=name,
            load_if_exists=True,
            **self._settings,
        )

    def _of(self, what: str) -> Study:
        if self.study is None:
            if self._space is None or not self._metric:
                raise InvalidArgument(
                    f"{what}: the search space and the metric are not known yet; give TrimtabSearch "
                    "space=, metric= and mode=, or use it in a Tuner"
                )
            self._open()
        if self.study is None:
            raise InvalidArgument(f"{what}: the study is closed")
        return self.study

    def _values(self, result: Mapping[str, Any]) -> Any:
        """The metrics of a result; None where one is missing."""
        if isinstance(self._metric, str):
            return result.get(self._metric)
        values = [result.get(name) for name in self._metric or ()]
        return None if any(value is None for value in values) else values

    def _nested(self, config: Mapping[str, Any]) -> dict[str, Any]:
        nested: dict[str, Any] = {}
        for name, value in config.items():
            *parents, last = self._paths.get(name, (name,))
            inner = nested
            for parent in parents:
                inner = inner.setdefault(parent, {})
            inner[last] = value
        return nested

    def _flat(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Tune's nested parameters by our names; those that are not searched are left out."""
        names = self._of("add_evaluated_point").space.names
        found = {".".join(path): value for path, value in _leaves(parameters)}
        return {name: value for name, value in found.items() if name in names}


def _searched(spec: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The part of Tune's config that is searched; constants of any kind are Tune's own affair."""
    for name, item in spec.items():
        if isinstance(item, Mapping) and set(item) != {"grid_search"}:
            inner = dict(_searched(item))
            if inner:
                yield name, inner
        elif isinstance(item, Mapping) or hasattr(item, "sampler") or hasattr(item, "categories"):
            yield name, item


def _paths(spec: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, item in spec.items():
        if isinstance(item, Mapping) and set(item) != {"grid_search"}:
            yield from ((name, *path) for path in _paths(item))
        else:
            yield (name,)


def _leaves(
    parameters: Mapping[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*above, name))
        else:
            yield (*above, name), value
