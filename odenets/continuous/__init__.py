"""Continuous twins: the differential equation whose scheme a network is, of the same blocks."""

from odenets.continuous.deterministic import ode
from odenets.continuous.stochastic import sde

__all__ = ["ode", "sde"]
