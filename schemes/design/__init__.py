"""Schemes from conditions: what is asked for is solved exactly, what stays free becomes a parameter.

from schemes import design
design.runge_kutta(4, 4)                              c2 and c3 stay free, c4 = 1 is found
design.runge_kutta(4, 4, {"c2": "1/2", "c3": "1/2"})  the family of the classical scheme
design.multistep(2, 2)                                alpha0 stays free: AB2, leapfrog
"""

from schemes.design.one_step import runge_kutta, runge_kutta_branches
from schemes.design.several_steps import multistep

__all__ = ["multistep", "runge_kutta", "runge_kutta_branches"]
