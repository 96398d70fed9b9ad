"""Numerical integrators as exact data.

A scheme is four exact matrices, (A, U, B, V), and `step` is the small interpreter that reads them; whatever arithmetic
goes through `step` comes out as another view of the same scheme.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from schemes.algebra import average, compose, power, reflect, repeat, rescale
from schemes.builders import formula, general_linear, multistep, runge_kutta
from schemes.consistency import consistent
from schemes.coupling import coupled
from schemes.equivalence import equivalent
from schemes.errors import SchemeError
from schemes.families import adams_bashforth, adams_moulton, bdf, fractal, full_history, milne_simpson, nystrom
from schemes.fractals import fractalnet_drop_path, fractalnet_joined
from schemes.interpreter import step
from schemes.joins import DropPath
from schemes.laws import Bernoulli, Distribution, Normal, StudentT, ThreePoint, TwoPoint, Uniform
from schemes.maps import map_form, projected
from schemes.markup import TABLEAU_STYLE, tableau_html
from schemes.parameters import Parameter, chosen, learned, random
from schemes.program import Form, Program, read_back, trace
from schemes.registry import entries, get, names, register
from schemes.rewriting import adjoint, inverse, recompute, reduce, transposed
from schemes.scheme import Scheme
from schemes.starting import components, crossing, initial, origins, starter
from schemes.symbols import RationalFunction, symbol
from schemes.tableau import tableau, tableau_latex
from schemes.unrolling import as_general_linear, unroll
from schemes.writing import formula_lines, source

if TYPE_CHECKING:
    from schemes import design
    from schemes.collocated import collocation, gauss, lobatto_iiia, lobatto_iiib, lobatto_iiic, radau_ia, radau_iia
    from schemes.compositions import suzuki, triple_jump
    from schemes.deferred import deferred_correction
    from schemes.diffusion import diffusive
    from schemes.exchange import dumps, loads, read
    from schemes.extrapolated import extrapolation, step_numbers
    from schemes.grammar import FormulaError, parse
    from schemes.perturbations import dropped, identified, multiplied, noised, shaken, weighted
    from schemes.predictors import pece
    from schemes.stabilized import rkc1, rkc2, ssprk2, ssprk3

HOMES = {  # what is imported when it is asked for
    "collocated": (
        "collocation",
        "gauss",
        "lobatto_iiia",
        "lobatto_iiib",
        "lobatto_iiic",
        "radau_ia",
        "radau_iia",
    ),
    "compositions": (
        "suzuki",
        "triple_jump",
    ),
    "deferred": ("deferred_correction",),
    "design": ("design",),
    "diffusion": ("diffusive",),
    "exchange": (
        "dumps",
        "loads",
        "read",
    ),
    "extrapolated": (
        "extrapolation",
        "step_numbers",
    ),
    "grammar": (
        "FormulaError",
        "parse",
    ),
    "perturbations": (
        "dropped",
        "identified",
        "multiplied",
        "noised",
        "shaken",
        "weighted",
    ),
    "predictors": ("pece",),
    "stabilized": (
        "rkc1",
        "rkc2",
        "ssprk2",
        "ssprk3",
    ),
}
HOME = {name: module for module, names in HOMES.items() for name in names}

__all__ = [
    "TABLEAU_STYLE",
    "Bernoulli",
    "Distribution",
    "DropPath",
    "Form",
    "FormulaError",
    "Normal",
    "Parameter",
    "Program",
    "RationalFunction",
    "Scheme",
    "SchemeError",
    "StudentT",
    "ThreePoint",
    "TwoPoint",
    "Uniform",
    "adams_bashforth",
    "adams_moulton",
    "adjoint",
    "as_general_linear",
    "average",
    "bdf",
    "chosen",
    "collocation",
    "components",
    "compose",
    "consistent",
    "coupled",
    "crossing",
    "deferred_correction",
    "design",
    "diffusive",
    "dropped",
    "dumps",
    "entries",
    "equivalent",
    "extrapolation",
    "formula",
    "formula_lines",
    "fractal",
    "fractalnet_drop_path",
    "fractalnet_joined",
    "full_history",
    "gauss",
    "general_linear",
    "get",
    "identified",
    "initial",
    "inverse",
    "learned",
    "loads",
    "lobatto_iiia",
    "lobatto_iiib",
    "lobatto_iiic",
    "map_form",
    "milne_simpson",
    "multiplied",
    "multistep",
    "names",
    "noised",
    "nystrom",
    "origins",
    "parse",
    "pece",
    "power",
    "projected",
    "radau_ia",
    "radau_iia",
    "random",
    "read",
    "read_back",
    "recompute",
    "reduce",
    "reflect",
    "register",
    "repeat",
    "rescale",
    "rkc1",
    "rkc2",
    "runge_kutta",
    "shaken",
    "source",
    "ssprk2",
    "ssprk3",
    "starter",
    "step",
    "step_numbers",
    "suzuki",
    "symbol",
    "tableau",
    "tableau_html",
    "tableau_latex",
    "trace",
    "transposed",
    "triple_jump",
    "unroll",
    "weighted",
]


def __getattr__(name: str) -> Any:
    if name not in HOME:
        raise AttributeError(f"module 'schemes' has no attribute {name!r}")
    module = import_module(f"schemes.{HOME[name]}")
    return module if name == HOME[name] else getattr(module, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
