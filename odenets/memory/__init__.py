"""Memory that does not grow with depth: states rebuilt backwards, or computed again from those that are kept.

A step is undone by its inverse table and its gradients go back through its transposed one (schemes.inverse,
schemes.transposed), each block evaluated once more in between: the same draws, and no trace in its statistics.
"""

from odenets.memory.advice import MemoryWarning, remind
from odenets.memory.chains import Chain, Remembering, carried, stepped
from odenets.memory.policy import Memory

__all__ = ["Chain", "Memory", "MemoryWarning", "Remembering", "carried", "remind", "stepped"]
