"""A training that the page asks for: its bounds, its command line, and the file of a typed design."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odenets.errors import OdenetsError
from odenets.explorer.designs import scheme_of
from odenets.explorer.worker import Found, dumped, failed
from odenets.files import make_folder, write_whole
from schemes import Scheme, dumps

DEPTHS = range(8, 57, 6)  # 6n + 2, of basic blocks in three stages
EPOCHS = range(1, 31)
SEEDS = range(2**32)
ALLOWED = {"depth": DEPTHS, "epochs": EPOCHS, "seed": SEEDS}
USUAL = {"depth": 20, "epochs": 5, "seed": 0}
MOST_THREADS = 8
ANOTHER = "choose another folder of runs (--runs)"


@dataclass(frozen=True)
class Plan:
    """What is to be trained, on digits; words: the arguments of `odenets`; file, text: of a typed design, or none."""

    name: str
    epochs: int
    words: tuple[str, ...]
    file: Path | None = None
    text: str = ""

    @property
    def command(self) -> str:
        """The command line as one would type it."""
        return shlex.join(("odenets", *self.words))

    def write(self) -> None:
        """Write a typed design whole, where the command reads it. Raises OdenetsError where that cannot be."""
        if self.file is not None:
            make_folder(self.file.parent, ANOTHER)
            write_whole(self.file, self.text, ANOTHER)


def plan(root: Path, body: Any) -> Plan:
    """The plan of {"design", "depth", "epochs", "seed"}, of which the numbers may be absent.

    Raises OdenetsError for another shape, numbers out of bounds and a scheme that is not trained here, SchemeError for
    what is no scheme.
    """
    if not isinstance(body, Mapping) or not isinstance(body.get("design"), Mapping):
        raise OdenetsError('a training is an object with a design: {"design": {"entry": "lm2"}, "epochs": 5}')
    if odd := [key for key in body if key not in ("design", *USUAL)]:
        raise OdenetsError(f"a training has no {odd[0][:40]!r}, it has design, {', '.join(USUAL)}")
    depth, epochs, seed = (number(name, body.get(name, USUAL[name]), allowed) for name, allowed in ALLOWED.items())
    design = body["design"]
    scheme = scheme_of(design)
    check_trained(scheme)
    file, text = (None, "") if "entry" in design else typed(root, design)
    values = {**design.get("structure", {}), **design.get("values", {})}
    words = ["train", str(design["entry"] if file is None else file)]
    words += [word for key, value in values.items() for word in ("--set", f"{key}={str(value).replace('−', '-')}")]
    words += ["--depth", str(depth), "--epochs", str(epochs), "--seed", str(seed), "--data", "digits"]
    words += ["--threads", str(threads())]
    words += [] if root == Path("runs") else ["--runs", str(root)]
    return Plan(scheme.name, epochs, tuple(words), file, text)


def planned(root: str, body: str) -> list[Found]:
    """`plan` as the job of a worker: (200, JSON of the plan), or (status, refusal)."""
    try:
        found = plan(Path(root), json.loads(body))
        file = None if found.file is None else str(found.file)
        return [(200, dumped({**vars(found), "file": file}))]
    except (Exception, SystemExit) as error:
        return [failed("training", error)]


def plan_of(text: bytes) -> Plan:
    """The plan that a worker gives as JSON."""
    data = json.loads(text)
    file = None if data["file"] is None else Path(data["file"])
    return Plan(**{**data, "words": tuple(data["words"]), "file": file})


def number(name: str, given: Any, allowed: range) -> int:
    if type(given) is int and given in allowed:
        return given
    step = f" in steps of {allowed.step}" if allowed.step > 1 else ""
    raise OdenetsError(
        f"{name} = {str(given)[:40]}: the page trains with {name} from {allowed[0]} to {allowed[-1]}{step}; "
        "`odenets train` takes more"
    )


def check_trained(scheme: Scheme) -> None:
    """Raises OdenetsError for what needs a choice that the page does not offer."""
    if not scheme.explicit:
        raise OdenetsError(
            f"{scheme.name} is implicit and cannot be wired: take an explicit scheme, or train it by `odenets train` "
            "with a --solver"
        )
    if loose := scheme.role("chosen"):
        raise OdenetsError(f"{scheme.name}: {loose[0]} is not chosen yet, give it a value")


def typed(root: Path, design: Mapping[str, Any]) -> tuple[Path, str]:
    """File and text of a design that is no entry; its values go to the command line."""
    scheme = scheme_of({key: x for key, x in design.items() if key != "values"})
    text = dumps(scheme, "toml")
    stem = re.sub(r"[^A-Za-z0-9_]+", "-", scheme.name)[:40]
    return root / "designs" / f"{stem}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.toml", text


def threads() -> int:
    """All processor threads but the one that the page needs."""
    return min(max((os.cpu_count() or 2) - 1, 1), MOST_THREADS)


def resuming(root: Path, id: str) -> str:
    """The command that continues a run."""
    return shlex.join(("odenets", "train", "--resume", id, *([] if root == Path("runs") else ["--runs", str(root)])))
