"""Emitted files: the same keys, the same bits, for every model, every part of the registries and random schemes."""

from functools import partial

import pytest
import torch
from hypothesis import assume, given, settings

from benchmarks.by_hand_models import kinds, small
from odenets.blocks import BLOCKS, NORMS
from odenets.emission import emit
from odenets.errors import OdenetsError
from odenets.named_models import models
from odenets.network import build
from odenets.stems import STEMS
from odenets.transitions import TRANSITIONS
from schemes import SchemeError, learned, names
from tests.odenets.emitted import agree, pair
from tests.strategies import parametric_schemes, schemes

pytestmark = pytest.mark.filterwarnings("ignore:.* is not zero-stable")
SMALL = {"widths": (4, 8), "layers": (2, 2), "classes": 3}
STILL = {"across": "layer", "transition": "conv"}  # blocks that keep the shape


def check(**options):
    agree(*pair(partial(build, **{**SMALL, **options})))


@pytest.mark.parametrize("name", kinds())
def test_every_model_is_its_file(name):
    agree(*pair(partial(build, small(name))))


@pytest.mark.slow
@pytest.mark.parametrize("name", models())
def test_whole_models_have_files_of_their_own(name):
    net, other, inputs = pair(partial(build, name))
    net.eval(), other.eval()
    with torch.no_grad():
        assert torch.equal(net(inputs), other(inputs))


# ---- every part of the registries ----------------------------------------------------------------------------------


def design(kind):
    """The rest of a design for blocks of a kind."""
    block = BLOCKS[kind]
    still = {} if block.strides else {"across": "layer"} | ({"transition": "conv"} if block.kind == "images" else {})
    if block.tied:
        return {"scheme": "stormer_verlet", "block": kind, **still}
    if block.resolvent:
        return {"scheme": "imex_euler", "block": {"f": "symmetric", "g": kind}, **still}
    return {"scheme": "heun2", "block": kind, **still}


@pytest.mark.parametrize("kind", BLOCKS)
def test_every_block_is_emitted(kind):
    check(**design(kind))


@pytest.mark.parametrize("norm", NORMS)
def test_every_norm_of_a_block_is_emitted(norm):
    kind = next(name for name, block in BLOCKS.items() if norm in block.norms)
    check(**{**design(kind), "norm": norm})


@pytest.mark.parametrize("stem", STEMS)
def test_every_stem_is_emitted(stem):
    block = next(name for name, block in BLOCKS.items() if block.kind == STEMS[stem].kind)
    check(stem=stem, **design(block))


@pytest.mark.parametrize("transition", TRANSITIONS)
def test_every_transition_is_emitted(transition):
    check(transition=transition, **({"block": "mlp", "across": "layer"} if transition == "linear" else {}))


@pytest.mark.parametrize("name", names(stochastic=True)[:6])
def test_random_coefficients_are_drawn_the_same(name):
    check(scheme=name)


@pytest.mark.slow
@pytest.mark.parametrize("name", names(stochastic=True)[6:])
def test_all_random_coefficients_are_drawn_the_same(name):
    check(scheme=name)


# ---- designs -------------------------------------------------------------------------------------------------------

