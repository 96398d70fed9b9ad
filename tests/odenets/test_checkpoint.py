import multiprocessing
import os
import random
import stat
import time
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from odenets import checkpoint
from odenets.errors import OdenetsError

pytestmark = pytest.mark.usefixtures("one_thread")  # a second one is waited for, for seconds where the cores are busy


@pytest.fixture
def path(tmp_path):
    return tmp_path / "last.safetensors"


def exactly(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and torch.equal(a, b)


def network(seed=0, classes=3):
    torch.manual_seed(seed)
    net = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.Flatten(), nn.LazyLinear(classes)
    )
    net(torch.zeros(2, 3, 7, 7))
    net.register_parameter("k", nn.Parameter(torch.tensor(-0.05)))
    return net.to(memory_format=torch.channels_last)


def train(net, optimizer, steps):
    for seed in steps:
        random_state = torch.Generator().manual_seed(seed)
        inputs, targets = torch.randn(5, 3, 7, 7, generator=random_state), torch.tensor([0, 1, 2, 1, 0])
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(inputs) * (1 + net.k), targets).backward()
        optimizer.step()


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=5e-4),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0, nesterov=True),
    "plain sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "adam": lambda p: torch.optim.Adam(p, lr=3e-3, betas=(0.8, 0.99), amsgrad=True),
}


def test_every_kind_of_tensor_survives(path):
    weight = torch.randn(4, 3, 3, 3)
    tensors = {
        "channels_last": weight.to(memory_format=torch.channels_last),
        "tied": weight, "tied again": weight, "part": weight[1:3], "transposed": torch.randn(2, 3).T,
        "expanded": torch.ones(1).expand(5), "counter": torch.tensor(2**60), "scalar": torch.tensor(-0.0),
        "random state": torch.get_rng_state(), "bfloat16": torch.randn(7).bfloat16(), 
        "extremes": torch.tensor([float("inf"), -float("inf"), 1e-45]), "empty": torch.zeros(0, 3),
        "flags": torch.tensor([True, False]), "learned": nn.Parameter(torch.randn(3)),
    }  # fmt: skip
    meta = {"epoch": 3, "lr": 0.1 + 0.2, "best": float("inf"), "nested": {"λ": [1, None, True]}}
    checkpoint.save(path, tensors, meta)
    loaded, loaded_meta = checkpoint.load(path)
    assert loaded_meta == meta and loaded.keys() == tensors.keys()
    assert [name for name in tensors if not exactly(loaded[name], tensors[name].detach())] == []
    loaded["tied"].zero_()  # writable, and each its own
    assert exactly(loaded["tied again"], weight)


def test_a_save_replaces_the_file_and_clears_what_killed_writers_left(path):
    checkpoint.save(path, {"a": torch.zeros(2)}, {})
    leftover, other = path.with_name(f".{path.name}.7.partial"), path.with_name(".best.safetensors.7.partial")
    leftover.write_bytes(b"half")
    other.write_bytes(b"half")
    checkpoint.save(path, {"b": torch.ones(2)}, {"epoch": 1})
    assert checkpoint.load(path)[0].keys() == {"b"}
    assert set(path.parent.iterdir()) == {path, other}


def test_the_file_is_on_disk_before_it_is_named_and_its_name_before_save_returns(path, monkeypatch):
    calls = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (calls.append("folder" if isdir(fd) else "file"), fsync(fd)))
    monkeypatch.setattr(os, "replace", lambda *paths: (calls.append("name"), replace(*paths)))

    def isdir(descriptor):
        return stat.S_ISDIR(os.fstat(descriptor).st_mode)

    checkpoint.save(path, {"a": torch.zeros(2)}, {})
    assert calls == ["file", "name", "folder"]


