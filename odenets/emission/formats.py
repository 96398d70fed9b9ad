"""A network as ONNX, or as an exported program of torch: its graph in evaluation, for any size of batch."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from odenets.emission.source import save
from odenets.emission.steps import check_written_out
from odenets.errors import OdenetsError
from odenets.network import Network
from odenets.stems import STEMS

NEEDED = "pip install 'odenets[export]'"


def write(network: Network, path: Path, size: int, form: str) -> None:
    """The network in evaluation as a file, whole or not at all: onnx (one file, weights inside) or export.

    size   of the inputs; the number of examples is free

    Raises OdenetsError where a package is missing, where steps are solved, where ONNX has no operator for a block, and
    as `save` does.
    """
    for *_, step in network.steps():
        check_written_out(step)
    program = exported(network, example(network, size))
    save(onnx_bytes(program) if form == "onnx" else export_bytes(program), path)


def exported(network: Network, inputs: Tensor) -> torch.export.ExportedProgram:
    """The graph of the network in evaluation; the network's mode is as before."""
    mode = network.training
    try:
        shapes = ({0: torch.export.Dim("batch")},)
        return torch.export.export(network.eval(), (inputs,), dynamic_shapes=shapes, strict=False)
    finally:
        network.train(mode)


def example(network: Network, size: int) -> Tensor:
    """A batch of two: torch.export takes a single example for a constant."""
    shape = (2, *network.input_shape(size))
    if STEMS[network.spec.stem].input == "numbers":
        return torch.zeros(shape, dtype=torch.long)
    return torch.zeros(shape)


def export_bytes(program: torch.export.ExportedProgram) -> bytes:
    kept = io.BytesIO()
    torch.export.save(program, kept)
    return kept.getvalue()


def onnx_bytes(program: torch.export.ExportedProgram) -> bytes:
    if missing := [name for name in ("onnx", "onnxscript") if find_spec(name) is None]:
        raise OdenetsError(f"ONNX needs {missing[0]}, which is not installed: {NEEDED}")
    from torch.onnx.errors import OnnxExporterError

    try:
        with quiet():
            made: Any = torch.onnx.export(program, input_names=["inputs"], output_names=["logits"], verbose=False)
    except OnnxExporterError as error:
        said = str(error).strip().splitlines()[0]
        raise OdenetsError(f"ONNX cannot hold this network ({said}): take --format export") from None
    content: bytes = made.model_proto.SerializeToString()
    return content


@contextmanager
def quiet() -> Iterator[None]:
    """Without what the exporter says of versions of operators and of packages that are not needed here."""
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)
