"""The scheme of a network that somebody else wrote."""

from odenets.identification.found import Identified, Step, Transition
from odenets.identification.identifying import identify

__all__ = ["Identified", "Step", "Transition", "identify"]
