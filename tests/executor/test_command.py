"""Programs as objectives: arguments in, numbers out, nothing left running."""

import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from trimtab.core.protocols import Decision
from trimtab.core.trial import TrialState
from trimtab.errors import InvalidArgument
from trimtab.executor import tree
from trimtab.executor.command import Command
from trimtab.executor.serial import Serial

SHOW = "import json, sys; print(json.dumps({'value': len(sys.argv), 'argv': sys.argv[1:]}))"


def python(code: str, *words: str, **options: Any) -> Command:
    return Command([sys.executable, "-S", "-c", code, *words], **options)


@pytest.fixture
def outcome(run: Any, make_task: Any) -> Any:
    def of(command: Command, config: Any = None, listen: Any = None, **changes: Any) -> Any:
        task = make_task(7, {"lr": 0.1} if config is None else config, **changes)
        return run(Serial(), command, [task], listen)[7]

    return of


def words(command: Command, config: dict[str, Any]) -> list[str]:
    return command.words(config, {"trial": 7, "seed": 5, **config})[1:]


def test_values_go_where_they_are_mentioned_and_no_shell_sees_them() -> None:
    config = {"lr": 1e-05, "opt": "a b; $(rm)", "flag": True, "none": None, "n": 10**20}
    command = Command(
        ["p", "--lr", "{lr}", "--x={opt}/{trial}", '{"json": 1}', "{flag}", "{none}", "{n}"]
    )
    assert words(command, config) == [
        "--lr", "1e-05", "--x=a b; $(rm)/7", '{"json": 1}', "true", "null", "100000000000000000000",
    ]  # fmt: skip


def test_without_a_mention_every_parameter_is_appended() -> None:
    config = {"lr": 0.1, "opt": "sgd"}
    assert words(Command("p --out 'my dir' {trial}"), config)[:3] == ["--out", "my dir", "7"]
    assert words(Command("p"), config) == ["--lr=0.1", "--opt=sgd"]
    assert words(Command("p", style="space"), config) == ["--lr", "0.1", "--opt", "sgd"]


@pytest.mark.parametrize(
    ("code", "options", "value"),
    [
        ("print('epoch 1'); print(0.25); print('bye')", {}, 0.25),
        ("print('{\"value\": 0.5}')", {}, 0.5),
        ('print(\'{"loss": 0.5, "name": "x"}\')', {}, 0.5),
        ('print(\'{"loss": 0.5, "acc": 0.75}\')', {"metric": "acc"}, 0.75),
        ("print('loss=3'); print('loss=2.5e-1 ok')", {"pattern": r"loss=(\S+)"}, 0.25),
        ("import os; print(os.environ['TRIMTAB_TRIAL'])", {}, 7.0),
        ("import os; print(os.environ['TRIMTAB_SEED'])", {}, 1241.0),
        ("import os; print(os.environ['EXTRA'])", {"env": {"EXTRA": "11"}}, 11.0),
        ("import sys; print(len(sys.stdin.read()))", {}, 0.0),
    ],
)
def test_the_result_is_read_from_the_output(
    code: str, options: Any, value: float, outcome: Any
) -> None:
    found = outcome(python(code, **options)).outcome
    assert found.values == (value,), found.reason


