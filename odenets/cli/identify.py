"""The command `odenets identify`: the scheme of a network in a file of the user's."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from odenets.cli.common import assignments, print_json, print_text
from odenets.errors import OdenetsError

if TYPE_CHECKING:
    from torch import nn

    from odenets.identification import Identified, Step


def identify(
    network: str,
    *,
    args: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = (),
    example: Annotated[tuple[int, ...], Parameter(consume_multiple=True)] = (),
    json: bool = False,
) -> None:
    """Say which scheme a PyTorch network is: FILE.py:Name, a module class or a function that makes one.

    Example: odenets identify mine.py:Net --args depth=8 --example 1 3 32 32

    The file is run, as Python imports it, and Name() is called; the network is traced, not trained.

    Parameters
    ----------
    network
        The file and the name in it.
    args
        Arguments of Name as name=value, read as Python numbers, truth values, tuples or texts.
    example
        The shape of an input, batch first, for a network whose forward asks for shapes.
    json
        Print JSON only.
    """
    import torch

    from odenets.identification import identify as identified

    if any(size < 1 for size in example):
        raise OdenetsError(f"--example {' '.join(map(str, example))}: a shape has sizes of at least 1")
    try:
        shape = torch.zeros(*example) if example else None
    except RuntimeError as error:
        raise OdenetsError(f"--example {' '.join(map(str, example))}: {short(error)}") from None
    with redirect_stdout(sys.stderr):  # what the file prints is not the answer
        found = identified(made(network, {k: value_of(v) for k, v in assignments(args, "--args").items()}), shape)
    if json:
        print_json(as_data(found))
    else:
        print_text(found.text)


def made(network: str, arguments: dict[str, Any]) -> nn.Module:
    """Name(**arguments) of FILE.py:Name."""
    from torch import nn

    file, colon, name = network.rpartition(":")
    if not colon or not name.isidentifier() or not file.endswith(".py"):
        raise OdenetsError(f"{network}: say the file and the name in it, such as mine.py:Net")
    scope = run(Path(file))
    if (maker := scope.get(name)) is None:
        classes = [k for k, v in scope.items() if isinstance(v, type) and issubclass(v, nn.Module)]
        raise OdenetsError(f"{file} has no {name}: its modules are {', '.join(classes) or 'none'}")
    try:
        module = maker if isinstance(maker, nn.Module) else maker(**arguments)
    except (Exception, SystemExit) as error:
        raise OdenetsError(f"{name} of {file} cannot be made, {type(error).__name__}: {short(error)}") from None
    if not isinstance(module, nn.Module):
        raise OdenetsError(f"{name} of {file} gives a {type(module).__name__}, it must give a module")
    return module


def run(path: Path) -> dict[str, Any]:
    """The names of a file after it was imported; what stands beside it can be imported by it."""
    import importlib.util

    if not path.is_file():
        raise OdenetsError(f"{path} is no file: say where the network's source is")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise OdenetsError(f"{path} cannot be imported: it must be a Python file")
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    sys.path.insert(0, str(path.parent.resolve()))
    sys.modules.setdefault(path.stem, module)  # as import does: dataclasses and typing look their module up there
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise OdenetsError(f"{path} fails when it is imported, {type(error).__name__}: {short(error)}") from None
    finally:
        sys.path[:] = before
    return vars(module)


def short(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]


def value_of(text: str) -> Any:
    """A number, truth value, tuple or None as Python writes it; anything else is a text."""
    from ast import literal_eval

    try:
        return literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def as_data(found: Identified) -> dict[str, Any]:
    return {
        "name": found.name,
        "also": list(found.also),
        "scheme": tables(found.scheme),
        "behind": found.behind,
        **{part: [step_data(step) for step in getattr(found, part)] for part in ("steps", "starts", "ends")},
        "transitions": [{"blocks": list(t.blocks), "place": t.place} for t in found.transitions],
        "notes": list(found.notes),
    }


def step_data(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "blocks": list(step.blocks),
        "values": {k: plain(v) for k, v in step.values.items()},
        "factors": {k: plain(v) for k, v in step.factors.items()},
        "scheme": tables(step.scheme),
    }


def tables(scheme: Any) -> dict[str, Any]:
    """The four matrices as texts, exact."""
    rows = {m: [[str(x) for x in row] for row in getattr(scheme, m)] for m in "AUBV"}
    return {**rows, "states": list(scheme.states), "fields": list(scheme.fields),
            "parameters": {p.name: plain(p.value) for p in scheme.parameters}}  # fmt: skip


def plain(x: Any) -> Any:
    return float(x) if isinstance(x, Fraction) else None if x is None else str(x)


COMMANDS: Sequence[Any] = (identify,)
