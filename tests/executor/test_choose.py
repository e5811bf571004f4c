"""The executor that a word stands for."""

from typing import Any

import pytest

from trimtab.errors import InvalidArgument
from trimtab.executor.choose import executor_of, n_workers_of
from trimtab.executor.cpu import usable_cpus
from trimtab.executor.process import Process
from trimtab.executor.serial import Serial
from trimtab.executor.thread import Thread


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({}, Serial),
        ({"n_jobs": 2}, Process),
        ({"timeout": 5.0}, Process),
        ({"trial_timeout": 5.0}, Process),
        ({"memory_limit": 10**9}, Process),
        ({"spec": "serial", "timeout": 5.0}, Serial),
        ({"spec": "thread", "n_jobs": 3}, Thread),
        ({"spec": "process"}, Process),
    ],
)
def test_a_word_and_limits_name_an_executor(options: dict[str, Any], kind: type) -> None:
    executor = executor_of(**options)
    assert type(executor) is kind
    if not isinstance(executor, Serial):
        assert executor.n_workers == options.get("n_jobs", 1)
    if isinstance(executor, Process):
        assert executor.trial_timeout == options.get("trial_timeout")
        assert executor.memory_limit == options.get("memory_limit")


def test_an_instance_is_used_as_it_is() -> None:
    mine = Thread(2)
    assert executor_of(mine) is mine


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"spec": "proces"}, "did you mean 'process'"),
        ({"n_jobs": 0}, "n_jobs=0"),
        ({"n_jobs": -2}, "n_jobs=-2"),
        ({"n_jobs": 1.5}, "n_jobs=1.5"),
        ({"spec": "serial", "n_jobs": 2}, "n_jobs=2"),
        ({"spec": "serial", "trial_timeout": 1.0}, r"trial_timeout=1\.0.*executor='process'"),
        ({"spec": "thread", "memory_limit": 5}, "memory_limit=5"),
        ({"spec": Thread}, "pass an instance"),
        ({"spec": 3}, "lacks open, free"),
        ({"spec": Thread(1), "trial_timeout": 1.0}, "to the executor instead"),
    ],
)
def test_what_cannot_be_kept_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidArgument, match=words):
        executor_of(**options)


def test_minus_one_means_every_usable_cpu() -> None:
    """PAR-02: the affinity and quota count; what two workers buy is in benchmarks/parallel.py."""
    assert n_workers_of(-1) == usable_cpus() >= 1
    assert n_workers_of(64) == 64