def test_several_metrics_and_a_file(outcome: Any, tmp_path: Path) -> None:
    two = python('print(\'{"a": 1, "b": 2}\')', metric=["b", "a"])
    assert outcome(two, n_objectives=2).outcome.values == (2.0, 1.0)
    write = python(
        "import sys; open(sys.argv[1], 'w').write('0.5')",
        "r-{trial}.json",
        file="r-{trial}.json",
        cwd=str(tmp_path),
    )
    assert outcome(write).outcome.values == (0.5,)
    stale = python("pass", file="r-{trial}.json", cwd=str(tmp_path))
    assert "has not written" in outcome(stale).outcome.reason


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (
            python("import sys; print(1); sys.exit('no data')"),
            "exit code 1; its standard error ends with:\nno data",
        ),
        (python("import os; os.abort()"), "the program failed: signal 6"),
        (python("pass"), "the program printed no result"),
        (python('print(\'{"a": 1, "b": 2}\')'), "say which counts with metric="),
        (python("print('{\"acc\": 1}')", metric="ac"), "lacks 'ac' (did you mean 'acc'"),
        (python("print('x')", pattern="loss=(.*)"), "no output matches"),
        (python("print(1)", "{rate}"), "{rate} in '{rate}' is no active parameter"),
        (Command(["/no/such/program"]), "cannot start '/no/such/program'"),
        (python("print('NaN')"), "ResultError: objective is nan"),
    ],
)
def test_a_failure_says_what_happened(command: Command, reason: str, outcome: Any) -> None:
    found = outcome(command).outcome
    assert found.state is TrialState.FAILED
    assert reason in found.reason and "Traceback" not in found.reason


def test_reports_on_the_way_can_get_it_pruned(outcome: Any, listener: Any) -> None:
    code = """
import json, time
for step in range(5):
    print(json.dumps({"step": step, "loss": 5 - step}), flush=True)
    print(json.dumps({"step": step, "note": "no number"}), flush=True)
time.sleep(60)
"""
    steps: list[int] = []

    def decide(message: Any) -> Decision:
        steps.extend(
            o.step for o in message.observations
        )  # none, where a slow machine sent them before
        return Decision.STOP if 3 in steps else Decision.CONTINUE

    heard = listener(decide)
    ended = outcome(python(code), None, heard)
    assert ended.outcome.state is TrialState.PRUNED and ended.outcome.values == (2.0,)
    assert [o.step for m in heard.messages for o in m.observations] == [0, 1, 2, 3]


def test_a_timeout_ends_it_with_its_children(outcome: Any, tmp_path: Path) -> None:
    code = """
import subprocess, sys, time
child = subprocess.Popen(["sleep", "60"], start_new_session=True)
open(sys.argv[1], "w").write(str(child.pid))
time.sleep(60)
"""
    start = time.monotonic()
    found = outcome(python(code, str(tmp_path / "pid"), timeout=0.5)).outcome
    assert found.reason == "timeout after 0.5 s" and time.monotonic() - start < 3
    member = tree.processes().get(int((tmp_path / "pid").read_text()))
    assert member is None or member.is_zombie


def test_a_child_that_keeps_the_output_open_does_not_hold_it_up(outcome: Any) -> None:
    code = "import subprocess; subprocess.Popen(['sleep', '60']); print(1.5)"
    start = time.monotonic()
    assert outcome(python(code)).outcome.values == (1.5,)
    assert time.monotonic() - start < 5


def test_much_output_on_both_pipes_does_not_block(outcome: Any) -> None:
    code = "import sys; sys.stderr.write('e' * 10**6); print('o' * 10**6); print(1)"
    assert outcome(python(code)).outcome.values == (1.0,)


def test_a_trial_that_is_given_up_stops_its_program(make_task: Any) -> None:
    from trimtab.executor.handle import Trial

    trial = Trial(make_task(), Serial())
    trial.is_stopped = True
    with pytest.raises(Exception, match="given this trial up"):
        python("import time; time.sleep(60)")(trial)


def test_a_worker_process_can_run_it(process: Any, run: Any, make_task: Any) -> None:
    ended = run(process(1), python("print(2.5)"), [make_task()])
    assert ended[0].outcome.values == (2.5,)


def test_settings_are_checked() -> None:
    for options, told in (
        ({"argv": []}, "names no program"),
        ({"argv": "p", "style": "x"}, "style='x'"),
        ({"argv": "p", "timeout": 0}, "timeout=0"),
    ):
        with pytest.raises(InvalidArgument, match=told):
            Command(**options)
    assert os.environ.get(tree.MARK) is None
