"""What is removed of a trained network, and what that leaves."""

import copy

import pytest
import torch

from odenets import build
from odenets.data import Dataset, Split
from odenets.memory import stepped
from odenets.noise.robustness import accuracy
from odenets.studies.ablations import ablations, forget, removable, skip
from odenets.studies.inputs import inputs
from odenets.studies.measured import Measured
from schemes import get
from tests.odenets.small import SMALL, images, made, same

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def split(count):
    return Split(torch.randint(256, (count, 3, 8, 8), dtype=torch.uint8), torch.randint(10, (count,)))


def about(**options):
    """A network whose blocks count, with statistics of norms that are not those of the data."""
    network = build(**{**SMALL, **options}).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_var.uniform_(0.5, 2)
    classes = tuple("abcdefghij")
    return Measured(network, network, Dataset.of("noise", split(160), split(150), classes, augment=False), 0)


def k_of(network, k):
    for *_, parameter in network.coefficients():
        parameter.data.fill_(k)
    return network


def without_history(network):
    network = copy.deepcopy(network)
    forget(network)
    return network


def without(network, places):
    network = copy.deepcopy(network)
    skip(network, places)
    return network


def zeroed(network):
    for *_, step in network.steps():
        step.f[-1].weight.data.zero_()
    return network


@pytest.mark.parametrize("history", ["restart", "project"])
def test_a_history_with_weight_0_is_not_missed_bit_for_bit(history):
    network = k_of(made(history=history, transition="conv"), 0.0)
    x = images()
    assert torch.equal(without_history(network)(x), network(x))
    k_of(network, -0.3)
    assert not torch.allclose(without_history(network)(x), network(x))


@pytest.mark.parametrize("across", ["step", "layer"])
def test_lm_resnet_without_its_history_is_resnet_with_its_weights(across):
    network = k_of(made(across=across), -0.7)
    euler = made(scheme="euler", across=across)
    euler.load_state_dict({name: x for name, x in network.state_dict().items() if not name.endswith(".k")})
    x = images()
    torch.testing.assert_close(without_history(network)(x), euler(x), rtol=0, atol=1e-11)


def test_history_that_goes_through_the_change_of_shape_is_removed_there_too():
    network = k_of(made(history="project", transition="conv"), -0.7)
    u = network.stem(x := images())
    for i, stage in enumerate(network.stages):
        steps = stage.wired()
        if i:
            crossing = stage.steps[0]
            u, *_ = steps[0](crossing.project(u), crossing.project(u), u)
        for step in steps[bool(i) :]:
            u, _ = step(u, u)
    same(without_history(network), u, x)


def test_a_velocity_starts_from_0_at_every_step():
    network = made(scheme="momentum")
    u = network.stem(x := images())
    for stage in network.stages:
        if stage.crosses:
            crossing = stage.steps[0]
            u = crossing.project(u) + crossing.step.f(u) / 10
        for step in stage.behind():
            u = u + step.f(u) / 10
    same(without_history(network), u, x)


def test_old_slopes_and_older_values_are_as_at_a_start():
    for scheme, weight in {"ab2": 3 / 2, "zerosnet": 16 / 9}.items():
        network = made(scheme=scheme, layers=(5,), widths=(4,))
        u = network.stem(x := images())
        for i, step in enumerate(network.stages[0].wired()):
            u = u + (weight if i >= get(scheme).history else 1) * step.f(u)
        same(without_history(network), u, x)


@pytest.mark.parametrize("scheme", ["euler", "heun2", "revnet"])
def test_a_scheme_that_keeps_its_components_alone_has_no_history_to_remove(scheme):
    network = made(scheme=scheme)
    x = images()
    assert torch.equal(without_history(network)(x), network(x))
    assert "history_removed" not in ablations(about(scheme=scheme), images=10)


