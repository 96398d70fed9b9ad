"""Networks from schemes: `wire` one step, `build` a network, `train` it, `load` it again.

Names are imported where they are first used: `import odenets` does not import torch.
"""

from importlib import import_module
from typing import Any

HOME = {
    "OdenetsError": "errors",
    "wire": "wire",
    "Step": "wire",
    "BLOCKS": "blocks",
    "Field": "blocks",
    "MLP": "blocks",
    "build": "build",
    "Network": "build",
    "Spec": "build",
    "Job": "training",
    "prepare": "training",
    "load": "training",
    "resume": "training",
    "train": "training",
    "Recipe": "recipes",
    "Records": "records",
}
__all__ = list(HOME)


def __getattr__(name: str) -> Any:
    if name not in HOME:
        raise AttributeError(f"module 'odenets' has no attribute {name!r}")
    value = getattr(import_module(f"odenets.{HOME[name]}"), name)
    globals()[name] = value  # a submodule of the same name (wire, build, train) must not stand in its place
    return value