def test_a_save_that_fails_leaves_the_former_file(path, monkeypatch):
    checkpoint.save(path, {"a": torch.zeros(2)}, {"epoch": 1})

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OdenetsError, match=r"could not be written: .*No space left"):
        checkpoint.save(path, {"a": torch.ones(2)}, {"epoch": 2})
    assert checkpoint.load(path)[1] == {"epoch": 1} and list(path.parent.iterdir()) == [path]
    with pytest.raises(OdenetsError, match="must be JSON"):
        checkpoint.save(path, {}, {"path": path})
    with pytest.raises(OdenetsError, match="could not be written"):
        checkpoint.save(path.parent / "nowhere" / "a.safetensors", {}, {})


def test_what_is_no_checkpoint_is_refused_in_one_sentence(path):
    with pytest.raises(OdenetsError, match="cannot be read: No such file"):
        checkpoint.load(path)
    with pytest.raises(OdenetsError, match="cannot be read: Is a directory"):
        checkpoint.load(path.parent)
    for content in (b"", b"PK\x03\x04 a pickle in a zip" * 9, b"\x00" * 100):
        path.write_bytes(content)
        with pytest.raises(OdenetsError, match="damaged or no checkpoint"):
            checkpoint.load(path)
    for metadata in (None, {"format": "pt"}):
        safetensors.torch.save_file({"a": torch.zeros(2)}, path, metadata)
        with pytest.raises(OdenetsError, match="another program"):
            checkpoint.load(path)


