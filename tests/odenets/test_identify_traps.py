"""Networks by hand that are easily called what they are not, and the sentences of those that no trace follows."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from torch import nn

from odenets import OdenetsError
from odenets.identification import identify
from odenets.identification.values import role
from tests.odenets import handwritten, handwritten_halves, handwritten_norms, handwritten_traps

EIGHTHS = [Fraction(-i, 8) for i in range(1, 5)]
VALUES = {
    "Coefficients": EIGHTHS,
    "Iterated": EIGHTHS,
    "Unbound": EIGHTHS,
    "Names": EIGHTHS,
    "Averaged": EIGHTHS,
    "Clamped": [Fraction(-1, 8), *[Fraction(-1, 4)] * 3],
    "Squashed": [Fraction(-1, 2)] * 4,
}


@pytest.mark.parametrize("name", VALUES)
def test_learned_numbers_are_those_of_each_step(name: str) -> None:
    found = identify(getattr(handwritten_traps, name)())
    assert (found.name, found.values, [step.name for step in found.starts]) == ("lm2", {"k": VALUES[name]}, ["euler"])
    assert not found.ends and not found.notes


def test_one_parameter_in_two_ranges_is_two_coefficients() -> None:
    (scheme, *_) = [step.scheme for step in identify(handwritten_traps.TwoRanges()).steps]
    assert [(p.name, p.value) for p in scheme.parameters] == [("p", Fraction(1, 4)), ("p2", Fraction(3, 4))]
    assert [str(b) for b in scheme.B[0]] == ["p", "p2"]


@pytest.mark.parametrize(
    ("path", "name"),
    [("blocks.3.k", "k"), ("getitem(ks, 3)", "ks"), ("clamp(a.b_1, 0, 0.75)", "b"), ("mul(2, getitem(k2, 0))", "k"),
     ("0", "k")],
)  # fmt: skip
def test_a_coefficient_is_called_by_its_parameter(path: str, name: str) -> None:
    assert role(path) == name


NAMES = {  # (name, steps, {factor of f}), as each was written
    "Operations": ("heun2", 4, {Fraction(1, 4)}),
    "Time": ("euler", 4, {Fraction(1, 4)}),
    "Remembering": ("lm2_consistent", 3, {None}),
    "NormInLine": ("euler", 4, {None}),
    "Grid": ("heun2", 4, {Fraction(1, 4), Fraction(1, 2)}),
    "Trajectory": ("heun2", 4, {None}),
    "FirstOfNothing": ("euler", 3, {Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)}),
    "Called": ("euler", 4, {None}),
    "Noise": ("euler", 4, {None}),
    "Diffusion": ("euler", 4, {None}),
    "FromNoise": ("euler", 4, {None}),
    "Parallel": ("polynet_2way", 4, {None}),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_network_is_what_it_was_written_to_be(name: str) -> None:
    home = handwritten_norms if hasattr(handwritten_norms, name) else handwritten_traps
    found = identify(getattr(home, name)())
    assert (found.name, len(found.steps), {step.factors.get("f") for step in found.steps}) == NAMES[name]
    assert not found.ends


def test_what_was_left_out_is_told() -> None:
    (told,) = identify(handwritten_traps.Noise()).notes
    assert told.startswith("noise at handwritten_traps.py:")
    assert identify(handwritten_traps.Diffusion()).notes[1:] == ("no output depends on size",)
    assert not identify(handwritten_traps.FromNoise()).notes
    (told,) = identify(handwritten_traps.FirstOfNothing()).notes
    assert told == "no output depends on fields.0.norm, fields.0.first, … (3 in all)"


def test_parallel_blocks_begin_with_the_norm_that_they_share() -> None:
    first, second = identify(handwritten_norms.Parallel()).steps[0].blocks
    assert first.startswith("norms.0 …") and second.startswith("norms.0 …") and first != second


def test_a_trace_leaves_the_module_as_it_is() -> None:
    net = handwritten_traps.Remembering()
    identify(net, torch.randn(2, 3))
    assert net.velocity is None


def test_a_norm_of_channels_by_hand_stands_between_stages() -> None:
    found = identify(handwritten_norms.ConvNeXt())
    assert (found.name, len(found.steps), len(found.transitions)) == ("euler", 5, 1)
    assert not found.transitions[0].crossing and "1 time a plain layer between steps: down.1" in found.text


def test_plain_layers_between_steps_are_told() -> None:
    found = identify(handwritten_traps.Between())
    assert [t.blocks for t in found.transitions] == [(f"layers.{i}",) for i in range(1, 4)]


def test_a_mask_of_infinities_is_no_coefficient() -> None:
    assert identify(handwritten_norms.Causal(), torch.randn(2, 5, 8)).name == "lie"


# ---- halves --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Halves", "Slices"])
@pytest.mark.parametrize("sizes", [(4, 4), (2, 6)])
@pytest.mark.parametrize("example", [None, torch.zeros(2, 3)])
def test_halves_of_any_size_are_two_states(kind: str, sizes: tuple[int, int], example: torch.Tensor | None) -> None:
    found = identify(getattr(handwritten_halves, kind)(*sizes), example)
    assert (found.name, len(found.steps)) == ("revnet", 4)


@pytest.mark.parametrize("kind", ["CutElsewhere", "SlicesElsewhere"])
def test_parts_that_are_cut_elsewhere_mix_the_states(kind: str) -> None:
    with pytest.raises(OdenetsError, match="reads two values of the chain at once"):
        identify(getattr(handwritten_halves, kind)(), torch.zeros(2, 3))


# ---- modules -------------------------------------------------------------------------------------------------------


def test_a_field_with_sums_of_its_own_is_one_block() -> None:
    found = identify(handwritten_halves.Whole())
    assert found.name == "euler" and [step.blocks for step in found.steps] == [(f"fields.{i}",) for i in range(4)]


def test_a_module_that_cannot_be_traced_stays_whole_and_is_told() -> None:
    found = identify(handwritten_halves.Closed())
    assert found.name == "euler" and found.steps[1].blocks == ("fields.1",)
    (told,) = found.notes
    assert told.startswith("not looked into: fields.0, fields.1, … (4 in all) (handwritten_halves.py:")


def test_weights_that_are_computed_are_told() -> None:
    (told,) = identify(handwritten_halves.Computed()).notes
    assert "functional_call puts computed weights in" in told and "handwritten_halves.py:" in told


@pytest.mark.parametrize("wrapper", [nn.DataParallel, torch.compile, torch.fx.symbolic_trace])
def test_a_module_in_a_wrapper_is_the_module(wrapper: type) -> None:
    net = handwritten.Heun()
    assert str(identify(wrapper(net))).splitlines()[1:] == str(identify(net)).splitlines()[1:]


def test_an_exported_program_is_read_by_its_operations() -> None:
    program = torch.export.export(handwritten.Heun(), (torch.zeros(2, 3),))
    assert identify(program.module()).name == "heun2"


def test_what_no_trace_follows_is_a_sentence() -> None:
    with pytest.raises(OdenetsError, match=r"Assigning .* handwritten_halves.py:[0-9]+: a part .* torch\.cat$"):
        identify(handwritten_halves.Assigning())
    with pytest.raises(OdenetsError, match=r"identify the module that torch\.jit was given"):
        identify(torch.jit.script(nn.Sequential(nn.Linear(4, 4))))
    with pytest.raises(OdenetsError, match="Linear has no scheme: up to itself"):
        identify(nn.Linear(3, 3))
