"""A study of the module's own TEXT, and where it writes."""

import pytest

from odenets.studies.completing import Places
from odenets.studies.plans import read


@pytest.fixture
def study(tmp_path, one_thread, request):
    (tmp_path / "own.toml").write_text(request.module.TEXT)
    return read(tmp_path / "own.toml")


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path / "runs", tmp_path / "results")
