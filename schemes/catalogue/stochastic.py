"""Schemes for u' = f(u) dt + g(u) dW, one Wiener process: slopes of f are h f(Y), slopes of g are √h g(Y).

ξ = ΔW/√h is Normal(0, 1) and χ = I_(1,0)/h^(3/2) = ξ/2 + ζ with an independent ζ of variance 1/12, so the double
integrals are I_(1,1)/h = (ξ² - 1)/2 and I_(1,1,1)/h^(3/2) = (ξ³ - 3ξ)/6. Where f or g depend on time they are fields of
the state (u, t). Orders that are claimed are those of the mean: of u' = f(u) where g = 0.
Kloeden, Platen: Numerical Solution of Stochastic Differential Equations, 1992. Itô unless said.
"""

from dataclasses import replace
from fractions import Fraction as D
from typing import Any

from schemes.builders import formula
from schemes.catalogue.runge_kutta import rk4_classic
from schemes.laws import Normal, ThreePoint, TwoPoint
from schemes.parameters import chosen, random
from schemes.perturbations import identified, weighted
from schemes.registry import register
from schemes.scheme import Scheme

NOISE = Normal(0, 1)
AREA = Normal(0, D("0.28867513459481288225457439025097872782380087563506"))  # 1/√12
SQRT6 = D("2.44948974278317809819728407470589139196594748065667")


def stochastic(name: str, rule: Any, source: str, **about: Any) -> Scheme:
    """A scheme of one state u[n] and the fields f and g."""
    return formula(name, rule, fields=("f", "g"), source=source, **about)


@register(order=1)
def euler_maruyama(xi: Any = random(NOISE)) -> Scheme:
    """Euler–Maruyama: u' = u + h f(u) + ΔW g(u); strong order 1/2, weak order 1."""
    return stochastic(
        "euler_maruyama",
        lambda f, g, u: u + f(u) + xi * g(u),
        "Maruyama, Rend. Circ. Mat. Palermo 4 (1955) 48–90; Kloeden, Platen, (10.2.4)",
    )


@register(order=1)
def euler_weak(xi: Any = random(TwoPoint())) -> Scheme:
    """Simplified weak Euler: ΔW is √h or -√h by a coin; weak order 1."""
    return stochastic("euler_weak", lambda f, g, u: u + f(u) + xi * g(u), "Kloeden, Platen, 14.1")


@register(order=1)
def milstein(xi: Any = random(NOISE)) -> Scheme:
    """Milstein's scheme without derivatives (Platen): g' g by a difference; strong order 1."""

    def rule(f: Any, g: Any, u: Any) -> Any:
        F, G = f(u), g(u)
        return u + F + xi * G + (xi**2 - 1) / 2 * (g(u + F + G) - G)

    return stochastic("milstein", rule, "Kloeden, Platen, (11.1.3)")


@register(order=1)
def euler_heun(xi: Any = random(NOISE)) -> Scheme:
    """Euler–Heun: only the noise is averaged over the step; Stratonovich, strong order 1."""

    def rule(f: Any, g: Any, u: Any) -> Any:
        G = g(u)
        return u + f(u) + xi * (G + g(u + xi * G)) / 2

    return stochastic("euler_heun", rule, "Rümelin, SIAM J. Numer. Anal. 19 (1982) 604–613")


@register(order=2)
def heun_stratonovich(xi: Any = random(NOISE)) -> Scheme:
    """Stochastic Heun: f and g averaged over the step; Stratonovich, strong order 1."""

    def rule(f: Any, g: Any, u: Any) -> Any:
        F, G = f(u), g(u)
        v = u + F + xi * G
        return u + (F + f(v)) / 2 + xi * (G + g(v)) / 2

    return stochastic("heun_stratonovich", rule, "Rümelin, SIAM J. Numer. Anal. 19 (1982) 604–613")


@register(order=2)
def midpoint_stratonovich(xi: Any = random(NOISE)) -> Scheme:
    """Stochastic midpoint rule: f and g at half an Euler–Maruyama step; Stratonovich, strong order 1."""

    def rule(f: Any, g: Any, u: Any) -> Any:
        v = u + f(u) / 2 + xi * g(u) / 2
        return u + f(v) + xi * g(v)

    return stochastic("midpoint_stratonovich", rule, "Rümelin, SIAM J. Numer. Anal. 19 (1982) 604–613")


