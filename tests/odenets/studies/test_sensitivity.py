"""Gradients, perturbations and advances of each step, against what is known of them."""

import json
from itertools import pairwise

import pytest
import torch
from torch.autograd.functional import jacobian
from torch.nn import functional as F

from odenets import build
from odenets.advice import StabilityWarning
from odenets.data import Dataset, Split
from odenets.studies import sensitivity as module
from odenets.studies.advances import advances
from odenets.studies.measured import Measured
from odenets.studies.passing import recorded
from odenets.studies.sensitivity import backwards, forwards, looked, sensitivity
from schemes import learned
from tests.odenets.small import made, vectors

pytestmark = pytest.mark.usefixtures("one_thread", "double")


class Times(torch.nn.Module):
    def __init__(self, number):
        super().__init__()
        self.number = number

    def forward(self, u):
        return self.number * u


class Constant(torch.nn.Module):
    def forward(self, u):
        return torch.linspace(1, 2, u.shape[-1]).expand(u.shape)


def with_blocks(network, block):
    for *_, step in network.steps():
        step.f = block
    return network


def rows(count=5):
    return torch.randn(count, 3), torch.randint(10, (count,))


def with_k(network, *ks):
    for (*_, parameter), k in zip(network.coefficients(), ks, strict=True):
        parameter.data.fill_(k)
    return network


def lm2_by_hand(network, u, u_prev, n, until=None):
    """All states u behind step n, from the two that step n takes; the first step has no history."""
    ks = [0.0, *(float(k) for *_, k in network.values())]
    steps, found = network.stages[0].steps, []
    for k, step in list(zip(ks, steps, strict=True))[n:]:
        u, u_prev = (1 - k) * u + k * u_prev + step.f(u), u
        found.append(u)
    return found


def test_perturbations_are_carried_by_the_dense_jacobians():
    network = with_k(vectors("lm2", 4), -0.4, 0.3, -0.9)
    u, delta = torch.randn(3, 4), torch.randn(3, 4)
    found = forwards(network, u, delta)["δ δ"]
    assert len(found) == 5
    torch.testing.assert_close(found[0], delta.square().sum(1))
    for image in range(3):
        for n in range(4):
            J = jacobian(lambda x, n=n: lm2_by_hand(network, x, x, 0)[n], u[image])
            torch.testing.assert_close(found[n + 1][image], (J @ delta[image]).square().sum())


def test_gradients_are_those_of_the_dense_jacobians_of_all_that_follows():
    network = with_k(vectors("lm2", 4), -0.4, 0.3, -0.9)
    u, (_, labels) = torch.randn(3, 4), rows(3)
    found = backwards(network, u, labels)["g g"]
    for image in range(3):
        states = [u[image], *lm2_by_hand(network, u[image], u[image], 0)]

        def loss(x, n, image=image, states=states):
            """x in place of u_n, where it is u_n and where it is u_{n-1}."""
            last = x if n == 4 else lm2_by_hand(network, x, states[n - 1] if n else x, n)[-1]
            return F.cross_entropy(network.head(last), labels[image])

        for n in range(5):
            dense = jacobian(lambda x, n=n: loss(x, n), states[n])
            torch.testing.assert_close(found[n][image], dense.square().sum())


