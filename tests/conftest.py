"""Settings for all tests: the same examples on every run, and one thread a worker where workers share the cores."""

import os

from hypothesis import settings

settings.register_profile("proofs", derandomize=True, deadline=None, max_examples=40)
settings.load_profile("proofs")

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when torch is imported, which not every test needs
