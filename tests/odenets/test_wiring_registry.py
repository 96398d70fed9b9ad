"""Every explicit entry of the registry is a network step: built, run forward and backward, in three arithmetics."""

import pytest
import torch
from torch import nn

from odenets import wire
from odenets.skipping import guards
from schemes import get, initial, names
from schemes.interpreter import step

WIDTH = 4


def usual(name):
    """The entry with numbers for the parameters that it leaves to choose."""
    s = get(name)
    return s.at(**dict.fromkeys(s.role("chosen"), "1/3"))


def wired(name):
    """A step whose fields are small smooth blocks, one a field, and a start for its states."""
    torch.manual_seed(0)
    scheme = usual(name)
    blocks = {f: nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Tanh()) for f in set(scheme.fields) - {"one"}}
    module = wire(scheme, blocks)
    u = torch.randn(3, WIDTH)
    parts = {q: u * (1 + i / 2) for i, q in enumerate(dict.fromkeys(s[0] for s in scheme.states))}
    states = tuple(parts[s.removeprefix("h")[0]] if not s.startswith("hf") else 0.1 * u for s in scheme.states)
    return scheme, module, tuple(s.clone().requires_grad_() for s in states)


def run(module, states):
    out = module(*states)
    return out if isinstance(out, tuple) else (out,)


@pytest.mark.parametrize("name", names(explicit=True))
def test_it_runs_forward_and_backward(name):
    """Evaluation is the step of the mean table; training gives every weight and coefficient a finite gradient."""
    scheme, module, states = wired(name)
    fields = {f: getattr(module, f, None) for f in scheme.fields} | {"one": lambda y: torch.ones(())}
    module.eval()
    fixed = scheme.at(**{p.name: exact(getattr(module, p.name)) for p in scheme.coefficients if p.kind == "learned"})
    expected = step(fixed.mean(), fields, states)
    for x, y in zip(run(module, states), expected, strict=True):
        torch.testing.assert_close(x, y + 0 * x, rtol=2e-4, atol=2e-4 * magnitude(scheme))
    module.train()
    loss = sum((x * x).mean() for x in run(module, states))
    loss.backward()
    assert torch.isfinite(loss)
    for label, p in module.named_parameters():
        assert dropped(scheme, p) or torch.isfinite(p.grad).all(), label
    assert any(s.grad is not None and s.grad.abs().sum() > 0 for s in states)


def dropped(scheme, parameter):
    """Whether a parameter has no gradient, and may have none as a draw of the batch can drop its block."""
    return parameter.grad is None and any(guards(scheme))


def exact(parameter):
    return float(parameter.detach())


def magnitude(scheme):
    """How large coefficients make the sums, which float32 rounds."""
    return max(
        1.0,
        *(
            abs(float(x))
            for m in (scheme.mean().A, scheme.mean().B)
            for row in m
            for x in row
            if not hasattr(x, "symbols")
        ),
    )


@pytest.mark.parametrize("name", names(explicit=True))
def test_it_runs_under_bf16_autocast(name):
    scheme, module, states = wired(name)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = run(module, states)
    sum(x.float().pow(2).mean() for x in out).backward()
    assert all(torch.isfinite(x).all() for x in out)
    assert all(dropped(scheme, p) or torch.isfinite(p.grad).all() for p in module.parameters())


def test_every_stochastic_and_learned_entry_is_among_them():
    listed = set(names(explicit=True))
    assert set(names(stochastic=True)) | set(names(learned=True)) <= listed
    assert initial(get("lm2"), torch.ones(2))[0].shape == (2,)
