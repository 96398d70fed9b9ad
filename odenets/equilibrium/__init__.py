"""Implicit layers: the coupled stages of a table solved to equilibrium, with the gradient of the implicit function."""

from odenets.equilibrium.gradient import equilibrium
from odenets.equilibrium.implicit import ImplicitStep
from odenets.equilibrium.solver import Solver

__all__ = ["ImplicitStep", "Solver", "equilibrium"]
