"""The command that writes networks as files of their own: emit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from odenets.cli.common import print_json, print_text
from odenets.cli.design import USUAL, Design, image_size, spec_of
from odenets.cli.networks import told
from odenets.errors import OdenetsError

if TYPE_CHECKING:
    from odenets.network import Network

SUFFIXES = {".py": "python", ".onnx": "onnx", ".pt2": "export"}


def emit(
    spec: str = "lm2",
    design: Design = USUAL,
    *,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    format: Literal["python", "onnx", "export"] | None = None,
    run: str | None = None,
    runs: Path = Path("runs"),
    image: int | None = None,
    channels: int | None = None,
    classes: int | None = None,
    json: bool = False,
) -> None:
    """Write a network as one file: source that needs torch only, ONNX, or an exported program of torch.

    Example: odenets emit lm_resnet20 -o net.py
    Example: odenets emit rk4_classic --depth 56 --share stage
    Example: odenets emit --run 20261121-0203 -o net.onnx

    Parameters
    ----------
    spec
        A model (`odenets models`), a scheme (`odenets schemes`), the file of a table, or schemes by stage, "a,b,c", of
        which each may be several that its steps take in turn, "a+b,c,d".
    output
        The file to write, .py, .onnx or .pt2; one that is there is replaced. Source is printed unless given.
    format
        python, onnx or export (torch.export, .pt2); as the file's suffix says unless given. The graphs of onnx and
        export are those of evaluation, for any size of batch, with the weights inside.
    run
        A run record, in place of SPEC: its network with its trained weights; beside source they are in a file .pt.
    runs
        The folder of the run records.
    image
        Height and width of the images of onnx and export in pixels; the length of sequences of tokens.
    channels
        Channels of the images, columns of a table, or the number of different tokens.
    classes
        Number of classes.
    json
        Print JSON only.
    """
    from odenets.emission.source import writable

    form = form_of(output, format)
    if output is not None:
        writable(output)
    if run is None:
        network = made(spec, design, channels=channels, classes=classes)
    elif (spec, design, channels, classes) != ("lm2", USUAL, None, None):
        raise OdenetsError(f"--run {run} is a network already: leave {spec} and what changes it out")
    else:
        network = trained(run, runs)
    count = sum(p.numel() for p in network.parameters())
    if output is None:
        text = source(network)
        if json:
            print_json({"source": text, "format": form, "parameters": count})
        else:
            print_text(text.rstrip("\n"))
        return
    files = written(network, output, form, image_size(spec, image), run is not None)
    if json:
        print_json({"files": [str(path) for path in files], "format": form, "parameters": count})
    else:
        print_text("\n".join(map(str, files)))


def form_of(output: Path | None, form: str | None) -> str:
    """The format, by name or by the suffix of the file. Raises OdenetsError where they differ, or a file is needed."""
    known = None if output is None else SUFFIXES.get(output.suffix)
    if output is None and form in ("onnx", "export"):
        raise OdenetsError(f"--format {form} needs a file: -o net{suffix(form)}")
    if output is not None and (known is None or form not in (None, known)):
        names = suffix(form) if form else "one of .py, .onnx and .pt2"
        raise OdenetsError(f"-o {output}: the suffix says the format, take {names}")
    return form or known or "python"


def suffix(form: str) -> str:
    return next(suffix for suffix, name in SUFFIXES.items() if name == form)


def made(spec: str, design: Design, **more: Any) -> Network:
    from odenets.network import build

    with told():
        return build(spec_of(spec, design, **more))


def trained(run: str, runs: Path) -> Network:
    from odenets.training import load

    with told():
        return load(run, runs)


def source(network: Network) -> str:
    from odenets import emission

    return emission.emit(network)


def written(network: Network, output: Path, form: str, size: int, weights: bool) -> list[Path]:
    """The files that are written: source has its weights beside it where they are trained."""
    import io

    import torch

    from odenets import emission
    from odenets.emission.formats import write
    from odenets.emission.source import save

    if form != "python":
        write(network, output, size, form)
        return [output]
    emission.emit(network, output)
    if not weights:
        return [output]
    kept = io.BytesIO()
    torch.save(network.state_dict(), kept)
    save(kept.getvalue(), output.with_suffix(".pt"))
    return [output, output.with_suffix(".pt")]


COMMANDS: Sequence[Any] = (emit,)
