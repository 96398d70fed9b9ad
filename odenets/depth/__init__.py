"""Depth as time: weights as functions of depth, and the field of a trained stage at any depth.

basis    the functions of depth · courses  as a spec says them · blends   a block at blended weights
times    how long steps take · knots   the blocks of a stage with weights over depth
chains   a stage in time: span · fields   chain_field: a stage as du/dt = f(t, u)
"""

from importlib import import_module
from typing import Any

HOME = {
    "Basis": "basis",
    "Blend": "blends",
    "Course": "courses",
    "ChainField": "fields",
    "Weights": "fields",
    "chain_field": "fields",
    "span": "chains",
    "weights_of": "fields",
}
__all__ = list(HOME)


def __getattr__(name: str) -> Any:
    if name not in HOME:
        raise AttributeError(f"module 'odenets.depth' has no attribute {name!r}")
    return getattr(import_module(f"odenets.depth.{HOME[name]}"), name)
