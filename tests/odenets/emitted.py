"""What tests ask of an emitted file: that it is the network that it was written for."""

import torch

from odenets.emission import emit


def module_of(text):
    """The network of a file, in a namespace of its own."""
    scope = {"__name__": "emitted"}
    exec(compile(text, "emitted.py", "exec"), scope)
    return scope["build"]


def pair(build, inputs=None):
    """A network, the one of its file, which starts from the same weights, and a batch; both in double precision."""
    torch.manual_seed(5)
    net = build()
    torch.manual_seed(5)
    other = module_of(emit(net))()
    ours, theirs = net.state_dict(), other.state_dict()
    assert list(ours) == list(theirs)
    assert [x.shape for x in ours.values()] == [x.shape for x in theirs.values()]
    assert [name for name, _ in net.named_parameters()] == [name for name, _ in other.named_parameters()]
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)
    return net.double(), other.double(), batch(net) if inputs is None else inputs


def batch(net):
    large = len(net.stages) > 3 or net.spec.kind == "tokens" or net.spec.stem == "imagenet"
    shape = net.input_shape(32 if large else 16)
    if net.spec.stem == "tokens":
        return torch.randint(net.spec.channels, (3, *shape[:-1], 6))
    return torch.randn(3, *shape, dtype=torch.float64)


def agree(net, other, inputs):
    """Equal bits in training and in evaluation, of statistics too; gradients as far as `emit` promises."""
    loose = any(p.kind in ("learned", "random") for *_, step in net.steps() for p in step.scheme.coefficients)
    for training in (True, False):
        outputs = []
        for model in (net.train(training), other.train(training)):
            torch.manual_seed(1)
            model.zero_grad()
            outputs.append(model(inputs))
            outputs[-1].square().sum().backward()
        assert torch.equal(*outputs), "output"
        for (name, p), q in zip(net.named_parameters(), other.parameters(), strict=True):
            if p.grad is None or not loose:
                assert p.grad is q.grad is None or torch.equal(p.grad, q.grad), name
            else:
                torch.testing.assert_close(p.grad, q.grad, rtol=1e-7, atol=1e-9 * float(p.grad.abs().max()))
    for (name, p), q in zip(net.named_buffers(), other.buffers(), strict=True):
        assert torch.equal(p, q), name
