"""What several tests of run records start from."""

import pytest
import torch

from odenets.records import Records


@pytest.fixture
def records(tmp_path):
    with Records(tmp_path / "runs") as opened:
        yield opened


@pytest.fixture(scope="module")
def one_thread():
    """Small tensors: threads would wait for one another."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def double():
    """Float64 by default, from one seed."""
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)
