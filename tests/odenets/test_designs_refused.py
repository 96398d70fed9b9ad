"""Designs that cannot be: one sentence that names the entry, the rule and the repair."""

import pytest
import torch

from odenets.errors import OdenetsError
from odenets.network import build
from odenets.spec import Spec
from schemes import Normal, SchemeError, learned
from tests.odenets.small import IMAGES, SMALL

FG = {"scheme": "imex_euler", "block": {"f": "symmetric", "g": "diffusion"}, "across": "layer"}
REFUSALS = {
    "implicit": ({"scheme": "backward_euler"}, "backward_euler is implicit and cannot be wired: solve it"),
    "nothing to solve": ({"scheme": "euler", "solver": "anderson"}, "has nothing to solve: every step of euler"),
    "nothing to unroll": ({"scheme": "lm2", "unroll": 2}, "unroll = 2 has nothing to unroll: lm2 is explicit"),
    "two ways": ({"scheme": "gauss", "solver": "anderson", "unroll": 2}, "are two ways to one end: give one"),
    "solver": ({"scheme": "gauss", "solver": "jacobi"}, "no solver is called 'jacobi'"),
    "nothing to undo": ({"scheme": "euler", "reversible": True}, "no step (euler) can be undone explicitly"),
    "nothing to keep": ({"scheme": "gauss", "solver": "anderson", "checkpoint": 1}, "keep nothing less here"),
    "fallback": ({"reversible": True, "fallback": "bits"}, "fallback = 'bits': take 'checkpoint' or 'exact' or"),
    "fallback of nothing": ({"fallback": "exact"}, "is for reversible networks: take reversible = True"),
    "solving of nothing": ({"solving": {"depth": 3}}, "is for a solver: take solver = 'anderson'"),
    "weights": ({"weights": "quartic:3"}, "weights = 'quartic:3'"),
    "weights at odds": ({"weights": "linear:3", "depth_shared": True}, "leave one of them out"),
    "two maps": (
        {"scheme": "imex_trapezoid", "block": {"f": "symmetric", "g": "diffusion"}, "across": "layer"},
        "one block cannot be the resolvent of each: take a scheme with the same for all",
    ),
    "shape": ({"block": "antisymmetric"}, "leave the change to a transition between the stages (across = 'layer')"),
    "slopes": (
        {"scheme": "ab2", "history": "project"},
        "ab2 keeps hf[n-1], which transition 'bn-relu-conv' cannot project, as it is not linear: take transition",
    ),
    "velocity": ({"scheme": "momentum", "history": "project"}, "momentum keeps v[n], which transition"),
    "taking turns": ({"scheme": (("lm2", "euler"), "lm2")}, "keep other states and cannot take turns: give a stage"),
    "stages": ({"scheme": ("lm2", "lm2", "lm2")}, "scheme names 3 schemes for 2 stages"),
    "both": ({"depth": 20, "layers": (3, 3)}, "say the same, give one of them"),
    "layers": ({"layers": (3, 3, 3)}, "layers = (3, 3, 3) must be the steps of each of 2 stages"),
    "stem": ({"stem": "patches2"}, "stem 'patches2' makes tokens, block 'basic' takes images: take the stem conv3 or"),
    "transition": ({"transition": "linear"}, "transition 'linear' is not for images"),
    "shared": ({"transition": "shared", "placement": "post"}, "take it with placement = 'pre', across = 'step' and"),
    "no block": ({"scheme": "revnet", "block": {"f": "basic"}}, "the field 'g' has no block: name one in block"),
    "kinds": ({"block": {"f": "basic", "g": "attention"}}, "all blocks of a network are for images, or all for tokens"),
    "pair": ({"block": "hamiltonian", "across": "layer"}, "a pair for two fields"),
    "step size": ({"h": "1/n"}, "h = '1/n' is not understood"),
    "start": ({"scheme": "ab2", "start": "euller"}, "no scheme is called 'euller'"),
    "long start": (
        {"scheme": "ab3", "start": "ab2"},
        "ab2 needs a history itself and cannot start ab3: take a one-step",
    ),
    "surplus block": (
        {"scheme": "euler", "block": {"f": "basic", "g": "basic"}},
        "block names the field 'g', which no scheme of the network evaluates: its fields are f",
    ),
    "start of a pair": ({"scheme": "cnlf", "start": "runge_kutta"}, "name its start"),
    "no scheme": ({"scheme": None}, "scheme = None is no scheme: give a name"),
    "empty schemes": ({"scheme": [[]]}, "scheme = [] is no scheme"),
    "width": ({"widths": 16}, "widths = 16 are no whole numbers, one a stage"),
    "classes": ({"classes": 10.0}, "classes = 10.0 is no whole number"),
    "unknown value": ({"scheme": ("euler", "lm2"), "values": {"q": 1}}, "no scheme of the network has a parameter 'q'"),
    "no step": ({"h": 0}, "h = 0: a step size is a number other than 0"),
    "varying step": ({"h": "1:0.5"}, "h = 1:1/2: a step size is"),
    "unused start": ({"scheme": "euler", "start": "euller"}, "no scheme is called 'euller'"),
    "scheme for a model": ("lm2", "no model is called 'lm2': odenets models lists them, a scheme is build(scheme=…)"),
    "explicit resolvent": (
        {"scheme": "euler", "block": "diffusion", "across": "layer"},
        "euler evaluates f explicitly, and diffusion is a resolvent: take a scheme that is implicit in it",
    ),
    "two resolvents": (
        {**FG, "scheme": (("imex_euler", "ars222"),), "depth_shared": True},
        "ask g for different resolvents, and one block cannot be all of them: leave depth_shared out",
    ),
    "no one history": (
        {"scheme": ("lm2", "ab2"), "history": "project", "transition": "conv"},
        "carries u[n], u[n-1] of lm2 on, and ab2 behind it keeps u[n], hf[n-1]: give all stages schemes of the same",
    ),
    "products of noise": (
        {"scheme": "euler_heun", "residual": False, "block": "conv"},
        "has no network of evaluation, as products of random coefficients stand in its table",
    ),
    "opened": ({"block": "conv", "transition": "shared"}, "across = 'step' and blocks basic, bottleneck or resnext"),
    "falling widths": ({"widths": (8, 4), "transition": "pool-pad"}, "cannot go from 8 to 4: take 'conv'"),
    "infinite": ({"h": float("inf")}, "h = inf is no number: give a finite one"),
    "no block evaluated": ({"scheme": "momentum", "values": {"gamma": 1}}, "evaluates no block, its weights are 0"),
    "one column": ({"scheme": "fractalnet_drop_path", "values": {"columns": 1}}, "columns = 1"),
    "model": ("resnet51", "no model is called 'resnet51': near it are resnet56, resnet50"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_wrong_combination_is_one_sentence_with_the_repair(case):
    options, message = REFUSALS[case]
    with pytest.raises((OdenetsError, SchemeError)) as error:
        build(options) if isinstance(options, str) else build(**{**SMALL, **options})
    assert message in str(error.value)
    assert str(error.value).count("\n") == 0


def test_images_too_small_to_be_cut_or_halved_are_refused():
    with pytest.raises(OdenetsError, match="cannot be halved again: take larger ones, fewer stages or another"):
        build(scheme="euler", transition="max-pool", widths=(4,) * 5, layers=(1,) * 5)(torch.randn(IMAGES))
    with pytest.raises(OdenetsError, match="has no patch of 16: take a stem of smaller patches"):
        build("vit", stem="patches16")(torch.randn(IMAGES))


def test_a_law_without_text_stays_out_of_records():
    spec = Spec("lm2", values={"k": learned(Normal(0, 1))})
    with pytest.raises(OdenetsError, match="are plain data, declare it in the scheme"):
        spec.as_dict()


def test_a_record_of_a_later_version_is_not_read_as_another_network():
    with pytest.raises(OdenetsError, match="a spec has no field 'colour': the record is of a newer odenets"):
        Spec.from_dict({**Spec().as_dict(), "colour": "red"})


def test_depth_and_layers_do_not_silently_replace_each_other():
    with pytest.raises(OdenetsError, match=r"layers = \(3, 4, 6, 3\) are not: give layers"):
        build("resnet50", depth=50)
