"""The tables of the named models in Markdown, as docs/models.md shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def model_rows() -> list[dict[str, Any]]:
    """What there is to say of each named model; multiply-adds are those of one input."""
    import torch

    from odenets.costs import multiply_adds
    from odenets.named_models import models
    from odenets.network import Network

    rows = []
    for m in models().values():
        with torch.device("meta"):
            network = Network(m.spec)
        rows.append({
            "name": m.name, "summary": m.summary, "source": m.source,
            "schemes": {scheme.name: scheme for scheme in network.schemes()},
            "parameters": sum(p.numel() for p in network.parameters()), "published": m.published, "differs": m.differs,
            "counted": m.counted,
            "multiply_adds": multiply_adds(network, (1, *network.input_shape(m.image))),
        })  # fmt: skip
    return rows


def markdown() -> str:
    """Both tables: the models, and the steps of their schemes."""
    from odenets.cli.facts import short
    from odenets.cli.networks import published
    from schemes import formula_lines

    rows = model_rows()
    models = [
        [f"`{r['name']}`", " ".join(f"`{name}`" for name in r["schemes"]), f"{r['parameters']:,}",
         published(r["published"], r["counted"]), r["differs"], short(r["multiply_adds"]),
         f"{r['summary']} {r['source']}"]
        for r in rows
    ]  # fmt: skip
    steps = [
        [f"`{name}`", "<br>".join(f"`{line}`" for line in formula_lines(scheme))]
        for name, scheme in {name: scheme for r in rows for name, scheme in r["schemes"].items()}.items()
    ]
    header = ["model", "schemes", "parameters", "published", "why it differs", "multiply-adds", "what it is"]
    return f"{pipes(header, models)}\n\n{pipes(['scheme', 'step'], steps)}"


def pipes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.strip() for cell in line)} |" for line in lines)
