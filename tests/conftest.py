"""For all tests: one thread for linear algebra, before NumPy is loaded; two workers share two cores."""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
