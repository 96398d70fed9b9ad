"""Networks from schemes: `wire` one step, `build` a network, `train` it, `load` it again.

Names are imported where they are first used: `import odenets` does not import torch. No module has the name of a
function here: importing it would put it in the function's place.
"""

from importlib import import_module
from typing import Any

HOME = {
    "OdenetsError": "errors",
    "wire": "wiring",
    "Step": "wiring",
    "BLOCKS": "blocks",
    "Block": "blocks",
    "Field": "blocks",
    "MLP": "blocks",
    "TransformerBlock": "blocks",
    "build": "network",
    "Network": "network",
    "Spec": "spec",
    "models": "named_models",
    "Job": "jobs",
    "prepare": "jobs",
    "load": "training",
    "resume": "training",
    "train": "training",
    "seed_draws": "training",
    "Recipe": "recipes",
    "Records": "records",
    "StabilityWarning": "advice",
    "advise": "advice",
    "cost_of": "costs",
    "emit": "emission",
    "identify": "identification",
    "convert": "conversion",
    "Chain": "memory",
    "Memory": "memory",
    "MemoryWarning": "memory",
    "Solver": "equilibrium",
}
__all__ = list(HOME)


def __getattr__(name: str) -> Any:
    if name not in HOME:
        raise AttributeError(f"module 'odenets' has no attribute {name!r}")
    return getattr(import_module(f"odenets.{HOME[name]}"), name)
