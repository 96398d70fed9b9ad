"""A chain as a module: passes that keep nothing, several passes, copies, compilers, and what is refused."""

import copy
import io
import pickle
import warnings

import pytest
import torch
from torch import nn

from odenets import build
from odenets.errors import OdenetsError
from odenets.memory import Chain, Memory, MemoryWarning
from schemes import get, learned
from tests.odenets.reversing import AGAIN, EXACT, KEPT, WAYS, apart, chain, field, gradients, inputs, off, plain

EVERY = pytest.mark.parametrize("way", WAYS)


@EVERY
def test_the_states_behind_are_those_of_the_steps_bit_for_bit(way):
    net = chain("stormer_verlet", WAYS[way])
    given = inputs()
    true = plain(net)(*given)
    for found in (net(*given), torch.no_grad()(net)(*given), net.eval()(*given)):
        for a, b in zip(found, true, strict=True):
            assert torch.allclose(a, b, atol=1e-6) if way == "double" else torch.equal(a, b)


def test_without_gradients_nothing_is_kept():
    net = chain("leapfrog")
    with torch.no_grad():
        assert not any(x.requires_grad for x in net(*inputs()))
    with torch.inference_mode():
        assert all(x.is_inference() for x in net(*inputs()))
    assert not any(x.requires_grad for x in net.requires_grad_(False)(*inputs()))


@EVERY
def test_a_network_in_evaluation_has_gradients_too(way):
    net = chain("leapfrog", WAYS[way], block=field(norm=True, dropout=0.5))
    gradients(net, inputs())
    assert apart(net.eval(), inputs()) < 1e-5


@EVERY
def test_which_inputs_need_gradients(way):
    net = chain("revnet", WAYS[way])
    x, y = inputs()
    for first, second in ((True, False), (False, True), (False, False)):
        found = []
        for model in (net, plain(net)):
            given = x.clone().requires_grad_(first), y.clone().requires_grad_(second)
            model.zero_grad()
            sum(z.square().sum() for z in model(*given)).backward()
            found.append([z.grad for z in (*given, *model.parameters())])
        assert off(*found) < 1e-5


@EVERY
def test_frozen_parameters(way):
    net = chain(get("lm2", k=learned("-19/20")), WAYS[way])
    for parameter in list(net.parameters())[::2]:
        parameter.requires_grad_(False)
    assert apart(net, inputs()) < 1e-5
    assert apart(net.requires_grad_(False), inputs()) < 1e-5  # of the inputs alone


@EVERY
def test_some_outputs_alone_are_used(way):
    net = chain("stormer_verlet", WAYS[way])
    found = []
    for model in (net, plain(net)):
        model.zero_grad()
        model(*inputs())[1].square().sum().backward()
        found.append([p.grad for p in model.parameters()])
    assert [g is None or not g.any() for g in found[0]] == [g is None or not g.any() for g in found[1]]
    assert off(*([torch.zeros(1) if g is None else g for g in grads] for grads in found)) < 1e-5


@EVERY
def test_a_second_backward_pass(way):
    net = chain("leapfrog", WAYS[way], block=field(dropout=0.5))
    loss = sum(x.square().sum() for x in net(*inputs()))
    first = torch.autograd.grad(loss, list(net.parameters()), retain_graph=True)
    second = torch.autograd.grad(loss, list(net.parameters()))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    with pytest.raises(RuntimeError, match="second time"):
        loss.backward()


@EVERY
def test_two_forward_passes_before_one_backward_pass(way):
    net = chain("revnet", WAYS[way], block=field(norm=True, dropout=0.5))
    found = []
    for model in (net, plain(net)):
        torch.manual_seed(1)
        model.zero_grad()
        one, two = model(*inputs()), model(*(x + 1 for x in inputs()))
        (one[0] * two[1]).sum().backward()
        found.append([p.grad for p in model.parameters()])
    assert off(*found) < 1e-5


@EVERY
def test_copies_and_files(way):
    net = chain(get("lm2", k=learned("-19/20")), WAYS[way])
    true = gradients(net, inputs())
    file = io.BytesIO()
    torch.save(net, file)
    file.seek(0)
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net)), torch.load(file, weights_only=False)):
        assert all(torch.equal(a, b) for a, b in zip(gradients(twin, inputs()), true, strict=True))


@EVERY
def test_under_torch_compile(way):
    net = chain("leapfrog", WAYS[way])
    true = gradients(net, inputs())
    torch._dynamo.reset()
    found = gradients(torch.compile(net, backend="eager"), inputs())
    assert off(found, true) < 1e-6


def test_an_empty_chain_gives_what_it_takes():
    (x,) = inputs(1)
    assert Chain([])(x) is x


# ---- refused ------------------------------


