"""The command that repeats a run, from its configuration."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from odenets.recipes import whole
from odenets.spec import Spec
from schemes import Scheme


def command(config: dict[str, Any]) -> str:
    """The command that repeats a run."""
    spec, recipe = Spec.from_dict(config["spec"]), whole(config["recipe"])
    words = ["odenets", "train", scheme_words(spec.scheme), "--data", config["data"]]
    words += ["--folder", config["folder"]] if config["folder"] else []
    words += design_words(spec)
    words += ["--epochs", recipe["epochs"], "--batch-size", recipe["batch_size"], "--lr", recipe["lr"]]
    words += ["--weight-decay", recipe["weight_decay"], "--label-smoothing", recipe["label_smoothing"]]
    words += [w for m in recipe["milestones"] for w in ("--milestones", m)]
    words += ["--decay", recipe["decay"]] if recipe["decay"] != "steps" else []
    words += ["--warmup", recipe["warmup"]] if recipe["warmup"] else []
    words += ["--held-out", config["held_out"]] if config.get("held_out") else []
    words += ["--seed", config["seed"], "--precision", config["precision"], "--threads", config["threads"]]
    words += ["--device", config["device"]]
    return shlex.join(map(str, words))


def scheme_words(scheme: Any) -> str:
    """What the command line reads as the scheme, or schemes; a table that is in no registry is a file to be written."""
    if isinstance(scheme, Scheme):
        return f"{scheme.name}.json"
    if isinstance(scheme, str):
        return scheme
    stages = [x if isinstance(x, tuple) else (x,) for x in scheme]
    return ",".join("+".join(map(scheme_words, stage)) for stage in stages)


def design_words(spec: Spec) -> list[Any]:
    """The options of `odenets train` for all of a spec's fields that are not as usual."""
    usual, words = Spec(), []
    for name, value in spec.as_dict().items():
        flag = "--" + {"values": "set", "options": "option"}.get(name, name).replace("_", "-")
        if name in ("scheme", "channels", "classes") or value in (getattr(usual, name), "", None, ()):
            continue  # channels and classes are the data's
        if isinstance(value, Mapping):
            words += [w for k, v in value.items() for w in (flag, f"{k}={text(v)}")]
        elif isinstance(value, bool):
            words.append(flag if value else f"--no-{flag[2:]}")
        else:
            words += [w for v in (value if isinstance(value, tuple) else (value,)) for w in (flag, v)]
    return words


def text(x: Any) -> str:
    return str(x).lower() if isinstance(x, bool) else str(x)
