"""`emit`: a network as one file that needs torch only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from odenets.emission.networks import file_of
from odenets.errors import OdenetsError
from odenets.named_models import models
from odenets.network import Network, build
from odenets.spec import Spec

STYLE = ("--isolated", "--quiet", "--line-length", "120", "--target-version", "py311")


def emit(model: Network | Spec | str, path: Path | str | None = None) -> str:
    """The source of a network as one file that needs torch only; written to `path` if there is one.

    model   a network, a spec, or the name of a model or of a scheme

    `Network` there has the keys and shapes of the state_dict here, gives the same output bit for bit in evaluation and
    in training, and starts from the same weights under the same seed. Learned and random coefficients stand in plain
    sums: gradients of such networks agree to rounding, all others bit for bit. What changes memory only, `reversible`
    and `checkpoint`, is left out.

    Raises OdenetsError for what has no such source, and where the file cannot be written.
    """
    place = None if path is None else writable(Path(path))
    network = network_of(model)
    if network.spec.reversible and network.spec.fallback == "double":
        raise OdenetsError("fallback = 'double' changes the output, and a file has no such states: emit 'exact'")
    text = formatted(file_of(network))
    check(text, network)
    if place is not None:
        save(text.encode(), place)
    return text


def network_of(model: Network | Spec | str) -> Network:
    if isinstance(model, Network):
        return model
    if not isinstance(model, Spec | str):
        raise OdenetsError(f"emit takes a network of odenets.build, a spec or a name, not a {type(model).__name__}")
    return build(scheme=model) if isinstance(model, str) and model not in models() else build(model)


def check(text: str, network: Network) -> None:
    """Raise OdenetsError where the file's network has other keys or shapes: a part was added that no step runs."""
    scope: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(text, "<emitted>", "exec"), scope)
    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        found = scope["Network"]().state_dict()
    ours, theirs = ({key: x.shape for key, x in state.items()} for state in (network.state_dict(), found))
    if list(ours.items()) != list(theirs.items()):
        odd = next((key for key in ours if ours[key] != theirs.get(key)), "an order of its own")
        raise OdenetsError(f"the network has {odd}, which its stages do not run: build it anew, and emit that")


def formatted(text: str) -> str:
    """Source with sorted imports, in the style of ruff."""
    for command in (("check", "--select", "I", "--fix"), ("format",)):
        run = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *STYLE, "-"], input=text, capture_output=True, encoding="utf-8"
        )
        if run.returncode:
            raise OdenetsError(f"ruff cannot format the source ({run.stderr.strip()[:200]}): pip install ruff")
        text = run.stdout
    return text


def writable(path: Path) -> Path:
    """The path. Raises OdenetsError where its folder is not there: said before a network is built or traced."""
    if not path.parent.is_dir():
        raise OdenetsError(f"{path} cannot be written: there is no folder {path.parent}")
    return path


def save(content: bytes, path: Path) -> None:
    """A file written whole or not at all; one that is there is replaced."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OdenetsError(f"{path} cannot be written ({error.strerror}): give another place") from None
