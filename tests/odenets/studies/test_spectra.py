"""Block spectra: against whole Jacobians, known spectra and the ellipse of LM-ResNet; what cannot be looked at."""

import json
from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn

from analysis.k_theory import ellipse
from analysis.stability import spectral_radius
from odenets.blocks import BLOCKS
from odenets.data import Dataset, Split
from odenets.errors import OdenetsError
from odenets.figures_spectra import table_in
from odenets.network import build
from odenets.obeys.stages import history
from odenets.recalibration import recalibrate
from odenets.studies import spectra as home
from odenets.studies.measured import Measured
from odenets.studies.spectra import arnoldi, extremes, linear, look, read_states, spectra, union

pytestmark = pytest.mark.usefixtures("one_thread")
KEYS = {"LM": lambda z: -abs(z), "SR": lambda z: z.real, "LR": lambda z: -z.real}


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def split(count):
    return Split(torch.randint(0, 256, (count, 3, 8, 8), dtype=torch.uint8), torch.zeros(count, dtype=torch.long))


def measured(scheme="lm2", **options):
    """An untrained network, twice, in place of a trained one."""
    data = Dataset(
        "noise", split(32), split(4), ("a", "b"), torch.full((3,), 0.5), torch.full((3,), 0.3), augment=False
    )
    nets = [build(scheme=scheme, **{"widths": (3, 4), "layers": (3, 2), "classes": 2, **options}) for _ in range(2)]
    about = Measured(*nets, data, 0)
    for net in nets:
        recalibrate(net, about.calibration())
    return about


def basic(width, dtype):
    block = BLOCKS["basic"](width, width).to(dtype)
    u = torch.randn(1, width, 8, 8, dtype=dtype)
    recalibrate(block, [torch.randn(16, width, 8, 8, dtype=dtype)])
    return block, u


def all_of(block, u):
    J = torch.autograd.functional.jacobian(block, u).reshape(u.numel(), -1)
    return np.linalg.eigvals(J.double().numpy())


def points(images):
    return np.array([complex(*z) for image in images for z in image])


# ---- eigenvalues ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_arnoldi_finds_the_ends_of_the_spectrum_of_a_block(dtype):
    block, u = basic(6, dtype)
    product, size = linear(block, u)
    assert size == 384 > home.DENSE
    true = all_of(deepcopy(block).double(), u.double())
    for found, kind in zip(extremes(product, size, 4), home.KINDS, strict=True):
        ends = np.sort(KEYS[kind](true))[: len(found)]
        assert 2 <= len(found) <= 5
        assert np.allclose(np.sort(KEYS[kind](found)), ends, atol=1e-3), kind
        assert all(abs(true - z).min() < 1e-3 for z in found), kind


def test_a_small_block_is_seen_whole():
    block, u = basic(2, torch.float64)
    product, size = linear(block, u)
    true = all_of(block, u)
    for found, kind in zip(extremes(product, size, 10), home.KINDS, strict=True):
        assert np.allclose(np.sort(KEYS[kind](found)), np.sort(KEYS[kind](true))[:10], atol=1e-9)


@pytest.mark.parametrize(
    ("kind", "expected"), [("LM", [-7, -6.5, 6, 1j * 5]), ("SR", [-7, -6.5]), ("LR", [6, 3]), ("LM", [-7])]
)
def test_a_known_spectrum(kind, expected):
    """±5i, six real numbers at the ends, and a cluster inside the unit disc, in a basis that is not orthogonal."""
    size = 300
    D = np.diag(np.concatenate([[-7, -6.5, 6, 3, 0, 0], np.linspace(-0.5, 0.5, size - 6)]))
    D[4:6, 4:6] = [[0, 5], [-5, 0]]
    T = np.eye(size) + 0.3 * np.eye(size, k=1)
    J = T @ D @ np.linalg.inv(T)
    found = arnoldi(lambda v: J @ v, np.random.default_rng(0).standard_normal(size), len(expected) + 1, kind)
    assert all(abs(found - z).min() < 1e-3 for z in expected)


def test_what_does_not_converge_is_left_out(monkeypatch):
    product, size = linear(*basic(6, torch.float64))
    monkeypatch.setattr(home, "RESTARTS", 1)
    assert min(len(found) for found in extremes(product, size, 8)) < 8


def test_a_block_that_starts_as_0_has_the_eigenvalue_0():
    zeros = extremes(lambda v: 0 * v, 300, 4)
    assert union(zeros) == [0] and len(zeros) == 3


def test_a_union_holds_each_value_once_with_its_conjugate():
    kinds = [[3 + 1j, 3 - 1j, -2], [-2.001, -1 + 1j], [3.001 + 1j, 2.5]]
    assert union(kinds) == [3 - 1j, 3 + 1j, 2.5, -2, -1 - 1j, -1 + 1j]
    assert union([[], []]) == []


def test_no_value_of_one_search_is_taken_for_another():
    assert union([[1.0, 1.001]]) == [1.001, 1.0]


# ---- the steps of a network -----------------------------------------------------------------------------------------