@EVERY
def test_second_derivatives_are_refused(way):
    """Also of y.sum(), of whose gradient nothing that comes in has a history: a penalty would count as nothing."""
    net = chain("leapfrog", WAYS[way])
    x, y = (z.requires_grad_() for z in inputs())
    with pytest.raises(OdenetsError, match="second derivatives"):
        torch.autograd.grad(net(x, y)[0].sum(), x, create_graph=True)


def changed_parameters(net, x):
    with torch.no_grad():
        next(net.parameters()).add_(0.1)


def evaluation(net, x):
    net.eval()


def changed_input(net, x):
    x.add_(1)


CHANGES = [*((change, way) for change in (changed_parameters, evaluation) for way in WAYS), (changed_input, "again")]


@pytest.mark.parametrize("change, way", CHANGES)
def test_what_changes_between_the_passes_is_seen(change, way):
    """Its second evaluation would be another one."""
    net = chain("leapfrog", WAYS[way], block=field(dropout=0.5))
    x, y = inputs()
    loss = sum(z.square().sum() for z in net(x, y))
    change(net, x)
    with pytest.raises(OdenetsError, match="changed between the forward and the backward pass"):
        loss.backward()


def test_an_input_that_is_rebuilt_may_change():
    net = chain("leapfrog")
    true = gradients(net, inputs())[2:]
    x, y = inputs()
    net.zero_grad()
    torch.manual_seed(1)
    found = net(x, y)
    x.add_(1)
    sum((z.double() * torch.linspace(-1, 2, z.numel()).view(z.shape)).sum() for z in found).backward()
    assert all(torch.equal(p.grad, g) for p, g in zip(net.parameters(), true, strict=True))


def test_a_field_that_cannot_be_followed_backwards_is_an_error():
    """V is as good as can be, and the blocks multiply what rounding has changed: not a wrong gradient, but none.

    Rounding, the processor's, decides which of these fields happen to come back all the same.
    """
    lost = 0
    for c in (25.0, 30.0, 40.0, 60.0, 100.0, 300.0):
        net = chain("leapfrog", EXACT, block=field(c=c), depth=12)
        true = gradients(net, inputs())
        net.memory = AGAIN
        assert off(gradients(net, inputs()), true) == 0
        net.memory = KEPT
        try:
            assert off(gradients(net, inputs()), true) < 1e-3
        except OdenetsError as error:
            assert "off: undoing these blocks loses too much" in str(error)
            lost += 1
    assert lost >= 3


@EVERY
@pytest.mark.parametrize("name", ["momentum", "heavy_ball", "leapfrog"])
def test_states_that_are_0(name, way):
    """A velocity that begins at 0 comes back as a rounding error, which is no sign of anything."""
    net = chain(name, WAYS[way])
    (x,) = inputs(1)
    assert apart(net, (x, torch.zeros_like(x))) < 1e-5
    assert apart(net, (torch.zeros_like(x), torch.zeros_like(x))) < 1e-5


def test_nothing_is_said_of_states_that_are_not_finite():
    """A forward pass that overflows gives nan gradients, as a plain one does."""
    net = chain("leapfrog")
    x, y = inputs()
    assert any(g.isnan().any() for g in gradients(net, (x * torch.inf, y)))


# ---- said before training ------------------------------

SMALL = {"widths": (4,), "layers": (8,), "reversible": True}


def test_a_network_says_what_it_keeps():
    with pytest.warns(MemoryWarning, match=r"lm2 is undone with errors .* times as large at k = .*: the states before"):
        build(scheme="lm2", values={"k": "learned(-1/20)"}, **SMALL)
    with pytest.warns(MemoryWarning, match="momentum is undone with errors"):
        build(scheme="momentum", values={"gamma": "1/2"}, **SMALL)


@pytest.mark.parametrize("options", [
    {"scheme": "leapfrog"},
    {"scheme": "revnet"},
    {"scheme": "lm2", "values": {"k": "learned(-99/100)"}, "fallback": "double"},
    {"scheme": "lm2", "values": {"k": "learned(-1/20)"}, "fallback": "exact"},
])  # fmt: skip
def test_and_nothing_where_there_is_nothing_to_say(options):
    with warnings.catch_warnings():
        warnings.simplefilter("error", MemoryWarning)
        build(**options, **SMALL)


def test_what_cannot_be_undone_is_refused_before_training():
    with pytest.raises(
        OdenetsError, match=r"rebuilds nothing here: no step .* can be undone explicitly: take a scheme such"
    ):
        build(scheme="rk4_classic", **SMALL)
    build(**{**SMALL, "reversible": False}, scheme="rk4_classic", checkpoint=1)


def test_the_names_of_a_network_are_those_of_a_plain_one():
    options = {"scheme": "leapfrog", "widths": (4, 8), "layers": (2, 2)}
    one, other = build(**options), build(**options, reversible=True)
    assert list(one.state_dict()) == list(other.state_dict())
    other.load_state_dict(one.state_dict())
    assert isinstance(other, nn.Module) and not Memory()
