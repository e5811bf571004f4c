"""For all tests: one thread for linear algebra, before NumPy is loaded, and a Ctrl-C that arrives.

A shell that starts the tests in the background lets them ignore SIGINT, and so would every program that
they start: those that test an interrupt would wait for ever.
"""

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

is_main = threading.current_thread() is threading.main_thread()
if is_main and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

sys.path.insert(0, str(Path(__file__).parent))  # tests share `postgres`


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server for the whole run; each test takes a schema of its own."""
    from postgres import Server

    server = Server()
    yield server
    server.remove()
