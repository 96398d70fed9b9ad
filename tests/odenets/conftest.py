"""What several tests of run records start from."""

import pytest

from odenets.records import Records


@pytest.fixture
def records(tmp_path):
    with Records(tmp_path / "runs") as opened:
        yield opened
