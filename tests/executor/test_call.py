"""Signatures and what they receive."""

import functools
from typing import Any

import numpy as np
import pytest

from trimtab.errors import InvalidArgument
from trimtab.executor.call import caller_of
from trimtab.executor.handle import Trial


class _Mute:
    def send(self, message: Any) -> None:
        raise NotImplementedError

    ask = send


def scale(factor: float, x: float) -> float:
    return factor * x


class Model:
    def fit(self, config: dict[str, Any]) -> Any:
        return sorted(config)

    def __call__(self, x: float, y: float) -> float:
        return x - y


def only_kwargs(**config: Any) -> Any:
    return sorted(config)


def only_args(*args: Any) -> Any:
    return [sorted(arg) for arg in args]


def with_default(x: float, y: float, scale: float = 10.0) -> float:
    return (x + y) * scale


def takes_trial_and_config(config: dict[str, Any], trial: Trial) -> Any:
    return sorted(config), trial.number


def takes_trial_and_names(trial: Trial, x: float, y: float) -> Any:
    return trial.number, x, y


def config_and_option(config: dict[str, Any], verbose: bool = False) -> Any:
    return sorted(config), verbose


def by_position(x: float, /, *, y: float) -> float:
    return x / y


XY = {"x": 3.0, "y": 2.0}


@pytest.mark.parametrize(
    ("objective", "config", "expected"),
    [
        (lambda trial: (trial.number, trial.config), XY, (7, XY)),
        (lambda c: sorted(c), XY, ["x", "y"]),
        (lambda *, c: sorted(c), XY, ["x", "y"]),
        (lambda x: x**2, {"x": 3.0}, 9.0),
        (lambda x, y: x * y, XY, 6.0),
        (with_default, XY, 50.0),
        (only_kwargs, XY, ["x", "y"]),
        (only_args, XY, [["x", "y"]]),
        (functools.partial(scale, 2.0), {"x": 3.0}, 6.0),
        (functools.partial(scale, factor=2.0), {"x": 3.0}, 6.0),
        (Model().fit, XY, ["x", "y"]),
        (Model(), XY, 1.0),
        (takes_trial_and_config, XY, (["x", "y"], 7)),
        (takes_trial_and_names, XY, (7, 3.0, 2.0)),
        (config_and_option, XY, (["x", "y"], False)),
        (by_position, XY, 1.5),
        (np.sqrt, {"x": 9.0}, 3.0),
        (max, {"b": 1, "a": 2}, "b"),
        (lambda trial: trial, {"trial": 5}, 5),
        (lambda: 4.0, {}, 4.0),
    ],
)
def test_each_kind_of_signature_gets_what_it_asks_for(
    objective: Any, config: dict[str, Any], expected: Any, make_task: Any
) -> None:
    trial = Trial(make_task(7, config), _Mute())
    assert caller_of(objective, tuple(config), False)(trial) == expected


@pytest.mark.parametrize(
    "objective", [lambda trial: trial.number, lambda t: t.number, lambda t, verbose=True: t.number]
)
def test_define_by_run_hands_over_the_trial(objective: Any, make_task: Any) -> None:
    trial = Trial(make_task(7, {}, is_open=True), _Mute())
    assert caller_of(objective, (), True)(trial) == 7


@pytest.mark.parametrize(
    ("objective", "names", "is_open", "words"),
    [
        (
            lambda learning_rate, n: 0,
            ("learning_rat", "n"),
            False,
            "'learning_rate'.*did you mean 'learning_rat'",
        ),
        (lambda x: 0, ("x", "y"), False, "does not take 'y'"),
        (lambda: 0, ("x",), False, "does not take 'x'"),
        (lambda x, y: 0, (), True, "'x', 'y', but the study has no space"),
        (lambda: 0, (), True, "no parameters, but the study has no space"),
        (3.0, ("x",), False, "objective=3.0 is a float"),
    ],
)
def test_a_misfit_is_told_by_name(objective: Any, names: Any, is_open: bool, words: str) -> None:
    with pytest.raises(InvalidArgument, match=words):
        caller_of(objective, names, is_open)


def test_the_objective_cannot_change_the_configuration(make_task: Any) -> None:
    trial = Trial(make_task(0, dict(XY)), _Mute())
    caller_of(lambda c: c.clear(), tuple(XY), False)(trial)
    assert trial.config == XY
