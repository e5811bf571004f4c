"""Whatever an objective does, one Ended comes of it."""

import asyncio
import gc
import logging
import weakref
from typing import Any

import pytest

from trimtab.core.protocols import Decision
from trimtab.core.trial import Result, TrialState
from trimtab.errors import ResultError, TrialPruned
from trimtab.executor.worker import ProgramFailed, reason_of, run_task


class Deaf:
    def send(self, message: Any) -> None: ...

    def ask(self, message: Any) -> Decision:
        return Decision.CONTINUE


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def raising(error: BaseException) -> Any:
    def caller(trial: Any) -> float:
        raise error

    return caller


def test_a_result_completes(make_task: Any) -> None:
    ended = run_task(lambda trial: Result(2, constraints=[-1], cost=3), make_task(4), Deaf())
    outcome = ended.outcome
    assert (ended.number, outcome.state, outcome.values) == (4, TrialState.COMPLETE, (2.0,))
    assert (outcome.constraints, outcome.cost, ended.error) == ((-1.0,), 3.0, None)
    assert outcome.seconds is not None and 0 <= outcome.seconds < 1


def test_names_and_walls_reach_the_check(make_task: Any) -> None:
    named = run_task(lambda t: {"acc": 0.5, "n": 1}, make_task(metrics=("acc",)), Deaf())
    assert named.outcome.values == (0.5,)
    walled = run_task(lambda t: float("inf"), make_task(barrier=True), Deaf())
    assert walled.outcome.values == (float("inf"),)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("bad\nvery bad"), "ValueError: bad"),
        (SystemExit(2), "SystemExit: 2"),
        (SystemExit(), "SystemExit"),
        (GeneratorExit(), "GeneratorExit"),
        (asyncio.CancelledError(), "CancelledError"),
        (MemoryError(), "MemoryError"),
        (RecursionError("too deep"), "RecursionError: too deep"),
        (ExceptionGroup("two", [ValueError(1)]), "ExceptionGroup: two (1 sub-exception)"),
        (Mute(), "Mute: <its message cannot be shown: RuntimeError>"),
        (ValueError("\ud800"), "ValueError: \\ud800"),
    ],
)
def test_an_error_fails_the_trial_with_its_first_line(
    error: BaseException, line: str, make_task: Any
) -> None:
    ended = run_task(raising(error), make_task(), Deaf())
    assert ended.outcome.state is TrialState.FAILED and ended.error is error
    first, rest = (ended.outcome.reason or "").split("\n", 1)
    assert first == line
    assert "raise error" in rest and "executor/worker.py" not in rest
    assert len(ended.outcome.reason or "") < 9000


def test_the_reason_of_a_huge_error_stays_small() -> None:
    assert len(reason_of(ValueError("x" * 10**6))) < 9000


def test_a_program_tells_its_own_reason(make_task: Any) -> None:
    ended = run_task(raising(ProgramFailed("exit code 3")), make_task(), Deaf())
    assert ended.outcome.reason == "exit code 3"


@pytest.mark.parametrize("returned", [None, "x", float("nan"), float("inf"), 1j, True, [1, 2]])
def test_a_bad_result_fails_the_trial(returned: Any, make_task: Any) -> None:
    ended = run_task(lambda trial: returned, make_task(), Deaf())
    assert ended.outcome.state is TrialState.FAILED
    assert (ended.outcome.reason or "").startswith("ResultError: ")
    assert isinstance(ended.error, ResultError)


@pytest.mark.usefixtures("unhurried")
def test_a_pruned_trial_keeps_its_last_report(make_task: Any) -> None:
    def caller(trial: Any) -> float:
        trial.report(3, 0)
        trial.report(2, 5)
        raise TrialPruned("seen enough")

    ended = run_task(caller, make_task(), Deaf())
    assert (ended.outcome.state, ended.outcome.values) == (TrialState.PRUNED, (2.0,))
    assert ended.outcome.reason == "seen enough" and ended.error is None
    assert [o.step for o in ended.observations] == [0, 5]
    assert run_task(raising(TrialPruned()), make_task(), Deaf()).outcome.values is None


def test_only_the_keyboard_gets_through_and_hooks_run_first(make_task: Any) -> None:
    calls: list[str] = []

    def caller(trial: Any) -> float:
        trial.on_exit(lambda: calls.append("cleaned"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_task(caller, make_task(), Deaf())
    assert calls == ["cleaned"]


@pytest.mark.parametrize("error", [None, ValueError(), TrialPruned()])
def test_hooks_run_however_the_trial_ends(
    error: Exception | None, make_task: Any, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []

    def caller(trial: Any) -> float:
        trial.on_exit(lambda: calls.append(1))
        trial.on_exit(lambda: 1 / 0)
        trial.on_exit(lambda: calls.append(2))
        if error is not None:
            raise error
        return 1.0

    with caplog.at_level(logging.ERROR, "trimtab"):
        ended = run_task(caller, make_task(), Deaf())
    assert calls == [2, 1]
    assert "hook of on_exit failed" in caplog.text
    assert (ended.outcome.state is TrialState.COMPLETE) == (error is None)


def test_a_failed_trial_frees_its_memory_with_its_error(make_task: Any) -> None:
    class Big: ...

    kept: list[Any] = []

    def caller(trial: Any) -> float:
        big = Big()
        kept.append(weakref.ref(big))
        raise ValueError

    gc.disable()
    try:
        ended = run_task(caller, make_task(), Deaf())
        assert kept[0]() is not None  # the traceback has it
        del ended
        assert kept[0]() is None  # no cycle keeps it
    finally:
        gc.enable()
