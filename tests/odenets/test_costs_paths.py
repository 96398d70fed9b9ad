"""The paths of networks, against hand counts and random schemes."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from odenets.blocks import MLP
from odenets.costs import depth, path_lengths
from odenets.costs import paths as paths_module
from odenets.equilibrium import Solver
from odenets.network import build
from odenets.wiring import wire
from schemes import get, initial
from schemes.rewriting import only, without_idle
from tests.strategies import multisteps, runge_kuttas

IMAGES, IMAGES16 = (2, 3, 32, 32), (2, 3, 16, 16)


pytestmark = pytest.mark.usefixtures("one_thread")


# ---- depth ---------------------------------------------------------------------------------------------------------


def longest(network):
    return depth(network, IMAGES).longest


@pytest.mark.parametrize("n", [8, 20, 56])
@pytest.mark.parametrize("scheme", ["euler", "lm2", "ab3", "heavy_ball", "stochastic_depth", "gaussian_noise"])
def test_one_evaluation_a_step_is_as_deep_as_the_name_says(scheme, n):
    assert longest(build(scheme=scheme, depth=n)) == n


# steps 3, 2, 2 behind the crossings, which are Euler's where a scheme has stages that read slopes; two layers a block
@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("rk4_classic", 2 + 3 * 8 + 2 * (2 + 2 * 8)),
        ("polynet_poly2", 2 + 3 * 4 + 2 * (2 + 2 * 4)),
        ("polynet_poly3", 2 + 3 * 6 + 2 * (2 + 2 * 6)),
        ("polynet_2way", 2 + 9 * 2),
        ("fractalnet", 2 + 3 * 4 + 2 * (2 + 2 * 4)),
        ("revnet", 2 + 3 * 4 + 2 * (2 + 2 * 4)),
    ],
)
def test_stages_that_read_slopes_deepen_a_network(scheme, expected):
    assert longest(build(scheme=scheme, depth=20)) == expected


def product(*polynomials):
    found = Counter({0: 1})
    for p in polynomials:
        terms = Counter()
        for (m, a), (n, b) in ((x, y) for x in found.items() for y in p.items()):
            terms[m + n] += a * b
        found = terms
    return found


def test_residual_networks_are_ensembles_of_binomially_long_paths():
    """Veit et al. 2016, section 3: 2^n paths; here z · (1 + z²)^7 (z + z²)² · z, as a projection is a layer."""
    once, skip, project = Counter({1: 1}), Counter({0: 1, 2: 1}), Counter({1: 1, 2: 1})
    network = build(scheme="euler", depth=20)
    assert path_lengths(network, IMAGES) == product(once, *[skip] * 7, *[project] * 2, once)
    found = depth(network, IMAGES)
    assert (found.longest, found.shortest, found.mean, found.paths) == (20, 4, Fraction(12), 512)


def test_velocities_at_rest_and_constants_lead_nowhere():
    shape = IMAGES
    first = depth(build(scheme="heavy_ball", depth=8, widths=(16, 32, 64)), shape)
    assert first.paths == 2 * 2 * 2  # a step a stage: f or not, and nothing through the velocity that is 0
    noisy, plain = (path_lengths(build(scheme=name, depth=20), shape) for name in ("gaussian_noise", "euler"))
    assert noisy == plain


class Steps(nn.Module):
    """Some steps of a scheme, alone; the states at the end side by side."""

    def __init__(self, scheme, count):
        super().__init__()
        self.scheme_of_steps, self.steps = scheme, nn.ModuleList(wire(scheme, Linear) for _ in range(count))

    def forward(self, u):
        states = initial(self.scheme_of_steps, u)
        for step in self.steps:
            states = step(*states)
            states = states if isinstance(states, tuple) else (states,)
        return torch.cat(states, -1)


def Linear():
    return nn.Linear(4, 4)


@settings(max_examples=12)
@given(st.one_of(runge_kuttas(), multisteps()))
def test_the_paths_of_a_table_are_those_of_the_operations_that_run(scheme):
    network = Steps(scheme, 2)
    table = path_lengths(network, (2, 4))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths_module, "through_table", lambda *_: None)
        assert path_lengths(network, (2, 4)) == table


@pytest.mark.parametrize("scheme", ["euler", "lm2", "rk4_classic", "revnet", "polynet_poly2", "fractalnet", "ab3"])
def test_whole_networks_have_the_paths_of_their_operations(scheme, monkeypatch):
    network = build(scheme=scheme, depth=14)
    table = path_lengths(network, IMAGES)
    monkeypatch.setattr(paths_module, "through_table", lambda *_: None)
    assert path_lengths(network, IMAGES) == table


def solved(scheme, **layers):
    """The paths through one implicit step whose fields have so many linear layers."""
    blocks = {field: nn.Sequential(*(Linear() for _ in range(count))) for field, count in layers.items()}
    return path_lengths(wire(scheme, blocks, solver=Solver()), (2, 4))


def plus(*polynomials):
    return sum(polynomials, Counter())


def test_coupled_stages_count_with_one_evaluation_each():
    """ARS(2,2,2): Ascher, Ruuth, Spiteri 1997, section 2.6, of 3 stages of f and 2 of g; the other tables are small."""
    u, f, g = Counter({0: 1}), Counter({1: 1}), Counter({2: 1})
    assert solved(get("backward_euler"), f=1) == plus(u, f)
    assert solved(get("gauss"), f=1) == plus(u, f, f)
    assert solved(get("trapezoid"), f=1) == plus(u, f, product(f, plus(u, f)))
    G2 = product(g, plus(u, f))
    F2 = product(f, plus(u, f, G2))
    G3 = product(g, plus(u, f, F2, G2))
    assert solved(get("ars222"), f=1, g=2) == plus(u, f, F2, G2, G3)


@settings(max_examples=12)
@given(st.data())
def test_the_order_of_the_stages_and_what_they_read_of_themselves_change_no_path(data):
    scheme = data.draw(runge_kuttas())
    scheme = without_idle(replace(scheme, fields=tuple("abcdefgh"[: scheme.stages])))  # a field a stage, of own depth
    layers = {field: 1 + i for i, field in enumerate(scheme.fields)}
    order = data.draw(st.permutations(range(scheme.stages)))
    own = replace(scheme, A=tuple((*row[:i], Fraction(1, 2), *row[i + 1 :]) for i, row in enumerate(scheme.A)))
    assert solved(only(own, order), **layers) == solved(scheme, **layers)


def test_modules_without_tables_have_a_depth_too():
    found = depth(nn.Sequential(MLP(4, 8), nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)), (1, 3, 4))
    assert (found.longest, found.shortest) == (2 + 4, 2)