def test_images_with_norms_and_a_change_of_shape_as_one_image_at_a_time(monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", 3)
    network = made()
    x, labels = torch.randn(7, 3, 8, 8), torch.randint(10, (7,))
    found = looked(network, x, labels)
    single = [looked(network, x[i : i + 1], labels[i : i + 1]) for i in range(7)]
    for name in ("gradients", "features", "increments"):
        each = torch.tensor([row[name] for row in single])
        torch.testing.assert_close(torch.tensor(found[name]), each.mean(0))
        assert len(found[name]) == 6 + (name != "increments")
    after = network.head(network.stages[1](network.stages[0](network.stem(x))))
    assert torch.equal(network(x), after)
    assert found["advance"]["measured"][3] == pytest.approx(1)
    assert found["advance"]["smoothness"][0] is found["advance"]["smoothness"][3] is None


@pytest.mark.parametrize("rate", [-0.6, 0.5])
def test_a_linear_field_grows_as_its_recursion_and_advances_by_its_ratio(rate):
    ks = [-0.4, 0.3, -0.8]
    network = with_k(with_blocks(vectors("lm2", 4), Times(rate)), *ks)
    sizes = [1, 1 + rate]
    for k in ks:
        sizes.append((1 - k + rate) * sizes[-1] + k * sizes[-2])
    x, labels = rows()
    found = looked(network, x, labels)
    assert found["growth"] == pytest.approx([abs(a) for a in sizes])
    moved = [(b - a) / (rate * a) for a, b in pairwise(sizes)]
    assert found["advance"]["measured"] == pytest.approx(moved)
    signs = [a * b > 0 for a, b in pairwise(sizes)]
    assert found["advance"]["smoothness"][1:] == pytest.approx([1 if same else -1 for same in signs[:-1]])
    norm = network.stem(x).norm(dim=1).mean().item()
    assert found["features"] == pytest.approx([norm * abs(a) for a in sizes])
    assert found["increments"] == pytest.approx([norm * abs(rate * a) for a in sizes[:-1]])


def test_the_increment_is_that_of_the_first_evaluation_in_a_step():
    found = looked(with_blocks(vectors("heun2", 3), Times(0.4)), *rows())
    assert found["increments"] == pytest.approx([0.4 * u for u in found["features"][:-1]])
    assert found["advance"]["measured"] == pytest.approx([1 + 0.4 / 2] * 3)


@pytest.mark.parametrize(
    ("scheme", "values"),
    [("lm2", {"k": -0.5}), ("lm2", {"k": 0.5}), ("momentum", {}), ("zerosnet", {}), ("ab2", {}), ("heun2", {}),
     ("lm2_consistent", {"k": -0.5}), ("leapfrog", {})],
)  # fmt: skip
def test_a_constant_field_is_followed_as_the_transient_says_and_in_the_limit(scheme, values):
    network = with_blocks(vectors(scheme, 60, values=values), Constant())
    advance = looked(network, *rows())["advance"]
    assert advance["measured"] == pytest.approx(advance["transient"])
    assert advance["cosine"] == pytest.approx([1] * 60)
    assert advance["limit"][-1] == pytest.approx(1 / (1 + values["k"]) if scheme == "lm2" else 1)
    assert advance["measured"][-1] == pytest.approx(advance["limit"][-1], abs=0.01)


def test_lm_resnet_has_the_partial_sums_of_the_geometric_series():
    for network in (build(values={"k": -0.5}), with_k(build(), *[-0.5] * 6)):
        transient, limit = advances(network)
        assert transient == [1, 1.5, 1.75] * 3
        assert limit == [1, 2, 2] * 3
    with pytest.warns(StabilityWarning):
        assert advances(build(values={"k": "-1"}))[1][2] is None
    assert advances(build(values={"k": 0.5}, consistent=True))[1] == [1, 1, 1] * 3
    assert advances(build(values={"k": -0.5}, h="1/4"))[1] == [0.25, 0.5, 0.5] * 3
    carried = advances(build(values={"k": -0.5}, history="project", transition="conv"))[0]
    assert carried == pytest.approx([2 - 0.5**n for n in range(9)])


def test_the_measured_advance_is_1_minus_k_times_what_the_step_before_has_along_f():
    network = with_k(vectors("lm2", 3), -0.7, 0.4)
    x, labels = rows()
    found = looked(network, x, labels)["advance"]
    u = network.stem(x)
    states = [u, *lm2_by_hand(network, u, u, 0)]
    for n, k in (1, -0.7), (2, 0.4):
        f = network.stages[0].steps[n].f(states[n])
        along = ((states[n] - states[n - 1]) * f).sum() / f.square().sum()
        assert found["measured"][n] == pytest.approx(1 - k * along.item())


def test_shared_blocks_and_rebuilt_states_are_seen_and_the_network_stays():
    for options in ({"depth_shared": True}, {"scheme": "leapfrog", "reversible": True}):
        network = made(**options)
        x, labels = torch.randn(3, 3, 8, 8), torch.randint(10, (3,))
        expected = network(x)
        found = looked(network, x, labels)
        assert len(set(found["increments"])) == 6
        assert network.stages[0].memory.reversible == ("reversible" in options)
        assert torch.equal(network(x), expected)
        if "reversible" in options:
            assert found == looked_plain(network, x, labels)


def looked_plain(network, x, labels):
    plain = made(scheme="leapfrog")
    plain.load_state_dict(network.state_dict())
    return looked(plain, x, labels)


def test_nothing_is_left_behind_where_a_pass_fails():
    network = made()
    with pytest.raises(ValueError, match="stopped"), recorded(network):
        raise ValueError("stopped")
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in network.modules())


@pytest.mark.parametrize(
    ("options", "words"),
    [({"scheme": "revnet"}, "several fields"), ({"placement": "post"}, "no increments"),
     ({"scheme": "euler", "residual": False}, "no increments"),
     ({"values": {"k": learned(0, per="channel")}}, "a channel"),
     ({"scheme": "trapezoid", "solver": "anderson"}, "implicit")],
)  # fmt: skip
def test_networks_that_cannot_be_looked_at_are_told_in_a_sentence(options, words):
    network = made(**options)
    found = sensitivity(Measured(network, network, None, 0))
    assert list(found) == ["sentence"] and words in found["sentence"]


def test_the_measure_has_the_network_before_and_after_and_is_plain_data():
    torch.set_default_dtype(torch.float32)
    split = Split(torch.randint(256, (9, 3, 8, 8), dtype=torch.uint8), torch.randint(10, (9,)))
    network, before = (build(widths=(4, 8), layers=(2, 2)).eval() for _ in range(2))
    about = Measured(network, before, Dataset.of("noise", split, split, tuple("abcdefghij"), augment=False), 3)
    found = sensitivity(about, images=7)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["images"] == 7 and found["stages"] == [0, 0, 1, 1]
    assert found["trained"] == looked(network, *about.images(7), seed=3)
    assert found["before"] == looked(before, *about.images(7), seed=3)
    assert found["trained"]["growth"] != found["before"]["growth"]
    assert looked(network, *about.images(7), seed=4)["growth"] != found["trained"]["growth"]