@torch.no_grad()
def seen(about, number, images=1, count=4):
    """One step of a network, and the numbers of its images."""
    net = about.network
    row = look(net.spec, net.steps()[number][2], read_states(net, about.images(images)[0])[number], count)
    return row, points(row["values"])


def test_each_step_is_seen_at_the_state_that_its_block_reads():
    about = measured(depth_shared=True)
    inputs, _ = about.images(2)
    net = about.network
    with torch.no_grad():
        found = read_states(net, inputs)
        path = history(net.stages[0], net.stem(inputs))
    for state, (u, *_) in zip(found[:3], path, strict=False):
        assert torch.equal(state, u)
    assert not any(m._forward_pre_hooks for m in net.modules())


def test_the_eigenvalues_are_of_the_blocks_jacobian_at_each_image():
    about = measured()
    state = read_states(about.network, about.images(2)[0])[2].detach()
    row, _ = seen(about, 2, 2, 5)
    assert len(row["values"]) == 2
    for image, u in zip(row["values"], state.split(1), strict=True):
        true = all_of(about.network.steps()[2][2].f, u)
        assert all(abs(true - complex(*z)).min() < 1e-4 for z in image)
        assert np.isclose(abs(complex(*image[0])), abs(true).max(), rtol=1e-4)
        assert np.isclose(max(x for x, _ in image), true.real.max(), rtol=1e-4)


@pytest.mark.parametrize("k", ["-1/2", "1/2", "-9/10"])
def test_inside_is_inside_the_ellipse(k):
    row, z = seen(measured(values={"k": k}), 2, 2, 6)
    k = row["k"]
    inside = ((z.real + 1 - k) / (1 - k)) ** 2 + (z.imag / (1 + k)) ** 2 <= 1
    assert row["inside"] == inside.mean() and 0 < inside.mean() < 1
    edge = ellipse(k) + 1 - k
    for factor, stable in ((0.99, True), (1.01, False)):
        assert ((spectral_radius(table_in({"table_after": row["table"]}), factor * edge - 1 + k) <= 1) == stable).all()


@pytest.mark.parametrize(
    ("scheme", "number", "growth"),
    [
        ("euler", 1, lambda z: abs(1 + z)),
        ("heun2", 1, lambda z: abs(1 + z + z**2 / 2)),
        ("lm2", 0, lambda z: abs(1 + z)),  # the first step has no history: Euler's
        ("zerosnet", 1, lambda z: abs(1 + z)),
        ("drop_path", 1, lambda z: abs(1 + z)),  # of evaluation
    ],
)
def test_growth_is_that_of_the_step_that_is_applied(scheme, number, growth):
    row, z = seen(measured(scheme), number)
    assert np.isclose(growth(z).max(), row["growth"])
    assert row["inside"] == (growth(z) <= 1).mean()


def test_the_step_size_is_in_the_table_and_not_in_the_eigenvalues():
    row, z = seen(measured("euler", h="1/4"), 1)
    assert np.isclose(abs(1 + z / 4).max(), row["growth"])


def test_a_result_is_plain_repeats_and_keeps_both_networks_apart():
    about = measured(layers=(2, 1))
    for net, k in ((about.network, -0.75), (about.before, 0.25)):
        for *_, parameter in net.coefficients():
            nn.init.constant_(parameter, k)
    weights = deepcopy(about.network.state_dict())
    one, two = (json.dumps(spectra(about, 1, 4), allow_nan=False) for _ in range(2))
    assert one == two
    assert all(torch.equal(weights[name], x) for name, x in about.network.state_dict().items())
    first, second, third = json.loads(one)["steps"]
    assert (first["k"], second["k"], second["k_before"]) == (None, -0.75, 0.25)
    assert second["scheme"] == "lm2, k = -0.75" and "started_by_euler" in first["scheme"]
    assert [table_in(second, when).V[0][1] for when in ("after", "before")] == [-0.75, 0.25]
    assert first["after"] != first["before"] and "crosses" in third["sentence"]


@pytest.mark.parametrize(
    ("options", "number", "sentence"),
    [
        ({}, 3, "crosses shapes, from 3 × 8 × 8 to 4 × 4 × 4"),
        ({"scheme": "heun2", "share": "stage"}, 1, "evaluates f1 and f2"),
        ({"scheme": "lie", "block": {"f": "basic", "g": "basic"}}, 1, "evaluates f and g"),
        ({"placement": "post"}, 1, "evaluates f and after"),
        ({"scheme": "euler", "residual": False}, 1, "is a map"),
        ({"scheme": "backward_euler", "solver": "fixed-point", "h": "1/100"}, 1, "is implicit"),
        ({"values": {"k": "learned(0, channel)"}}, 1, "one number per channel"),
    ],
)
def test_what_cannot_be_looked_at_is_said(options, number, sentence):
    with pytest.raises(OdenetsError, match=sentence):
        seen(measured(**options), number)


def test_a_network_that_has_diverged_gives_sentences():
    about = measured("euler", layers=(2, 1))
    nn.init.constant_(about.network.steps()[1][2].f[2].weight, float("nan"))
    rows = spectra(about, 1, 3)["steps"]
    assert "inside_after" in rows[0] and "no numbers" in rows[1]["sentence"]
    assert set(rows[1]) == {"stage", "step", "sentence"}
