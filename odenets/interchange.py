"""State dicts of other libraries' residual networks, taken and given.

Only names differ: which tensor has which name there is one small table a library, and no library is needed for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from torch import Tensor, nn

from odenets.blocks.parts import either
from odenets.errors import OdenetsError
from odenets.network import Network

# {part of a network: module there}. stage, step and n (the n-th convolution or norm of a branch) are counted from 0 as
# stage[0], from 1 as stage[1].
RESNET = {
    "stem conv": "conv1",
    "stem norm": "bn1",
    "branch conv": "layer{stage[1]}.{step[0]}.conv{n[1]}",
    "branch norm": "layer{stage[1]}.{step[0]}.bn{n[1]}",
    "shortcut conv": "layer{stage[1]}.{step[0]}.downsample.0",
    "shortcut norm": "layer{stage[1]}.{step[0]}.downsample.1",
    "head linear": "fc",
}
LIBRARIES = {
    "torchvision": RESNET,  # torchvision.models.resnet: post-activation, stride in the 3×3
    "timm_resnet": RESNET,  # timm.models.resnet, the same with its 7×7 stem
    "timm_resnetv2": {  # timm.models.resnetv2 with batch norm: pre-activation, a projection shares the first one
        "stem conv": "stem.conv",
        "branch conv": "stages.{stage[0]}.blocks.{step[0]}.conv{n[1]}",
        "branch norm": "stages.{stage[0]}.blocks.{step[0]}.norm{n[1]}",
        "shortcut conv": "stages.{stage[0]}.blocks.{step[0]}.downsample.conv",
        "head norm": "norm",
        "head linear": "head.fc",
    },
    "transformers": {  # ResNetForImageClassification: post-activation, downsample_in_bottleneck=False
        "stem conv": "resnet.embedder.embedder.convolution",
        "stem norm": "resnet.embedder.embedder.normalization",
        "branch conv": "resnet.encoder.stages.{stage[0]}.layers.{step[0]}.layer.{n[0]}.convolution",
        "branch norm": "resnet.encoder.stages.{stage[0]}.layers.{step[0]}.layer.{n[0]}.normalization",
        "shortcut conv": "resnet.encoder.stages.{stage[0]}.layers.{step[0]}.shortcut.convolution",
        "shortcut norm": "resnet.encoder.stages.{stage[0]}.layers.{step[0]}.shortcut.normalization",
        "head linear": "classifier.1",
    },
}
POINTWISE = {("timm_resnetv2", "head linear")}  # a 1×1 convolution there
KINDS = {"conv": nn.Conv2d, "norm": nn.BatchNorm2d, "linear": nn.Linear}
PLACE = re.compile(
    r"stages\.(?P<stage>\d+)\.steps\.(?P<step>\d+)\.(?:(?P<shortcut>project)|before|(?:step\.)?f)(?:\.\d+)?"
    r"|(?P<end>stem|head)(?:\.\d+)?"
)
COUNTER = "num_batches_tracked"


def from_library(net: Network, state: Mapping[str, Tensor], library: str) -> dict[str, Tensor]:
    """The state dict of `net` from that of the same network in a library: net.load_state_dict(from_library(…)).

    Every tensor is used once and each of `net` is found; norms' counters may be missing, they are 0 then (files from
    before torch 0.4.1). Strides and activations are no weights, whether they agree is for the caller to see: resnet18 …
    resnet152 and resnext50 are torchvision's, timm's and transformers', resnet50_pre … timm's resnetv2_50 …
    Raises OdenetsError, naming the first tensor that is missing, surplus or of another shape.
    """
    own, found = net.state_dict(), {}
    wanted = places(net, library)
    for key, place in wanted.items():
        tensor = state.get(place.key)
        if tensor is None and key.endswith(COUNTER):
            tensor = own[key].new_zeros(())
        if tensor is None:
            raise OdenetsError(f"the state has no {place.key}, which {key} takes: {SAME}")
        if tuple(tensor.shape) != place.shape:
            raise OdenetsError(
                f"{place.key} has the shape {tuple(tensor.shape)} where {key} takes {place.shape}: {SAME}"
            )
        found[key] = tensor.reshape(own[key].shape)
    if surplus := sorted(set(state) - {place.key for place in wanted.values()}):
        raise OdenetsError(f"the state has {surplus[0]}, for which this network has no place: {SAME}")
    return found


SAME = "build the network with the block, layers, widths and classes of the state's"


def to_library(net: Network, library: str) -> dict[str, Tensor]:
    """The state dict of `net` as the same network of a library has it. Raises OdenetsError where it has no such one."""
    own = net.state_dict()
    return {place.key: own[key].reshape(place.shape) for key, place in places(net, library).items()}


def key_map(net: Network, library: str) -> dict[str, str]:
    """{key of `net`: key there}. Raises OdenetsError for tensors that the library's networks do not have."""
    return {key: place.key for key, place in places(net, library).items()}


@dataclass(frozen=True)
class Place:
    """Where a library keeps a tensor, and in which shape."""

    key: str
    shape: tuple[int, ...]


def places(net: Network, library: str) -> dict[str, Place]:
    """The place of every tensor of `net`."""
    if library not in LIBRARIES:
        near = get_close_matches(library, LIBRARIES, 2) or list(LIBRARIES)
        raise OdenetsError(f"no state dicts of a library {library!r} are known: take {either(near)}")
    modules = {name: (part, named(LIBRARIES[library], part, counts)) for name, part, counts in parts(net)}
    found: dict[str, Place] = {}
    for key, tensor in net.state_dict().items():
        module, _, suffix = key.rpartition(".")
        part, name = modules.get(module, ("", None))
        if name is None:
            raise OdenetsError(f"{library} has no tensor for {key}: {repair(part)}")
        pointwise = (library, part) in POINTWISE and suffix == "weight"
        found[key] = Place(f"{name}.{suffix}", (*tensor.shape, 1, 1) if pointwise else tuple(tensor.shape))
    return found


def parts(net: Network) -> Iterator[tuple[str, str, dict[str, int]]]:
    """(name, part, its numbers) of each convolution, norm and linear map that other residual networks have as well."""
    seen: Counter[str] = Counter()
    for name, module in net.named_modules():
        place = PLACE.fullmatch(name)
        kind = next((kind for kind, made in KINDS.items() if isinstance(module, made)), None)
        if place is None or kind is None:
            continue
        part = f"{place['end'] or ('shortcut' if place['shortcut'] else 'branch')} {kind}"
        counts = {what: int(place[what] or 0) for what in ("stage", "step")}
        counter = f"{part} {counts}"  # `before` is registered before the branch that it opens
        yield name, part, counts | {"n": seen[counter]}
        seen[counter] += 1


def named(table: Mapping[str, str], part: str, counts: Mapping[str, int]) -> str | None:
    """The name of a module in a library; None where its networks have no such one."""
    if part not in table or (counts["n"] and "{n" not in table[part]):
        return None
    return table[part].format(**{what: (i, i + 1) for what, i in counts.items()})


def repair(part: str) -> str:
    known = [library for library, table in LIBRARIES.items() if part in table]
    return f"{either(known)} has" if known else "take scheme = 'euler' and blocks of convolutions and batch norms"
