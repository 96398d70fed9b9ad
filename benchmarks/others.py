"""Named models as other libraries build them, where they are installed; from their classes, without downloads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from benchmarks.by_hand_models import same_weights
from odenets import Network

BASIC, BOTTLENECK = (18, 34), (50, 101, 152)


class Logits(nn.Module):
    """A model of transformers, whose answer is a record."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        return self.model(images).logits


def of_transformers(network: Network) -> nn.Module:
    from transformers import ResNetConfig, ResNetForImageClassification

    spec = network.spec
    config = ResNetConfig(
        embedding_size=spec.widths[0],
        hidden_sizes=[spec.expansion * width for width in spec.widths],
        depths=list(spec.steps),
        layer_type=spec.block,
        num_labels=spec.classes,
    )
    return Logits(ResNetForImageClassification(config))


def of_timm(network: Network) -> nn.Module:
    from timm.models.resnet import BasicBlock, Bottleneck, ResNet

    spec = network.spec
    kind: dict[str, Any] = {"block": BasicBlock if spec.block == "basic" else Bottleneck}
    if spec.block == "resnext":
        kind |= {"cardinality": spec.options["cardinality"], "base_width": spec.options["base_width"]}
    return ResNet(**kind, layers=list(spec.steps), num_classes=spec.classes)


LIBRARIES: dict[str, tuple[Callable[[Network], nn.Module], tuple[str, ...]]] = {
    "transformers": (of_transformers, tuple(f"resnet{n}" for n in BASIC + BOTTLENECK)),
    "timm": (of_timm, (*(f"resnet{n}" for n in BASIC + BOTTLENECK), "resnext50")),
}


def others(name: str, network: Network) -> dict[str, nn.Module]:
    """The same network by each library that has it and that imports here.

    With the network's weights where the library makes its own in the order of running (transformers); the time of a
    step does not depend on them.
    """
    found = {}
    for library, (make, names) in LIBRARIES.items():
        if name in names:
            try:
                found[library] = make(network)
            except ImportError:
                continue
            if library == "transformers":
                same_weights(network, found[library])
    return found
