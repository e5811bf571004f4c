"""For all tests: one thread for linear algebra, before NumPy is loaded, and a Ctrl-C that arrives.

A shell that starts the tests in the background lets them ignore SIGINT, and so would every program that
they start: those that test an interrupt would wait for ever.
"""

import os
import signal
import threading

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

is_main = threading.current_thread() is threading.main_thread()
if is_main and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
