"""Numerical integrators as exact data.

A scheme is four exact matrices, (A, U, B, V), and `step` is the small interpreter that reads them; whatever arithmetic
goes through `step` comes out as another view of the same scheme.
"""

from schemes.algebra import average, compose, power, reflect, repeat, rescale
from schemes.builders import formula, general_linear, multistep, runge_kutta
from schemes.equivalence import equivalent
from schemes.errors import SchemeError
from schemes.families import adams_bashforth, adams_moulton, bdf, fractal, full_history, milne_simpson, nystrom
from schemes.interpreter import step
from schemes.markup import TABLEAU_STYLE, tableau_html
from schemes.parameters import Bernoulli, Distribution, Normal, Parameter, Uniform, chosen, learned, random
from schemes.program import Form, Program, read_back, trace
from schemes.registry import entries, get, names, register
from schemes.rewriting import adjoint, recompute, reduce
from schemes.scheme import Scheme
from schemes.starting import components, crossing, initial, origins, starter
from schemes.symbols import RationalFunction, symbol
from schemes.tableau import tableau, tableau_latex
from schemes.unrolling import as_general_linear, unroll
from schemes.writing import formula_lines, source

__all__ = [
    "TABLEAU_STYLE",
    "Bernoulli",
    "Distribution",
    "Form",
    "Normal",
    "Parameter",
    "Program",
    "RationalFunction",
    "Scheme",
    "SchemeError",
    "Uniform",
    "adams_bashforth",
    "adams_moulton",
    "adjoint",
    "as_general_linear",
    "average",
    "bdf",
    "chosen",
    "components",
    "compose",
    "crossing",
    "entries",
    "equivalent",
    "formula",
    "formula_lines",
    "fractal",
    "full_history",
    "general_linear",
    "get",
    "initial",
    "learned",
    "milne_simpson",
    "multistep",
    "names",
    "nystrom",
    "origins",
    "power",
    "random",
    "read_back",
    "recompute",
    "reduce",
    "reflect",
    "register",
    "repeat",
    "rescale",
    "runge_kutta",
    "source",
    "starter",
    "step",
    "symbol",
    "tableau",
    "tableau_html",
    "tableau_latex",
    "trace",
    "unroll",
]
