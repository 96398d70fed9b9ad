"""Checkpoints: a network, its optimizer and what else training needs, in one safetensors file that is always whole.

Names in it: model.<state_dict key>, optimizer.<parameter index>.<state name>, and what the caller adds.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from glob import escape
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse
from safetensors.torch import save as serialize
from torch import Tensor, nn
from torch.optim import Optimizer

from odenets.errors import OdenetsError

FORMAT = "odenets checkpoint 1"


def save(path: Path, tensors: Mapping[str, Tensor], meta: Mapping[str, Any]) -> None:
    """Write `tensors` and `meta` (JSON values) to `path`, which at every moment holds the former file or this one.

    One writer at a time: what killed writers left beside `path` is removed. Raises OdenetsError where `meta` is not
    JSON or the file cannot be written.
    """
    path = Path(path)
    # Copied even where contiguous: safetensors refuses tied tensors, which share their memory.
    plain = {
        name: tensor.to("cpu", memory_format=torch.contiguous_format, copy=True) for name, tensor in tensors.items()
    }
    try:
        text = json.dumps(meta)
    except (TypeError, ValueError) as error:
        raise OdenetsError(f"the meta data of checkpoint {path} must be JSON: {error}") from error
    content = serialize(plain, {"format": FORMAT, "meta": text, "checksum": _checksum(plain, text)})
    draft = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        for leftover in path.parent.glob(f".{escape(path.name)}.*.partial"):
            leftover.unlink(missing_ok=True)
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise OdenetsError(f"checkpoint {path} could not be written: {error}") from error
    finally:
        draft.unlink(missing_ok=True)


def load(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors (contiguous, on the CPU) and meta data of a file that `save` wrote.

    Raises OdenetsError where it is missing, cut short, altered, or another program's.
    """
    try:
        content = Path(path).read_bytes()  # read once: safetensors' safe_open opens twice, and a save may come between
        tensors = parse(content)
    except OSError as error:
        raise OdenetsError(f"checkpoint {path} cannot be read: {error.strerror}") from error
    except SafetensorError as error:
        raise OdenetsError(f"{path} is damaged or no checkpoint: {error}") from error
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")]).get("__metadata__", {})
    if header.get("format") != FORMAT:
        raise OdenetsError(f"{path} is not an {FORMAT}: another program or version wrote it")
    text = header.get("meta", "")
    if header.get("checksum") != _checksum(tensors, text):
        raise OdenetsError(f"checkpoint {path} is damaged: its content does not fit its checksum")
    return tensors, json.loads(text)


def pack(module: nn.Module, optimizer: Optimizer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and meta data from which `unpack` restores both exactly."""
    state = optimizer.state_dict()
    entries = {f"{index}.{name}": value for index, slots in state["state"].items() for name, value in slots.items()}
    slots = {key: value for key, value in entries.items() if isinstance(value, Tensor)}
    tensors = {f"model.{key}": value for key, value in module.state_dict().items()}
    tensors |= {f"optimizer.{key}": value for key, value in slots.items()}
    meta = {
        "class": type(optimizer).__name__,
        "groups": state["param_groups"],
        "values": {key: value for key, value in entries.items() if key not in slots},
        "tensors": list(slots),
    }
    return tensors, {"optimizer": meta}


def unpack(
    tensors: Mapping[str, Tensor], meta: Mapping[str, Any], module: nn.Module, optimizer: Optimizer | None = None
) -> None:
    """Restore what `pack` took, in the memory format that `module` has now; tensors of other names are left alone.

    Raises OdenetsError, with nothing restored, naming the first key that is missing, unknown, or of another kind.
    """
    state = {f"model.{key}": value for key, value in module.state_dict().items()}
    _verify("model.", tensors, state)
    if optimizer is not None:
        optimizer.load_state_dict(_optimizer_state(tensors, meta, optimizer))
    module.load_state_dict({key.removeprefix("model."): tensors[key] for key in state})


def _optimizer_state(tensors: Mapping[str, Tensor], meta: Mapping[str, Any], optimizer: Optimizer) -> dict[str, Any]:
    saved = meta.get("optimizer", {"class": "no optimizer", "groups": []})
    if saved["class"] != (wanted := type(optimizer).__name__):
        raise OdenetsError(f"the checkpoint holds the state of {saved['class']}, not of {wanted}")
    sizes = [[len(group["params"]) for group in groups] for groups in (saved["groups"], optimizer.param_groups)]
    if sizes[0] != sizes[1]:
        raise OdenetsError(f"the checkpoint's optimizer has groups of {sizes[0]} parameters, this one of {sizes[1]}")
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    owners = {f"optimizer.{key}": parameters[int(key.partition(".")[0])] for key in saved["tensors"]}
    counters = {key: tensors[key] for key in owners if key in tensors and tensors[key].ndim == 0}
    likes = owners | counters
    _verify("optimizer.", tensors, likes)

    state: dict[int, dict[str, Any]] = {}
    for key, value in saved["values"].items():
        index, _, name = key.partition(".")
        state.setdefault(int(index), {})[name] = value
    for key, like in likes.items():
        _, index, name = key.split(".", 2)
        # In the parameter's memory format: over mixed strides an SGD step takes 515 µs, not 150 (a 64×64×3×3 weight).
        state.setdefault(int(index), {})[name] = torch.empty_like(like).copy_(tensors[key])
    groups = [
        {key: tuple(value) if isinstance(now.get(key), tuple) else value for key, value in group.items()}
        for group, now in zip(saved["groups"], optimizer.param_groups, strict=True)
    ]
    return {"state": state, "param_groups": groups}


def _verify(prefix: str, tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    for key, like in expected.items():
        if key not in tensors:
            raise OdenetsError(f"the checkpoint has no {key}: it is another network's")
        if _kind(tensors[key]) != _kind(like):
            raise OdenetsError(f"{key} is {_kind(tensors[key])} in the checkpoint and {_kind(like)} in this network")
    for key in tensors:
        if key.startswith(prefix) and key not in expected:
            raise OdenetsError(f"the checkpoint has {key}, which this network has not")


def _kind(tensor: Tensor) -> str:
    return f"{tuple(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"


def _checksum(tensors: Mapping[str, Tensor], meta: str) -> str:
    """CRC-32 of names, types, shapes, values and meta data: safetensors itself checks only lengths."""
    crc = zlib.crc32(meta.encode())
    for name, tensor in sorted(tensors.items()):
        crc = zlib.crc32(f"{name} {_kind(tensor)}".encode(), crc)
        crc = zlib.crc32(tensor.reshape(-1).view(torch.uint8).numpy().data, crc)
    return f"{crc:08x}"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
