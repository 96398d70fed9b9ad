"""What a network costs: parameters, multiply-adds, activation memory, and how deep it is.

Nothing is computed to find out, but by `measure`: tensors of the meta device have a shape and no memory.
"""

from odenets.costs.counting import Size, multiply_adds, size
from odenets.costs.memory import activation_bytes, measure
from odenets.costs.paths import Depth, depth, path_lengths
from odenets.costs.totals import Costs, cost_of

__all__ = [
    "Costs",
    "Depth",
    "Size",
    "activation_bytes",
    "cost_of",
    "depth",
    "measure",
    "multiply_adds",
    "path_lengths",
    "size",
]
