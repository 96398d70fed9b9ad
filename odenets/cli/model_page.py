"""The tables of the named models in Markdown, as docs/models.md shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from odenets.named_models import Model
    from odenets.network import Network
    from schemes import Scheme


def sketches() -> Iterator[tuple[Model, Network, int]]:
    """Each named model, its network without memory, and the number of its parameters."""
    import torch

    from odenets.named_models import models
    from odenets.network import Network

    for m in models().values():
        with torch.device("meta"):
            network = Network(m.spec)
        yield m, network, sum(p.numel() for p in network.parameters())


def markdown() -> str:
    """Both tables: the models, with the multiply-adds of one input, and the steps of their schemes."""
    from odenets.cli.facts import short
    from odenets.cli.networks import published
    from odenets.costs import multiply_adds

    models: list[list[str]] = []
    schemes: dict[str, Scheme] = {}
    for m, network, count in sketches():
        own = {scheme.name: scheme for scheme in network.schemes()}
        schemes |= own
        cost = short(multiply_adds(network, (1, *network.input_shape(m.image))))
        names = " ".join(f"`{name}`" for name in own)
        models.append([f"`{m.name}`", names, f"{count:,}", published(m.published, m.counted), m.differs, cost,
                       f"{m.summary} {m.source}"])  # fmt: skip
    header = ["model", "schemes", "parameters", "published", "why it differs", "multiply-adds", "what it is"]
    return f"{pipes(header, models)}\n\n{steps(schemes)}"


def steps(schemes: Mapping[str, Scheme]) -> str:
    """What a step of each scheme computes."""
    from schemes import formula_lines

    rows = [[f"`{name}`", "<br>".join(f"`{x}`" for x in formula_lines(scheme))] for name, scheme in schemes.items()]
    return pipes(["scheme", "step"], rows)


def pipes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.strip() for cell in line)} |" for line in lines)
