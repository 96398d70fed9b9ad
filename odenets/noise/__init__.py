"""Noise in networks and schemes: paths of stochastic equations, distances between laws, and studies of networks.

walks       the steps of a scheme as one module     running     many paths, or their moments: averages
equations   the equation of a scheme on tensors     references  the same solved by torchsde
timed       fields of time, and of a trained stage  distances   whether two samples have one law
"""

from importlib import import_module
from typing import Any

HOME = {
    "Dynamics": "equations",
    "Energy": "distances",
    "Gaps": "distances",
    "GridWarning": "references",
    "Moments": "averages",
    "Plan": "plans",
    "Timed": "timed",
    "Walk": "walks",
    "areas": "references",
    "brownian": "references",
    "depth_fields": "timed",
    "energy_distance": "distances",
    "energy_test": "distances",
    "features": "layers",
    "increments": "references",
    "moment_gaps": "distances",
    "paths": "running",
    "reference": "references",
    "reliability": "calibration",
    "scores": "calibration",
    "study": "studies",
}
__all__ = list(HOME)


def __getattr__(name: str) -> Any:
    if name not in HOME:
        raise AttributeError(f"module 'odenets.noise' has no attribute {name!r}")
    return getattr(import_module(f"odenets.noise.{HOME[name]}"), name)