@register(order=4)
def rk4_stratonovich(xi: Any = random(NOISE)) -> Scheme:
    """The classical Runge–Kutta scheme on h f + ΔW g; Stratonovich, strong order 1, order 4 without noise."""

    def rule(f: Any, g: Any, u: Any) -> Any:
        def k(v: Any) -> Any:
            return f(v) + xi * g(v)

        k1 = k(u)
        k2 = k(u + k1 / 2)
        k3 = k(u + k2 / 2)
        return u + (k1 + 2 * k2 + 2 * k3 + k(u + k3)) / 6

    return stochastic("rk4_stratonovich", rule, "Rümelin, SIAM J. Numer. Anal. 19 (1982) 604–613")


@register(order=1)
def leimkuhler_matthews(xi: Any = random(NOISE)) -> Scheme:
    """Leimkuhler–Matthews: the mean of this step's noise and the last one's; g constant, order 2 in the long run."""

    def rule(f: Any, g: Any, u: Any, w: Any) -> Any:
        v = xi * g(u)
        return u + f(u) + (v + w) / 2, v

    source = "Leimkuhler, Matthews, Appl. Math. Res. Express 2013 (2013) 34–56"
    return stochastic("leimkuhler_matthews", rule, source, states=("u[n]", "w[n]"))


@register(order=2)
def platen_weak2(xi: Any = random(NOISE)) -> Scheme:
    """Platen's explicit scheme of weak order 2."""

    def rule(f: Any, g: Any, u: Any) -> Any:
        F, G = f(u), g(u)
        up, down = g(u + F + G), g(u + F - G)
        noise = xi * (up + down + 2 * G) + (xi**2 - 1) * (up - down)
        return u + (F + f(u + F + xi * G)) / 2 + noise / 4

    return stochastic("platen_weak2", rule, "Kloeden, Platen, (15.1.1)")


@register(order=2)
def stochastic_depth_weak2(
    p: Any = chosen("1/2"), sigma: Any = chosen("1/2"), xi: Any = random(ThreePoint())
) -> Scheme:
    """Stochastic depth by Platen: weak order 2 for p f dt + σ g dW, its limit where g = f and σ² = p (1-p).

    ξ takes three points. `identified(…, {"g": ("f", 1)})` is the network of one field with four evaluations a step;
    only the two fields tell which slopes are of size √h, so ask them for the limit.
    """
    made = identified(platen_weak2(xi), {"f": ("f", p), "g": ("g", sigma)})
    return replace(made, source="Kloeden, Platen, (15.1.1), 14.2; the limit: Lu et al. 2018, section 3")


@register(order=4)
def rk4_random_step(sigma: Any = chosen("1/10"), xi: Any = random(ThreePoint())) -> Scheme:
    """RK4 over a random step (1 + σ ξ) h, one field; weak order 2 towards the Stratonovich f dt + σ f∘dW."""
    made = weighted(rk4_classic(), 1 + sigma * xi)
    return replace(
        made, source="Abdulle, Garegnani, Stat. Comput. 30 (2020), doi:10.1007/s11222-020-09926-w (random time steps)"
    )


@register(order=2)
def tocino_weak2(xi: Any = random(NOISE)) -> Scheme:
    """Tocino–Vigo-Aguiar, the modified Euler scheme (midpoint) of weak order 2."""

    def rule(f: Any, g: Any, u: Any) -> Any:
        F, G = f(u), g(u)
        up, down = g(u + F + G), g(u + F - G)
        middle = u + F / 2 + (xi * (2 - SQRT6) / 4 + xi**3 * SQRT6 / 12) * G
        return u + f(middle) + (xi * (up + down + 2 * G) + (xi**2 - 1) * (up - down)) / 4

    source = "Tocino, Vigo-Aguiar, SIAM J. Sci. Comput. 24 (2002) 507–523; digits: StochasticDiffEq.jl"
    return stochastic("tocino_weak2", rule, source, tolerance="1e-50")


@register(order=2)
def platen15(xi: Any = random(NOISE), zeta: Any = random(AREA)) -> Scheme:
    """Platen's explicit scheme of strong order 3/2."""
    chi = xi / 2 + zeta

    def rule(f: Any, g: Any, u: Any) -> Any:
        F, G = f(u), g(u)
        high, low = u + F + G, u + F - G
        f_high, f_low, g_high, g_low = f(high), f(low), g(high), g(low)
        third = g(high + g_high) - g(high - g_high) - g_high + g_low
        drift = chi * (f_high - f_low) / 2 + (f_high + 2 * F + f_low) / 4
        noise = (xi**2 - 1) * (g_high - g_low) / 4 + (xi - chi) * (g_high - 2 * G + g_low) / 2
        return u + drift + xi * G + noise + (xi**3 / 3 - xi) * third / 4

    return stochastic("platen15", rule, "Kloeden, Platen, (11.2.1)")
