"""A converted network as a run of its own, which can be loaded, reported and converted again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from odenets import checkpoint
from odenets.conversion.comparing import Comparison
from odenets.environment import environment
from odenets.jobs import Job
from odenets.network import Network
from odenets.records import Records
from odenets.training import CHECKPOINT, coefficients_of, optimizer


def record(network: Network, work: Job, source: str, found: Comparison, root: Path | str) -> str:
    """The id of a new run, done, whose configuration says which run it was converted from."""
    own = replace(work, spec=network.spec, converted=source)
    metrics = {"test_error": found.error[1], "test_loss": found.loss[1]}
    summary: dict[str, Any] = {
        **metrics,
        "epochs": 0,
        "parameters": sum(p.numel() for p in network.parameters()),
        "seconds": 0.0,
        "converted": source,
        "original_test_error": found.error[0],
        "agreement": found.agreement,
    }
    with Records(Path(root)) as records:
        run = records.create(own.as_dict(), environment(), f"{network.spec.name}-s{own.seed}-converted")
        records.log(run, 0, metrics, coefficients_of(network))
        tensors, meta = checkpoint.pack(network, optimizer(network, own.recipe))
        checkpoint.save(records.run(run).folder / CHECKPOINT, tensors, {**meta, "epoch": 0})
        records.finish(run, "done", summary)
    return run
