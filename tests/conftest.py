"""Settings for all tests: the same examples on every run, one thread a worker, and no folder of the user's."""

import os
import tempfile

from hypothesis import settings

settings.register_profile("proofs", derandomize=True, deadline=None, max_examples=40)
settings.load_profile("proofs")

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when torch is imported, which not every test needs
else:  # workers inherit the folders, so that they share a cache
    EMPTY = tempfile.TemporaryDirectory(prefix="odenets-tests-")
    for folder in ("SCHEMES", "CACHE"):
        os.environ[f"ODENETS_{folder}"] = os.path.join(EMPTY.name, folder.lower())
