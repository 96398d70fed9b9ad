"""A trained network with another scheme, or another number of steps, without training: `convert`.

designs    the spec of the new network: knots, steps, and the step size that keeps the time
transfer   weights, statistics and coefficients of one network in the other
comparing  what the two say of the same images · refining  errors as the steps get finer, and what theory expects
recording  the new network as a run of its own
"""

from odenets.conversion.networks import Conversion, convert

__all__ = ["Conversion", "convert"]
