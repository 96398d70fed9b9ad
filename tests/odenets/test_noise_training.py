"""Noise in training, seen through networks: what is drawn, skipped, kept, and the same after a resume."""

import subprocess
import sys

import pytest
import torch

from odenets import checkpoint, wiring
from odenets.jobs import prepare
from odenets.network import build
from odenets.noise.modes import drawing
from odenets.training import load, resume, train
from schemes import get
from schemes.perturbations import dropped, noised

CONV = {"widths": (4,), "layers": (4,), "channels": 1}


def images(count: int = 6) -> torch.Tensor:
    return torch.randn(count, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def counted(network) -> list[int]:
    """How often the block of each step was evaluated; it goes on counting."""
    calls = [0] * len(network.steps())
    for n, (*_, step) in enumerate(network.steps()):
        step.f.register_forward_hook(lambda *_, n=n: calls.__setitem__(n, calls[n] + 1))
    return calls


def etas(network) -> list[list[float]]:
    """What each step draws; it goes on listing."""
    drawn: list[list[float]] = [[] for _ in network.steps()]
    for n, (*_, step) in enumerate(network.steps()):
        step.eta.register_forward_hook(lambda _, __, x, n=n: drawn[n].append(float(x)))
    return drawn


@pytest.mark.parametrize("base", ["euler", "lm2"])
@pytest.mark.parametrize("inverted", [False, True], ids=["raw", "preserving"])
def test_a_block_dropped_for_the_batch_is_not_evaluated(base: str, inverted: bool) -> None:
    torch.manual_seed(0)
    network = build(scheme=dropped(get(base), "1/2", inverted=inverted), **CONV).train()
    calls, drawn = counted(network), etas(network)
    for _ in range(20):
        network(images()).sum().backward()
    assert calls == [sum(x != 0 for x in row) for row in drawn]
    assert 0 < sum(calls) < 80


@pytest.mark.parametrize("base", ["euler", "lm2"])
def test_norms_of_a_dropped_block_keep_their_statistics(base: str) -> None:
    network = build(scheme=dropped(get(base), 0), **CONV).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network(images())
    moved = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert moved and all(name.startswith("head") for name in moved)


def test_the_two_steps_of_lm_stay_when_all_blocks_are_dropped() -> None:
    """u_{n+1} = (1 - k) u_n + k u_{n-1}: from equal states nothing moves; from others it is the linear part alone."""
    network = build(scheme=dropped(get("lm2", k="-1/2"), 0), **CONV).train()
    step = network.steps()[-1][-1]
    u, old = torch.randn(2, 3, 4, 8, 8)
    new, now = step(u, old)
    torch.testing.assert_close(new, 1.5 * u - 0.5 * old)
    assert torch.equal(now, u)


def test_evaluation_is_raw_p_f_or_preserved_f() -> None:
    """The same weights: raw stochastic depth evaluates u + p f, the preserving one u + f, the plain network."""
    torch.manual_seed(0)
    plain = build(scheme="euler", **CONV).eval()
    raw, kept = (build(scheme=dropped(get("euler"), "1/4", inverted=x), **CONV).eval() for x in (False, True))
    for network in (raw, kept):
        network.load_state_dict(plain.state_dict())
    u = images()
    assert torch.equal(kept(u), plain(u))
    (*_, step), (*_, own) = raw.steps()[1], plain.steps()[1]
    state = torch.randn(2, 4, 8, 8)
    torch.testing.assert_close(step(state) - state, (own(state) - state) / 4)


@pytest.mark.parametrize(
    ("per", "shape"), [("batch", ()), ("sample", (6, 1, 1, 1)), ("channel", (6, 4, 1, 1)), ("element", (6, 4, 8, 8))]
)
def test_noise_is_drawn_once_a_batch_sample_channel_or_element(per: str, shape: tuple[int, ...]) -> None:
    network = build(scheme=noised(get("euler"), 1, per=per), **CONV).eval()
    step = network.steps()[0][-1]
    u = torch.randn(6, 4, 8, 8)
    with drawing(network, 0), torch.no_grad():
        noise = (step(u) - u - step.f(u)).round(decimals=3)
    first = noise[tuple(slice(n if n > 1 else 1) for n in (*shape, *[1] * (4 - len(shape))))]
    torch.testing.assert_close(noise, first.expand_as(noise), rtol=0, atol=2e-3)
    assert len(first.unique()) > 0.7 * first.numel()


@pytest.mark.parametrize("per", ["batch", "sample", "element"])
def test_a_resumed_training_draws_what_an_uninterrupted_one_draws(tmp_path, per: str, one_thread) -> None:
    """Stopped in the second of three epochs, at a batch in its middle: weights and results are equal bit for bit."""
    spec = {"scheme": dropped(get("lm2"), "1/2", per), "block": "mlp", "widths": (6,), "layers": (3,)}
    work, dataset = prepare("digits", recipe={"epochs": 3, "milestones": ()}, threads=1, precision="fp32", **spec)
    whole = train(work, tmp_path / "whole", dataset=dataset)

    def stop(event) -> None:
        if (event["epoch"], event.get("batch")) == (2, 7):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(work, tmp_path / "parts", stop, dataset)
    torch.manual_seed(99)
    (run,) = [path.name for path in (tmp_path / "parts").iterdir() if path.is_dir()]
    resume(run, tmp_path / "parts")
    (a, about), (b, other) = (
        checkpoint.load(tmp_path / folder / id / "checkpoint.safetensors")
        for folder, id in (("whole", whole), ("parts", run))
    )
    assert about == other and a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)


