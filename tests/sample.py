"""Which entries of the registry a test over all entries takes: a sample in `make test`, the others in `make slow`."""

from typing import Any

import pytest

from analysis import AnalysisError
from analysis.structure import structure
from schemes import Scheme, get, names

SAMPLE = {
    # networks and textbook schemes, every kind of parameter
    "euler", "midpoint", "heun2", "kutta3", "rk4_classic", "rk4_38", "bosh3", "dopri5", "ssprk54", "ab2", "ab3",
    "adams_moulton", "bdf", "nystrom", "milne_simpson", "leapfrog", "lm2", "lm2_consistent", "momentum", "zerosnet",
    "zerosnet_learned", "full_history", "polynet_poly2", "polynet_poly3", "polynet_mpoly2", "polynet_2way",
    "leapfrog_second_order", "fractalnet", "revnet", "stormer_verlet", "stochastic_depth", "shake_shake",
    "gaussian_noise", "lm2_stochastic_depth", "dropout_channels", "shake_drop",
    "backward_euler", "implicit_midpoint", "trapezoid",
    # of each part of the catalogue a few: families, pairs, rounded tables, several states and fields
    "rk3_family", "tsit5", "gill4", "fehlberg78", "verner98_efficient", "feagin10", "ssprk104", "rkc2", "sspms32",
    "gauss", "radau_iia", "lobatto_iiic", "alexander3", "sdirk4", "trbdf2", "kvaerno4", "theta", "triple_jump",
    "ark436l2sa", "ars222", "cnab", "pece", "tsrk3", "dimsim3", "dimsim2_parallel", "peer3", "g_symplectic_p", "ebdf3",
    "forest_ruth", "pefrl", "yoshida6a", "macaron", "strang", "euler_maruyama", "milstein", "platen_weak2", "sriw1",
    "leimkuhler_matthews", "extrapolated_euler", "gragg_bulirsch_stoer", "deferred_correction", "ssprk3",
}  # fmt: skip


def over(**facts: Any) -> list[Any]:
    """The names with these facts as parameters of a test; those beyond the sample are marked slow."""
    return [name if name in SAMPLE else pytest.param(name, marks=pytest.mark.slow) for name in names(**facts)]


def over_b_series() -> list[Any]:
    """As `over`, of the entries that have a B-series."""
    return [x for x in over() if has_b_series(get(x if isinstance(x, str) else x.values[0]))]


def has_b_series(scheme: Scheme) -> bool:
    """Whether it follows a first-order equation and applies no field to a slope."""
    try:
        return bool(structure(scheme.at(**{p.name: p.value for p in scheme.parameters if p.kind == "chosen"})))
    except AnalysisError:
        return False