@pytest.mark.parametrize("scheme", ["lm2", "heun2", "zerosnet", "ab2"])
def test_steps_whose_blocks_are_zero_are_not_missed(scheme):
    network = zeroed(made(scheme=scheme))
    x = images()
    expected = network(x)
    places = [place for place in removable(network) if place]
    assert len(places) == 5
    for place in [[place] for place in places] + [places]:
        torch.testing.assert_close(without(network, place)(x), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("across", ["step", "layer"])
def test_a_network_without_its_last_stage_is_the_shorter_one(across):
    network = k_of(made(across=across), -0.4)
    last = [place for place in removable(network) if place and place[0] == 1]
    u = network.stages[0](network.stem(x := images()))
    stage = network.stages[1]
    if across == "layer":
        assert len(last) == 3
        u = stage.enter(u)[0]
    else:
        assert len(last) == 2
        u = stage.steps[0].project(u) + stage.steps[0].step.f(u)
    same(without(network, last), u, x)


def test_without_a_step_the_next_one_reads_the_states_before_it():
    network = k_of(made(layers=(4,), widths=(4,)), -0.4)
    u = network.stem(x := images())
    first, _, third, fourth = (step.f for step in network.stages[0].wired())
    states = [u, u + first(u)]
    for f in (third, fourth):
        states.append(1.4 * states[-1] - 0.4 * states[-2] + f(states[-1]))
    same(without(network, [(0, 1)]), states[-1], x)


def test_errors_are_those_of_the_networks_that_are_left_and_the_network_stays():
    given = about()
    k_of(given.network, -0.7)
    before = copy.deepcopy(given.network.state_dict())
    found = ablations(given, images=150)
    x, labels = given.images(150)

    def error(network):
        return 100 - accuracy(network, x, labels)

    assert all(torch.equal(x, before[name]) for name, x in given.network.state_dict().items())
    assert not any(module._forward_pre_hooks for module in given.network.modules())
    assert found["images"] == 150
    assert found["whole"]["error"] == error(given.network)
    assert found["history_removed"]["error"] == error(without_history(given.network))
    assert found["last_stage_removed"]["error"] == error(without(given.network, [(1, 1), (1, 2)]))
    single = [error(without(given.network, [place])) if place else None for place in removable(given.network)]
    assert found["blocks_removed"]["error"] == single
    assert [x is None for x in single] == [x is None for x in found["blocks_removed"]["recalibrated"]]
    assert single[3] is None and single.count(None) == 1


def test_norms_are_calibrated_on_what_is_left(monkeypatch):
    from odenets.studies import ablations as module

    seen = []
    monkeypatch.setattr(module, "recalibrate", lambda network, batches: seen.append((network, list(batches))))
    given = about()
    ablations(given, images=10)
    assert len(seen) == 3 + 5
    assert all(network is not given.network for network, _ in seen)
    assert all(sum(map(len, batches)) == 160 for _, batches in seen)
    assert any(step._forward_pre_hooks for step in seen[1][0].modules())
    monkeypatch.undo()
    found = ablations(given, images=150)
    assert found["whole"]["error"] != found["whole"]["recalibrated"]


def test_a_last_stage_that_only_crosses_has_nothing_to_remove():
    found = ablations(about(layers=(2, 1)), images=10)
    assert "last_stage_removed" not in found
    assert found["blocks_removed"]["error"][-1] is None


@pytest.mark.filterwarnings("ignore::odenets.memory.MemoryWarning")
@pytest.mark.parametrize("options", [{"weights": "linear:2"}, {"depth_shared": True}, {"reversible": True}])
def test_blocks_between_knots_shared_ones_and_rebuilt_states_are_removed_as_well(options):
    network = made(**options)
    u = network.stem(x := images())
    with torch.no_grad():
        for i, stage in enumerate(network.stages):
            states = (u,) if stage.crosses else stage.start(u)
            u, *_ = stepped([step for j, step in enumerate(stage.steps) if (i, j) != (0, 1)], states)
        same(without(network, [(0, 1)]), u, x)


def test_noise_on_the_input_raises_no_error_at_level_0():
    given = about()
    found = inputs(given, levels=(0, 1000.0), images=150, repeats=2)
    assert found["levels"] == [0.0, 1000.0] and (found["images"], found["repeats"]) == (150, 2)
    x, labels = given.images(150)
    assert found["error"][0] == 100 - accuracy(given.network, x, labels)
    assert found["error"] == inputs(given, levels=(0, 1000.0), images=150, repeats=2)["error"]
    assert found["error"][1] != found["error"][0]