DESIGNS = {
    "shared blocks": {"scheme": "lm2", "depth_shared": True},
    "a block a stage, shared": {"scheme": "rk4_classic", "share": "stage", "depth_shared": True},
    "shared tied pairs": {"scheme": "stormer_verlet", "block": "hamiltonian_tied", "depth_shared": True, **STILL},
    "shared resolvents": {"scheme": "imex_euler", "block": {"f": "symmetric", "g": "diffusion"}, **STILL,
                          "depth_shared": True},
    "a coefficient a channel": {"scheme": "lm2", "values": {"k": "learned(-1/2, channel)"}},
    "bounded": {"scheme": "lm2", "values": {"k": "learned(-0.1..0, in -1..1, channel)"}},
    "bounded scalars": {"scheme": "lm2", "values": {"k": "learned(0, in -1..1)"}, "layers": (3, 3)},
    "linear over the depth": {"scheme": "lm2", "values": {"k": "1/4:3/4"}, "layers": (3, 3)},
    "a learned step": {"scheme": "rk4_classic", "h": "learned(1)"},
    "1/N": {"scheme": "euler", "h": "1/N", "layers": (3, 2)},
    "consistent": {"scheme": "lm2", "consistent": True, "layers": (3, 3)},
    "another start": {"scheme": "ab3", "start": "runge_kutta", "layers": (4, 3)},
    "projected slopes": {"scheme": "ab2", "history": "project", "transition": "conv"},
    "projected halves": {"scheme": "revnet", "history": "project", "transition": "conv", "placement": "post"},
    "relu behind a layer": {"scheme": "ab2", "across": "layer", "history": "project", "transition": "conv",
                            "placement": "post"},
    "relu behind the sum": {"scheme": "heun2", "placement": "post"},
    "schemes that take turns": {"scheme": (("euler", "heun2"), ("lm2", "lm2"))},
    "weights between knots": {"scheme": "lm2", "weights": "linear:3", "layers": (3, 3)},
    "knots without statistics": {"scheme": "rk4_classic", "weights": "cosine:2", "norm": "none"},
    "knots of two fields": {"scheme": "revnet", "weights": "constant:2"},
    "fields that take turns": {"scheme": "platen_weak2", "norm": "none", "depth_shared": True, "history": "project"},
    "blocks of fields that take turns": {"scheme": "pefrl", "norm": "none", "share": "stage"},
    "maps": {"residual": False},
    "swept": {"scheme": "implicit_midpoint", "unroll": 2},
    "a zero start": {"options": {"zero": True}},
    "dropout": {"block": "conv", "options": {"dropout": 0.3}},
    "causal attention": {"scheme": "lie", "block": {"f": "attention", "g": "feedforward"}, "widths": (8,),
                         "layers": (2,), "options": {"dropout": 0.2, "causal": True}},
    "tokens": {"block": "transformer", "widths": (8,), "layers": (2,), "stem": "tokens", "channels": 11},
}  # fmt: skip


@pytest.mark.parametrize("name", DESIGNS)
def test_every_design_is_its_file(name):
    check(**DESIGNS[name])


STARTS = {"k": "7/11", "lam": "-3/13", "mu": "5/17"}


@given(schemes())
@settings(max_examples=12)
def test_random_schemes_are_their_file(scheme):
    check(scheme=sound(scheme), block=fields(scheme), norm="group")


@given(parametric_schemes())
@settings(max_examples=8)
def test_random_learned_schemes_are_their_file(scheme):
    away = {name: learned(start) for name, start in STARTS.items() if name in scheme.role("learned")}  # from poles
    check(scheme=sound(scheme.at(**away)), block=fields(scheme), norm="group")


def fields(scheme):
    return dict.fromkeys(scheme.fields, "basic")


def sound(scheme):
    """The scheme if a network can be built of it."""
    try:
        build(scheme=scheme, block=fields(scheme), norm="group", **SMALL)
    except (SchemeError, OdenetsError, ZeroDivisionError):
        assume(False)
    return scheme


# ---- precision and refusals ----------------------------------------------------------------------------------------


def test_bf16_autocast_gives_the_same_bits():
    net, other, inputs = pair(partial(build, scheme="lm2", layers=(3, 2), widths=(4, 8)))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(net.float()(inputs.float()), other.float()(inputs.float()))


def test_a_file_is_compiled_without_a_break():
    net, other, inputs = pair(partial(build, "lm_resnet20", layers=(2, 2), widths=(4, 8)))
    compiled = torch.compile(other.eval(), fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(inputs), net.eval()(inputs))


def test_what_changes_memory_only_is_left_out():
    plain = emit(build(scheme="leapfrog", **SMALL))
    assert emit(build(scheme="leapfrog", reversible=True, **SMALL)) == plain
    assert emit(build(scheme="leapfrog", checkpoint=2, **SMALL)) == plain


def test_a_step_that_is_solved_is_refused():
    with pytest.raises(OdenetsError, match=r"implicit_midpoint.* is implicit.*unroll = 3"):
        emit(build(scheme="implicit_midpoint", solver="anderson", **SMALL))
