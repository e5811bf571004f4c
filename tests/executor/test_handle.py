"""The live trial: reports, decisions, attributes, hooks, old spellings."""

import warnings
from typing import Any

import numpy as np
import pytest

from trimtab.core.message import Measured
from trimtab.core.protocols import Decision
from trimtab.core.trial import TrialState
from trimtab.errors import InvalidArgument, ResultError, SpaceError
from trimtab.executor import handle
from trimtab.executor.handle import Trial, flush_if_due, take_hooks
from trimtab.space.domain import Float
from trimtab.space.space import Space


class Line:
    def __init__(self, decision: Decision = Decision.CONTINUE) -> None:
        self.messages: list[Measured] = []
        self.decision = decision

    def send(self, message: Measured) -> None:
        self.messages.append(message)

    def ask(self, message: Measured) -> Decision:
        self.messages.append(message)
        return self.decision


@pytest.fixture
def line() -> Line:
    return Line()


def open_trial(make_task: Any, line: Line, **changes: Any) -> Trial:
    return Trial(make_task(0, {}, is_open=True, **changes), line)


def test_a_declared_trial_shows_what_it_was_given(make_task: Any, line: Line) -> None:
    trial = Trial(make_task(3, {"x": 1.5}, attempt=2), line)
    assert (trial.number, trial.seed, trial.attempt, trial.state) == (
        3,
        1237,
        2,
        TrialState.RUNNING,
    )
    assert trial.config == trial.params == {"x": 1.5}
    assert trial.drain() == Measured(3)
    assert repr(trial) == "<Trial 3: {'x': 1.5}>"


def test_suggestions_build_the_configuration(make_task: Any, line: Line) -> None:
    trial = open_trial(make_task, line)
    a = trial.suggest_float("a", 0, 1)
    b = trial.suggest_int("b", 10, 100, step=10)
    c = trial.suggest_categorical("c", ("u", None))
    d = trial.suggest({"d": Float(1e-3, 1, log=True)})
    assert isinstance(a, float) and type(b) is int and b % 10 == 0 and c in ("u", None)
    assert trial.config == {"a": a, "b": b, "c": c, **d}
    chosen = trial.drain().chosen
    assert (
        chosen is not None and chosen.config == trial.config and list(chosen.grown) == list("abcd")
    )
    assert trial.drain().chosen is None  # nothing new
    assert list(trial.config) == list("abcd")
    with pytest.raises(SpaceError, match="log=True needs low > 0"):
        trial.suggest_float("e", 0, 1, log=True)


def test_old_spellings_give_the_same_values_and_warn_once(make_task: Any, line: Line) -> None:
    old, new = open_trial(make_task, line), open_trial(make_task, line)
    pairs = [
        (lambda: old.suggest_uniform("a", 0, 1), lambda: new.suggest_float("a", 0, 1)),
        (
            lambda: old.suggest_loguniform("b", 1e-5, 1),
            lambda: new.suggest_float("b", 1e-5, 1, log=True),
        ),
        (
            lambda: old.suggest_discrete_uniform("c", 0, 1, 0.1),
            lambda: new.suggest_float("c", 0, 1, step=0.1),
        ),
    ]
    for spelled, plain in pairs:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert spelled() == plain()
        assert [w.category for w in caught] == [DeprecationWarning]
        assert caught[0].filename == __file__
    with pytest.raises(AttributeError, match="suggest_hyperparams"):
        old.suggest_hyperparams()


@pytest.mark.usefixtures("unhurried")
def test_reports_are_counted_and_sent_in_parcels(make_task: Any, line: Line) -> None:
    trial = Trial(make_task(), line)
    for i in range(750):
        trial.report(np.float64(i))
    trial.report(7, step=2000)
    trial.report(8)
    assert [len(m.observations) for m in line.messages] == [500]
    assert trial.should_prune() is False
    tail = line.messages[1]
    assert tail.asks and [o.step for o in tail.observations][-3:] == [749, 2000, 2001]
    assert trial.last is not None and trial.last.values == (8.0,)
    assert trial.drain().observations == ()


def test_a_parcel_leaves_after_a_second(
    make_task: Any, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(handle.time, "monotonic", lambda: now[0])
    trial = Trial(make_task(), line)
    trial.report(0.0)
    flush_if_due(trial)
    assert line.messages == []
    now[0] += 1.0
    flush_if_due(trial)
    assert len(line.messages) == 1
    now[0] += 1.0
    flush_if_due(trial)
    assert len(line.messages) == 1  # nothing to send
    trial.report(1.0)
    assert len(line.messages) == 2
    chooser = open_trial(make_task, line)
    chooser.suggest_float("a", 0, 1)
    now[0] += 1.0
    flush_if_due(chooser)
    assert line.messages[2].chosen is not None


@pytest.mark.parametrize(
    ("value", "step"),
    [(True, 0), (None, 0), ("1", 0), ([1, 2], 0), (1, 1.5), (1, -1), (1, True)],
)
def test_bad_reports_are_refused(value: Any, step: Any, make_task: Any, line: Line) -> None:
    trial = Trial(make_task(), line)
    with pytest.raises(ResultError):
        trial.report(value, step)
    assert trial.drain().observations == ()


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_a_diverging_run_measures_is_kept(value: float, make_task: Any, line: Line) -> None:
    trial = Trial(make_task(), line)
    trial.report(value)
    assert repr(trial.drain().observations[0].values) == repr((value,))


@pytest.mark.usefixtures("unhurried")
def test_several_objectives_report_several_values(make_task: Any, line: Line) -> None:
    trial = Trial(make_task(n_objectives=2), line)
    trial.report([1, 2])
    assert trial.drain().observations[0].values == (1.0, 2.0)


@pytest.mark.parametrize("decision", [Decision.STOP, Decision.PAUSE])
def test_any_decision_but_to_go_on_prunes(decision: Decision, make_task: Any) -> None:
    assert Trial(make_task(), Line(decision)).should_prune() is True


def test_a_stopped_trial_asks_nobody(make_task: Any, line: Line) -> None:
    trial = Trial(make_task(), line)
    trial.is_stopped = True
    assert trial.should_prune() is True and line.messages == []


def test_attributes_are_json_and_copies(make_task: Any, line: Line) -> None:
    trial = Trial(make_task(), line)
    layers = [1, 2]
    trial.set_user_attr("layers", layers)
    trial.set_user_attr("score", np.float64(0.5))
    layers.append(3)
    assert trial.user_attrs == trial.drain().notes == {"layers": [1, 2], "score": 0.5}
    for value in (object(), {1, 2}, np.zeros(3), "x" * 1_000_001):
        with pytest.raises(InvalidArgument, match="'bad'"):
            trial.set_user_attr("bad", value)
    with pytest.raises(InvalidArgument, match="key=3"):
        trial.set_user_attr(3, 1)  # type: ignore[arg-type]
    assert trial.drain().notes == {}


def test_hooks_are_handed_out_once_last_first(make_task: Any, line: Line) -> None:
    trial = Trial(make_task(), line)
    calls: list[int] = []
    for i in range(3):
        trial.on_exit(lambda i=i: calls.append(i))
    for hook in take_hooks(trial):
        hook()
    assert calls == [2, 1, 0] and list(take_hooks(trial)) == []


def test_a_space_may_be_suggested_as_a_mapping_in_a_declared_study(
    make_task: Any, line: Line
) -> None:
    trial = Trial(make_task(0, {"x": 0.5}, space=Space({"x": Float(0, 1)})), line)
    assert trial.suggest({"x": Float(0, 1)}) == {"x": 0.5}
    assert trial.suggest_float("x", 0, 1) == 0.5
