"""Signals end a run, but never in the middle of a write."""

import os
import signal
import threading

import pytest

from trimtab.study.interrupt import Interrupts

MINE = os.getpid()


def arrive(signum):
    os.kill(MINE, signum)


def test_control_c_raises_at_once():
    with pytest.raises(KeyboardInterrupt), Interrupts():
        arrive(signal.SIGINT)
        raise AssertionError("not reached")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_sigterm_leaves_as_system_exit():
    with pytest.raises(SystemExit) as caught, Interrupts():
        arrive(signal.SIGTERM)
    assert caught.value.code == 143
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_until_what_is_written_is_written(signum):
    done = []
    with pytest.raises((KeyboardInterrupt, SystemExit)), Interrupts() as interrupts:
        with interrupts.held():
            with interrupts.held():
                arrive(signum)
            done.append("written")
        done.append("not reached")
    assert done == ["written"]


def test_a_second_signal_does_not_wait():
    done = []
    with pytest.raises(KeyboardInterrupt), Interrupts() as interrupts, interrupts.held():
        arrive(signal.SIGINT)
        done.append("first")
        arrive(signal.SIGINT)
        done.append("second")
    assert done == ["first"]


def test_handlers_of_the_user_are_left_alone():
    seen = []
    before = signal.signal(signal.SIGTERM, lambda *_: seen.append("mine"))
    try:
        with Interrupts():
            arrive(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert seen == ["mine"]


def test_other_threads_have_no_say():
    found = []

    def work():
        with Interrupts():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [signal.default_int_handler]


def test_an_error_inside_passes_through():
    with pytest.raises(ValueError, match="inside"), Interrupts() as interrupts, interrupts.held():
        raise ValueError("inside")