DRAWS = """
import sys, torch
from odenets import build
from odenets.training import seed_draws
torch.manual_seed(0)
net = build(scheme="stochastic_depth", widths=(4,), layers=(6,), channels=1).train()
drawn = []
for *_, step in net.steps():
    step.eta.register_forward_hook(lambda _, __, x: drawn.append(int(x)))
seed_draws(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
for _ in range(8):
    net(torch.zeros(2, 1, 8, 8))
print("".join(map(str, drawn)))
"""


def test_processes_draw_independently_from_one_seed_and_each_the_same_again() -> None:
    """(seed, epoch, rank), in processes of their own."""
    places = [(0, 1, 0), (0, 1, 1), (0, 1, 2), (0, 2, 1), (1, 1, 1), (0, 1, 1)]
    runs = [
        subprocess.Popen([sys.executable, "-c", DRAWS, *map(str, place)], stdout=subprocess.PIPE, text=True)
        for place in places
    ]
    drawn = [run.communicate()[0].strip() for run in runs]
    assert len(drawn[0]) == 48 and drawn[1] == drawn[-1] and len(set(drawn)) == 5


@pytest.mark.parametrize(("base", "off"), [("euler", 0), ("lm2", 1e-6)])
def test_training_that_skips_is_training_that_does_not(base, off, tmp_path, monkeypatch, one_thread) -> None:
    """Momentum and weight decay go on where a block is dropped: equal bits, and of a learned k to rounding: a gradient
    that no block has touched may lie otherwise in memory, and is summed in another order."""
    options = {"scheme": dropped(get(base), "1/2"), "norm": "group", "precision": "fp32", **CONV}
    recipe = {"epochs": 1, "batch_size": 256, "weight_decay": 0.1}
    found = []
    for skips in (True, False):
        if not skips:
            monkeypatch.setattr("odenets.wiring.kept", lambda block, *_: block)
            monkeypatch.setattr("odenets.wiring.step_class", wiring.step_class.__wrapped__)
        work, dataset = prepare("digits", None, recipe, **options)
        run = train(work, tmp_path / str(skips), dataset=dataset)
        found.append(load(run, tmp_path / str(skips)).state_dict())
    for key in found[0]:
        torch.testing.assert_close(found[0][key], found[1][key], rtol=0, atol=off)
