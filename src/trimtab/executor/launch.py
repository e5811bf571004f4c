"""Starting worker interpreters, and the guard that outlives us for a moment.

A worker gets our `sys.path`, `sys.argv` and working directory, and one end of a socket pair (POSIX,
1988). Its numeric libraries are told to share the CPUs with its siblings, unless the user has told them
something else.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection

from trimtab.errors import Unsupported
from trimtab.executor import tree
from trimtab.executor.cpu import usable_cpus

_BOOT = (
    "import sys, json; sys.path[:], sys.argv[:], fd = json.loads(sys.argv[1]); "
    "from trimtab.executor.process_main import main; main(fd)"
)
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "BLIS_NUM_THREADS",
)


def check_platform() -> None:
    """Refuse where there are no process groups.

    Raises:
        Unsupported: not a POSIX system, or an interpreter without an executable of its own.
    """
    if os.name != "posix":
        raise Unsupported(
            f"executor='process' needs a POSIX system, this is {os.name!r}; use executor='thread'"
        )
    if not sys.executable:
        raise Unsupported(
            "executor='process' needs sys.executable, which an embedded Python lacks; set it, or use "
            "executor='thread'"
        )


def launch_worker(
    mark: str, n_workers: int, env: Mapping[str, str]
) -> "tuple[subprocess.Popen[bytes], Connection]":
    """Start one of `n_workers` workers; returns its process and our end of the pipe.

    `env`: what its environment shall have besides ours.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        fd = theirs.fileno()
        given = json.dumps([sys.path, sys.argv, fd])
        process = subprocess.Popen(
            [sys.executable, "-c", _BOOT, given],
            env={**os.environ, **thread_limits(n_workers), **env, tree.MARK: mark},
            stdin=subprocess.DEVNULL,
            pass_fds=(fd,),
            start_new_session=True,
        )
    return process, Connection(ours.detach())


def launch_guard(run: str) -> "subprocess.Popen[bytes]":
    """Start the process that ends the workers of this run, if we cannot do it ourselves any more."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", tree.__file__, run],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def thread_limits(n_workers: int) -> dict[str, str]:
    """Environment variables that keep the threads of numeric libraries to a worker's share of CPUs."""
    share = str(max(1, usable_cpus() // n_workers))
    return {name: share for name in _THREADS if name not in os.environ}
