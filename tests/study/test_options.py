"""The keyword arguments of a run, checked before anything runs."""

import pytest

from trimtab.errors import InvalidArgument
from trimtab.study.options import Options
from trimtab.terminator import Plateau


def test_defaults_are_valid_and_quiet():
    options = Options.of()
    assert options.catch == (Exception,)
    assert options.callbacks == ()


def test_single_things_become_several():
    def callback(study, trial):
        return None

    options = Options.of(catch=ValueError, callbacks=callback, terminator=Plateau(3))
    assert options.catch == (ValueError,)
    assert options.callbacks == (callback,)
    assert Options.of(catch=()).catch == ()
    assert Options.of(callbacks=[callback, callback]).callbacks == (callback, callback)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timeout", 0),
        ("timeout", "60"),
        ("timeout", True),
        ("timeout", float("nan")),
        ("trial_timeout", -1),
        ("memory_limit", 0),
        ("retries", -1),
        ("retries", 1.5),
        ("retries", None),
        ("retry_delay", -0.1),
        ("retry_delay", float("inf")),
        ("max_failures", 0),
        ("max_failures", True),
        ("catch", "ValueError"),
        ("catch", (ValueError, 3)),
        ("callbacks", 3),
        ("callbacks", [None]),
        ("terminator", "plateau"),
        ("terminator", 30),
    ],
)
def test_values_out_of_range_are_named(name, value):
    with pytest.raises(InvalidArgument) as caught:
        Options.of(**{name: value})
    assert f"{name}={value!r}" in str(caught.value)


def test_unknown_names():
    with pytest.raises(InvalidArgument, match=r"'n_job' is not an option.*did you mean 'n_jobs'"):
        Options.of(n_job=2)
