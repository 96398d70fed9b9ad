"""Families of any order with their usual number of stages: get("gauss", stages=3), get("rkc2", stages=10)."""

from schemes import collocated, compositions, deferred, extrapolated, predictors, stabilized
from schemes.catalogue.runge_kutta import implicit_midpoint
from schemes.registry import register
from schemes.scheme import Scheme


@register(order=4, stage_order=2)
def gauss(stages: int = 2) -> Scheme:
    """Gauss (Kuntzmann–Butcher) collocation of any number of stages: order 2s, symplectic, symmetric, A-stable."""
    return collocated.gauss(stages)


@register(order=3, stage_order=1)
def radau_ia(stages: int = 2) -> Scheme:
    """Radau IA of any number of stages: order 2s - 1, L-stable."""
    return collocated.radau_ia(stages)


@register(order=5, stage_order=3)
def radau_iia(stages: int = 3) -> Scheme:
    """Radau IIA collocation of any number of stages: order 2s - 1, stiffly accurate, L-stable; three are RADAU5."""
    return collocated.radau_iia(stages)


@register(order=4, stage_order=3)
def lobatto_iiia(stages: int = 3) -> Scheme:
    """Lobatto IIIA collocation of any number of stages: order 2s - 2, symmetric; two are the trapezoid."""
    return collocated.lobatto_iiia(stages)


@register(order=4, stage_order=1)
def lobatto_iiib(stages: int = 3) -> Scheme:
    """Lobatto IIIB of any number of stages: order 2s - 2; with IIIA the partitioned pair that is symplectic."""
    return collocated.lobatto_iiib(stages)


@register(order=4, stage_order=2)
def lobatto_iiic(stages: int = 3) -> Scheme:
    """Lobatto IIIC of any number of stages: order 2s - 2, L-stable, algebraically stable."""
    return collocated.lobatto_iiic(stages)


@register(order=3)
def extrapolated_euler(columns: int = 3) -> Scheme:
    """Aitken–Neville extrapolation of Euler's scheme with 1, 2, 3, … steps: order = columns."""
    return extrapolated.extrapolation(extrapolated.step_numbers("harmonic", columns))


@register(order=4)
def gragg_bulirsch_stoer(columns: int = 2) -> Scheme:
    """Gragg–Bulirsch–Stoer: the smoothed midpoint rule with 2, 4, 6, … steps extrapolated: order = 2 columns."""
    return extrapolated.extrapolation(extrapolated.step_numbers("harmonic", columns, even=True), "gragg")


@register(order=4)
def deferred_correction(sweeps: int = 3) -> Scheme:
    """Spectral deferred correction of Euler on the nodes 0, 1/2, 1 by sweeps: order min(sweeps + 1, 4)."""
    return deferred.deferred_correction([0, "1/2", 1], sweeps)


@register(order=2, ssp_coefficient=3)
def ssprk2(stages: int = 4) -> Scheme:
    """SSPRK(s,2) of any number of stages: strong-stability-preserving with coefficient s - 1, two registers."""
    return stabilized.ssprk2(stages)


@register(order=3, ssp_coefficient=6)
def ssprk3(root: int = 3) -> Scheme:
    """SSPRK(n²,3), n = root: strong-stability-preserving with coefficient n² - n."""
    return stabilized.ssprk3(root)


@register(order=1)
def rkc1(stages: int = 5) -> Scheme:
    """Runge–Kutta–Chebyshev of order 1 and any number of stages, damping 1/20: real interval about 1.93 s²."""
    return stabilized.rkc1(stages)


@register(order=2)
def rkc2(stages: int = 5) -> Scheme:
    """Runge–Kutta–Chebyshev of order 2 and any number of stages, damping 2/13: real interval about 0.65 (s² - 1)."""
    return stabilized.rkc2(stages)


@register(order=3)
def pece(steps: int = 2) -> Scheme:
    """Predictor Adams–Bashforth, corrector Adams–Moulton of as many steps, each evaluated: order steps + 1."""
    return predictors.pece(steps)


@register(order=4)
def triple_jump() -> Scheme:
    """Three implicit midpoint steps, the second one backwards: order 4, symplectic and symmetric (Yoshida, Suzuki)."""
    return compositions.triple_jump(implicit_midpoint(), 2)


@register(order=4)
def suzuki_fractal() -> Scheme:
    """Five implicit midpoint steps, the third one backwards: order 4, smaller errors than the triple jump."""
    return compositions.suzuki(implicit_midpoint(), 2)