def test_every_cut_and_every_flipped_bit_is_noticed(path):
    checkpoint.save(path, {"a": torch.ones(3), "b": torch.tensor([1, 2])}, {"epoch": 1})
    whole = path.read_bytes()
    flips = (whole[:i] + bytes([whole[i] ^ 1 << bit]) + whole[i + 1 :] for i in range(len(whole)) for bit in range(8))
    for damaged in (
        *(whole[:length] for length in range(len(whole))),
        *flips,
        whole.replace(b"I64", b"F64"),
        whole + b"\0",
    ):
        path.write_bytes(damaged)
        with pytest.raises(OdenetsError) as caught:
            checkpoint.load(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_training_continued_from_a_file_is_bit_equal(path, make):
    net = network()
    optimizer = make(net.parameters())
    train(net, optimizer, range(4))
    optimizer.param_groups[0]["lr"] /= 3  # a schedule's doing: what the file says counts, not what `make` says
    checkpoint.save(path, *checkpoint.pack(net, optimizer))
    train(net, optimizer, range(4, 12))

    resumed = network(seed=1)
    resumed_optimizer = make(resumed.parameters())
    train(resumed, resumed_optimizer, range(2))  # state to be overwritten
    checkpoint.unpack(*checkpoint.load(path), resumed, resumed_optimizer)
    assert resumed[0].weight.is_contiguous(memory_format=torch.channels_last)
    train(resumed, resumed_optimizer, range(4, 12))

    (tensors, meta), (again, meta_again) = (
        checkpoint.pack(*both) for both in ((net, optimizer), (resumed, resumed_optimizer))
    )
    assert meta == meta_again and tensors.keys() == again.keys()
    assert [name for name in tensors if not exactly(tensors[name], again[name])] == []


def test_optimizer_state_comes_back_in_the_parameters_memory_format(path):
    net = network()
    optimizer = OPTIMIZERS["sgd"](net.parameters())
    train(net, optimizer, range(1))
    checkpoint.save(path, *checkpoint.pack(net, optimizer))
    checkpoint.unpack(*checkpoint.load(path), net, optimizer)
    assert all(optimizer.state[p]["momentum_buffer"].stride() == p.stride() for p in net.parameters())


def test_optimizer_state_that_is_no_tensor_comes_back(path):
    net = network()
    optimizer, resumed = (OPTIMIZERS["sgd"](net.parameters()) for _ in range(2))
    optimizer.state[net.k]["restarts"] = 3
    checkpoint.save(path, *checkpoint.pack(net, optimizer))
    checkpoint.unpack(*checkpoint.load(path), net, resumed)
    assert resumed.state[net.k] == {"restarts": 3}


def test_the_network_alone_is_restored_beside_the_callers_own_tensors(path):
    net, other = network(), network(seed=1)
    tensors, meta = checkpoint.pack(net, OPTIMIZERS["adam"](net.parameters()))
    checkpoint.save(path, {**tensors, "random.cpu": torch.get_rng_state()}, {**meta, "epoch": 3})
    checkpoint.unpack(*checkpoint.load(path), other)
    assert all(exactly(a, b) for a, b in zip(net.state_dict().values(), other.state_dict().values(), strict=True))


def test_what_does_not_fit_is_named_and_changes_nothing():
    def refused(message, change=None, meta_change=None, net=None, make=OPTIMIZERS["sgd"], groups=None):
        source = network()
        optimizer = OPTIMIZERS["sgd"](source.parameters())
        train(source, optimizer, range(1))
        tensors, meta = checkpoint.pack(source, optimizer)
        tensors |= change or {}
        tensors = {key: value for key, value in tensors.items() if value is not None}
        target = net or network(seed=1)
        target_optimizer = make(groups(target) if groups else target.parameters())
        before = {key: value.clone() for key, value in target.state_dict().items()}
        with pytest.raises(OdenetsError, match=message):
            checkpoint.unpack(tensors, meta if meta_change is None else meta_change, target, target_optimizer)
        assert all(exactly(value, before[key]) for key, value in target.state_dict().items())
        assert not target_optimizer.state

    refused(r"has no model\.0\.bias", {"model.0.bias": None, "model.3.bias": None})
    refused(r"has model\.6\.weight, which this network has not", {"model.6.weight": torch.zeros(1)})
    refused(r"model\.5\.weight is \(3, 72\) float32 in the checkpoint and \(4, 72\)", net=network(classes=4))
    refused(r"model\.k is \(\) float64 in the checkpoint and \(\) float32", {"model.k": torch.tensor(0.1).double()})
    refused(r"has no optimizer\.3\.momentum_buffer", {"optimizer.3.momentum_buffer": None})
    refused(r"has optimizer\.3\.exp_avg", {"optimizer.3.exp_avg": torch.zeros(8)})
    refused(r"optimizer\.2\.momentum_buffer is \(9,\)", {"optimizer.2.momentum_buffer": torch.zeros(9)})
    refused("the state of SGD, not of Adam", make=OPTIMIZERS["adam"])
    refused("the state of no optimizer, not of SGD", meta_change={})
    refused(r"groups of \[9\] parameters, this one of \[8, 1\]",
            groups=lambda net: [{"params": list(net.parameters())[1:]}, {"params": [net.k]}])  # fmt: skip


def save_without_pause(path: Path, generation: int) -> None:
    torch.set_num_threads(1)
    end = time.monotonic() + 30  # it outlives a test run that is killed itself
    while time.monotonic() < end:
        generation += 1
        tensors = {f"model.{i}": torch.full((40_000,), float(generation)) for i in range(4)}
        checkpoint.save(path, tensors, {"generation": generation})


def test_a_writer_killed_at_any_moment_leaves_one_whole_generation(path):
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])  # torch is imported once, not once a writer
    checkpoint.save(path, {"model.0": torch.zeros(1)}, {"generation": 0})
    generation, rng = 0, random.Random(0)
    for _ in range(8):
        former = generation
        writer = context.Process(target=save_without_pause, args=(path, generation), daemon=True)
        writer.start()
        while generation == former:  # until it is under way
            assert writer.exitcode is None
            generation = checkpoint.load(path)[1]["generation"]
        time.sleep(rng.uniform(0, 0.05))
        writer.kill()
        writer.join()
        tensors, meta = checkpoint.load(path)
        generation = meta["generation"]
        assert all((tensor == generation).all() for tensor in tensors.values())
        assert len(list(path.parent.iterdir())) <= 2  # the file, and what this writer left
    checkpoint.save(path, {}, {})
    assert list(path.parent.iterdir()) == [path]
