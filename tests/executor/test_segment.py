"""Trials in segments, as an executor sees them: how far to go, and what their end means."""

import pytest

from trimtab.core.message import Measured
from trimtab.core.protocols import Decision
from trimtab.errors import InvalidArgument, TrialPruned
from trimtab.executor.call import caller_of
from trimtab.executor.handle import Trial
from trimtab.executor.worker import run_task


class Line:
    """A channel that answers by the last step reported."""

    def __init__(self, answers=None):
        self.answers, self.asked = answers or {}, []
        self.last, self.steps, self.reports = None, [], []

    def send(self, message: Measured) -> None:  # on a busy machine: some time after the last
        self.reports += message.observations
        self.steps = [o.step for o in self.reports]
        self.last = self.steps[-1] if self.steps else None

    def ask(self, message: Measured) -> Decision:
        self.send(message)
        self.asked.append(self.last)
        return self.answers.get(self.last, Decision.CONTINUE)


def loop(trial):
    seen = []
    for step in trial.steps(9):
        trial.report(1 / step)
        seen.append(step)
        with trial.checkpoint.save(step):
            pass
    trial.set_user_attr("seen", seen)
    return 1 / seen[-1]


def run(make_task, objective, line, **task):
    made = make_task(**task)
    caller = caller_of(objective, ("x",), False, made.full is not None)
    return run_task(caller, made, line)


def test_a_loop_asks_from_its_budget_on(make_task, tmp_path):
    line = Line({3: Decision.PAUSE})
    ended = run(make_task, loop, line, budget=3, full=9, checkpoint=str(tmp_path))
    assert (ended.outcome.state, ended.outcome.values) == ("paused", None)
    assert ended.notes["seen"] == [1, 2, 3]
    assert line.asked == [
        1,
        2,
        3,
        3,
    ]  # at each save, so that reports are durable, and at the budget
    line = Line()
    ended = run(make_task, loop, line, budget=9, full=9, checkpoint=str(tmp_path))
    assert (ended.outcome.state, ended.outcome.values) == ("complete", (1 / 9,))
    assert ended.notes["seen"] == [4, 5, 6, 7, 8, 9]
    assert line.steps + [o.step for o in ended.observations] == [4, 5, 6, 7, 8, 9]


def test_a_loop_that_is_stopped_simply_ends(make_task, tmp_path):
    ended = run(make_task, loop, Line({4: Decision.STOP}), checkpoint=str(tmp_path))
    assert (ended.outcome.state, ended.outcome.values) == ("pruned", (1 / 4,))
    assert ended.notes["seen"] == [1, 2, 3, 4]


def test_without_a_number_of_steps_the_fidelity_says_it(make_task):
    assert list(Trial(make_task(full=4), Line()).steps()) == [1, 2, 3, 4]
    with pytest.raises(InvalidArgument, match="fidelity="):
        Trial(make_task(), Line()).steps()


def raises(trial):
    trial.report(1.0, 1)
    if trial.should_prune():
        raise TrialPruned("enough")
    return 2.0


def returns(trial):
    trial.report(1.0, 1)
    return 1.5 if trial.should_prune() else 2.0


def ignores(trial):
    for step in (1, 2):
        trial.report(1.0, step)
        if step == 1:
            trial.should_prune()
    return 2.0


@pytest.mark.parametrize(
    ("objective", "decision", "state", "values"),
    [
        (raises, Decision.STOP, "pruned", (1.0,)),
        (raises, Decision.PAUSE, "paused", None),
        (returns, Decision.STOP, "pruned", (1.0,)),
        (returns, Decision.PAUSE, "paused", None),
        (returns, Decision.CONTINUE, "complete", (2.0,)),
        (ignores, Decision.STOP, "complete", (2.0,)),
    ],
)
def test_what_the_end_of_a_trial_means(make_task, objective, decision, state, values):
    outcome = run(make_task, objective, Line({1: decision})).outcome
    assert (outcome.state, outcome.values) == (state, values)


def with_budget(x, budget):
    return x + budget


@pytest.mark.parametrize(
    ("task", "state", "values", "step"),
    [
        ({"budget": 3, "full": 9}, "paused", None, 3),
        ({"budget": 9, "full": 9}, "complete", (10.0,), 9),
        ({"budget": None, "full": 9}, "complete", (10.0,), 9),
    ],
)
@pytest.mark.parametrize(
    "objective",
    [
        with_budget,
        lambda config, budget: config["x"] + budget,
        lambda trial, budget: trial.config["x"] + budget,
        lambda x, trial, *, budget=1: x + budget,
    ],
)
def test_plain_functions_take_a_budget(make_task, objective, task, state, values, step):
    line = Line()
    ended = run(make_task, objective, line, **task)
    assert (ended.outcome.state, ended.outcome.values) == (state, values)
    reports = [*line.reports, *ended.observations]
    assert [(o.step, o.values) for o in reports] == [(step, (1.0 + step,))]


def test_a_budget_without_a_fidelity_is_a_parameter_like_any_other(make_task):
    assert run(make_task, lambda x, budget=5: x + budget, Line()).outcome.values == (6.0,)
    with pytest.raises(InvalidArgument, match="'budget'"):
        run(make_task, with_budget, Line())


def test_a_failure_is_a_failure_whatever_the_budget(make_task):
    def fails(x, budget):
        raise ValueError("no")

    assert run(make_task, fails, Line(), budget=3, full=9).outcome.state == "failed"
