"""The command that draws networks: draw."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from odenets.cli.common import print_json, print_text
from odenets.cli.design import TABLES, USUAL, Design, image_size, spec_of
from odenets.cli.networks import told


def draw(
    spec: str = "lm2",
    design: Design = USUAL,
    *,
    image: int | None = None,
    channels: int | None = None,
    classes: int | None = None,
    output: Path | None = None,
    json: bool = False,
) -> None:
    """Draw a whole network: stem, stages, steps, head, and one step of each kind with all its coefficients.

    Example: odenets draw lm2 --depth 110
    Example: odenets draw resnet50 --output resnet50.png

    Parameters
    ----------
    spec
        A model (`odenets models`), a scheme (`odenets schemes`), the file of a table, or schemes by stage, "a,b,c", of
        which each may be several that its steps take in turn, "a+b,c,d".
    image
        Height and width of the images in pixels; the length of sequences of tokens.
    channels
        Channels of the images, columns of a table, or the number of different tokens.
    classes
        Number of classes.
    output
        The file to write, .svg, .png or .pdf; the spec's name with .svg in this folder unless given.
    json
        Print JSON only.
    """
    import torch

    from analysis import plots
    from odenets.figures_network import network_picture
    from odenets.named_models import models
    from odenets.network import build

    size = image_size(spec, image)
    asked = spec_of(spec, design, channels=channels, classes=classes)
    path = plots.savable(f"{plain(spec)}.svg" if output is None else output)
    with told(), torch.device("meta"):  # a picture needs no weights
        network = build(asked)
    count = sum(p.numel() for p in network.parameters())
    label = f"{spec} ({network.spec.name})" if spec in models() else network.spec.name
    plots.save(network_picture(network, f"{label}: {count:,} parameters", size), path)
    if json:
        print_json({"figure": str(path), "parameters": count})
    else:
        print_text(str(path))


def plain(spec: str) -> str:
    """The name of a spec without the folder and suffix of a table's file."""
    return Path(spec).stem if Path(spec).suffix in TABLES else spec


COMMANDS: Sequence[Any] = (draw,)
