"""Every named model by hand: BY_HAND[name](layers, widths, classes)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import torch
from torch import nn

from benchmarks import by_hand_images as images
from benchmarks import by_hand_residual as residual
from benchmarks import by_hand_tokens as tokens
from odenets import Network
from odenets.blocks.convolutional import Basic, Bottleneck, ResNeXt
from odenets.named_models import models
from odenets.network import changed
from odenets.spec import Spec


def cifar(stage: Callable[..., nn.Module], **options: bool) -> Callable[..., nn.Module]:
    """Steps of basic blocks on 32 × 32 images."""
    return partial(images.Images, stage, **options)


def wide(stage: Callable[..., nn.Module], field: Callable[..., nn.Module], **options: bool) -> Callable[..., nn.Module]:
    """Steps of bottlenecks, which leave four times the nominal width."""
    return partial(images.Images, partial(stage, field=field), expansion=4, **options)


def grouped(groups: int) -> Callable[..., nn.Module]:
    return partial(ResNeXt, cardinality=groups)


def transformer(layer: Callable[[int], nn.Module]) -> Callable[..., nn.Module]:
    return partial(tokens.Transformers, layer)


BY_HAND: dict[str, Callable[..., nn.Module]] = {
    **{f"resnet{n}": cifar(images.ResNet) for n in (20, 32, 44, 56, 110)},
    **{f"resnet{n}_post": cifar(partial(residual.PostPadded, field=Basic), post=True) for n in (20, 32, 44, 56, 110)},
    **{f"lm_resnet{n}": cifar(images.LMResNet) for n in (20, 32, 44, 56, 110)},
    "resnet164": wide(images.ResNet, Bottleneck),
    "lm_resnet164": wide(images.LMResNet, Bottleneck),
    **{f"resnext29_{g}x64d": wide(residual.Post, grouped(g), post=True) for g in (8, 16)},
    **{f"lm_resnext29_{g}x64d": wide(images.LMResNet, grouped(g)) for g in (8, 16)},
    **{f"resnet{n}": cifar(partial(residual.Post, field=Basic), post=True, large=True) for n in (18, 34)},
    **{f"resnet{n}": wide(residual.Post, Bottleneck, post=True, large=True) for n in (50, 101, 152)},
    **{f"resnet{n}_pre": wide(residual.Pre, Bottleneck, large=True) for n in (50, 101, 152)},
    **{f"lm_resnet{n}": wide(residual.PostLM, Bottleneck, post=True, large=True) for n in (50, 101, 152)},
    **{f"lm_resnet{n}_pre": wide(residual.PreLM, Bottleneck, large=True) for n in (50, 101, 152)},
    "resnext50": wide(residual.Post, partial(ResNeXt, cardinality=32, base_width=4), post=True, large=True),
    "polynet": cifar(images.PolyNet),
    "fractalnet20": partial(residual.FractalNet, residual.Fractal, post=True),
    **{f"revnet{n}": partial(residual.RevNet, residual.Reversible) for n in (38, 110)},
    "momentum_resnet20": cifar(images.Momentum),
    "zerosnet20": cifar(images.ZeroSNet),
    "rk4_resnet20": cifar(images.RK4),
    "rk4_resnet20_stages": cifar(images.RK4Stages),
    "tsrk_resnet20": cifar(images.TwoStepRK),
    "dimsim_resnet20": cifar(partial(images.Dimsim, field=partial(Basic, norm="group"))),
    "midpoint_net": cifar(residual.Midpoint),
    "leapfrog_net": cifar(residual.Leapfrog),
    "verlet_net": cifar(residual.Verlet),
    "imexnet": cifar(residual.IMEX),
    "vit": transformer(tokens.Layer),
    "macaron_vit": transformer(tokens.Macaron),
    "ode_transformer_rk2": transformer(tokens.rk2_layer),
    "ode_transformer_rk4": transformer(tokens.rk4_layer),
    "mlp_rk2": tokens.Tables,
}


def small(name: str) -> Spec:
    """A model's spec with few steps and channels; models that differ in their depth alone become the same."""
    spec = models()[name].spec
    narrow = 16 if "base_width" in spec.options else 8
    most = 4 if name == "polynet" else 3
    return changed(
        spec,
        widths=[narrow * (1 + (i > 0)) for i in range(len(spec.widths))],
        classes=5,
        layers=[min(n, most - (i > 0)) for i, n in enumerate(spec.steps)],
    )


@cache
def kinds() -> tuple[str, ...]:
    """The first model of each small spec."""
    found: dict[str, str] = {}
    for name in models():
        found.setdefault(repr(small(name)), name)
    return tuple(found.values())


def counterpart(name: str, network: Network, image: int = 32) -> nn.Module:
    """The named model by hand in the sizes of the network, with its weights; transformers for one size of images."""
    spec = network.spec
    sized = {"image": image} if spec.kind == "tokens" else {}
    hand = BY_HAND[name](spec.steps, spec.widths, spec.classes, **sized)
    same_weights(network, hand)
    return hand


@torch.no_grad()
def same_weights(network: nn.Module, other: nn.Module) -> None:
    """Copy the network's parameters into another one that makes its own in the same order.

    Raises ValueError where their shapes differ.
    """
    pairs = list(zip(network.named_parameters(), other.named_parameters(), strict=True))
    for (name, parameter), (its_name, its) in pairs:
        if parameter.shape != its.shape:
            raise ValueError(f"{name} {tuple(parameter.shape)} is not {its_name} {tuple(its.shape)}")
        its.copy_(parameter)
