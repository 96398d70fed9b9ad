"""Networks that people wrote by hand, read back to their schemes."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from torch import nn

from odenets import OdenetsError
from odenets.identification import identify
from tests.odenets import handwritten

NAMES = {  # what each was written to be, from its source: (name, steps, starts)
    "Euler": ("euler", 4, []),
    "Heun": ("heun2", 4, []),
    "RK4": ("rk4_classic", 4, []),
    "RK4Stages": ("rk4_classic", 1, []),
    "AB2": ("ab2", 3, ["euler"]),
    "Momentum": ("lm2_consistent", 3, ["euler"]),
    "LMResNet": ("lm2", 4, ["euler"]),
    "Leapfrog": ("leapfrog", 3, ["euler"]),
    "RevNet": ("revnet", 2, []),
    "Verlet": ("stormer_verlet", 4, [""]),
    "Transformer": ("lie", 2, []),
    "PolyNet": ("polynet_poly2", 4, []),
    "PostResNet": ("euler", 5, []),
    "LayerScale": ("euler", 4, []),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_network_by_hand_is_the_scheme_it_was_written_to_be(name: str) -> None:
    found = identify(getattr(handwritten, name)())
    assert (found.name, len(found.steps), [step.name for step in found.starts]) == NAMES[name]
    assert not found.ends and not found.notes


def test_three_steps_of_history_are_filled_by_lower_orders() -> None:
    found = identify(handwritten.AB3(depth=7))
    assert found.name == "ab3" and [step.name for step in found.starts] == ["euler", "ab2"]


def test_a_parameter_of_numbers_is_solved_for() -> None:
    found = identify(handwritten.Momentum())
    assert found.values == {"k": [Fraction(-9, 10)] * 3} and "momentum" in found.also
    assert ((Fraction(19, 10), Fraction(-9, 10)), (1, 0)) == found.scheme.V


def test_learned_coefficients_have_the_values_that_they_have_now() -> None:
    net = handwritten.LMResNet()
    found = identify(net)
    assert found.values == {"k": [Fraction(-i, 8) for i in range(1, 5)]}  # k = 1 - k', k' = 1 + i/8
    assert [p.name for p in found.steps[0].scheme.parameters] == ["ks"]
    assert str(found.scheme.V[0][0]) == "1 - k"


def test_the_step_size_and_a_layer_scale_are_factors_of_the_blocks() -> None:
    assert [step.factors for step in identify(handwritten.RK4()).steps] == [{"f": Fraction(1, 10)}] * 4
    assert [step.factors for step in identify(handwritten.LayerScale()).steps] == [{"f": Fraction(1, 2)}] * 4


def test_blocks_are_named_by_their_modules() -> None:
    assert [step.blocks for step in identify(handwritten.Heun()).steps][1] == ("fields.1", "fields.1")
    assert identify(handwritten.RK4Stages()).steps[0].blocks == tuple(f"fields.{i}" for i in range(4))
    first, second = identify(handwritten.Transformer()).steps[0].blocks
    assert first.startswith("layers.0.norm1 …") and second.startswith("layers.0.norm2 …")


def test_the_macaron_net_is_strang_splitting() -> None:
    found = identify(handwritten.Transformer(macaron=True))
    assert found.name == "macaron" and found.steps[0].scheme.fields == ("f", "g", "f")


def test_a_relu_behind_the_sum_and_a_crossing_are_told() -> None:
    found = identify(handwritten.PostResNet())
    assert found.behind == "ReLU"
    (crossing,) = found.transitions
    assert crossing.crossing and set(crossing.blocks) == {"blocks.3.downsample", "blocks.3.conv1 … bn2"}
    assert "1 crossing: blocks.3.downsample" in found.text and "with ReLU behind the sum" in found.text


def test_a_tensor_that_is_changed_in_place_changes_under_all_its_names() -> None:
    (_, fraction), *_ = [step.scheme.B[0] for step in identify(handwritten.InPlace()).steps]
    assert fraction == Fraction(1, 2)
    net = handwritten.InPlace()
    (state, again) = identify(net).steps[0].scheme.A
    assert again[0] == 1 and state == (0, 0)  # the second block sees what the first has added


def test_steps_that_no_family_has_keep_a_table_each() -> None:
    found = identify(handwritten.Wandering())
    assert not found.name and len(found.steps) == 4
    for i, step in enumerate(found.steps, 2):
        assert ((1 + Fraction(1, i),),) == step.scheme.V and ((Fraction(1, i), 1),) == step.scheme.B
        assert ((1,), (Fraction(1, i),)) == step.scheme.U and ((0, 0), (i, 0)) == step.scheme.A
    assert "order" in found.text and "the steps differ" in found.text


def test_the_layers_of_torch_are_lie_splittings() -> None:
    for first in (True, False):
        layer = nn.TransformerEncoderLayer(8, 2, 16, norm_first=first, batch_first=True)
        net = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).train(first)
        found = identify(net, torch.randn(2, 5, 8))
        assert found.name == "lie" and found.behind == ("" if first else "LayerNorm")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Plain", "Plain has no scheme: up to layers .handwritten.py:[0-9]+. no value is the sum"),
        ("Dense", "Dense has no scheme"),
        ("Bilinear", "fields.1.* .handwritten.py:[0-9]+. reads two values of the chain at once"),
        ("Deciding", "Deciding cannot be traced at handwritten.py:[0-9]+: "),
    ],
)
def test_what_has_no_scheme_is_told_with_the_place(name: str, told: str) -> None:
    with pytest.raises(OdenetsError, match=told):
        identify(getattr(handwritten, name)())


def test_what_is_no_module_and_what_repeats_no_step_is_told() -> None:
    with pytest.raises(OdenetsError, match="identify takes a module, not 3"):
        identify(3)  # type: ignore[arg-type]
    with pytest.raises(OdenetsError, match="make the network deeper"):
        identify(Short())


class Short(nn.Module):
    """A history of two that one step has read."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.f = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        u = self.a(x) + self.b(x)
        old = self.a(x)
        return 2 * u - old + self.f(u)


def test_the_resnet_of_transformers_is_forward_euler() -> None:
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    config = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16, 32, 64], depths=[3, 3, 3, 3], layer_type="basic"
    )
    found = identify(transformers.ResNetModel(config), torch.randn(1, 3, 32, 32))
    assert (found.name, len(found.steps), found.behind) == ("euler", 9, "ReLU")
    assert len(found.transitions) == 3 and all(t.crossing for t in found.transitions)
    assert found.steps[0].blocks == ("encoder.stages.0.layers.0.layer",)
