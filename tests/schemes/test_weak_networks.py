"""Networks of one field as steps of du = b dt + σ f(u) dW: moments of one step against Itô–Taylor expansions.

At u = 0 the field is f(x) = a0 + a1 x + a2 x²/2 + a3 x³/6 and s = √h; higher derivatives enter after s⁴. With
L = b ∂ + ½ σ² f² ∂² the solution has E φ(X) = Σ hⁿ/n! (Lⁿ φ)(0); weak order β needs E X, …, E X⁴ up to s^2β
(Milstein, Tretyakov, Stochastic Numerics for Mathematical Physics, chapter 2).
"""

from dataclasses import replace
from fractions import Fraction

import pytest
from sympy import QQ, ring

from schemes import get, random, symbol
from schemes.diffusion import ROOT, diffusive
from schemes.laws import Bernoulli, Normal, ThreePoint, TwoPoint
from schemes.perturbations import dropped, identified, multiplied
from schemes.registry import entry

RING, s, x, p, sigma, a0, a1, a2, a3, xi = ring("s x p sigma a0 a1 a2 a3 xi", QQ)
NAMES = {ROOT: s, "xi": xi, "p": p, "sigma": sigma}
F = a0 + a1 * x + a2 * x**2 / 2 + a3 * x**3 / 6


def lifted(c):
    """h times an entry of the table in the ring."""
    return (c * symbol(ROOT) ** 2)(**NAMES)


def cut(q):
    """q without what is beyond s⁴."""
    return RING.from_dict({m: c for m, c in q.items() if m[0] <= 4})


def at(y):
    return a0 + a1 * y + a2 * cut(y * y) / 2 + a3 * cut(cut(y * y) * y) / 6


def one_step(scheme):
    """u[n+1] from u[n] = 0."""
    slopes = []
    for row in scheme.A:
        slopes.append(at(cut(sum((lifted(c) * f for c, f in zip(row, slopes, strict=False) if c != 0), RING(0)))))
    return cut(sum((lifted(c) * f for c, f in zip(scheme.B[0], slopes, strict=True) if c != 0), RING(0)))


def mean(q, law):
    moments = {m[-1]: Fraction(law.moment(m[-1])) for m in q}
    terms = (RING.from_dict({(*m[:-1], 0): c}) * QQ(*moments[m[-1]].as_integer_ratio()) for m, c in q.items())
    return sum(terms, RING(0))


def weak_order(scheme, law, drift, size=sigma):
    """0, 1 or 2, for every f, p and σ."""
    step, moment, phi, wrong = one_step(scheme), RING(1), RING(1), 5
    for _ in range(4):
        moment, phi = cut(moment * step), phi * x

        def L(q):
            return drift * q.diff(x) + size**2 * F**2 * q.diff(x).diff(x) / 2

        exact = (s**2 * L(phi) + s**4 * L(L(phi)) / 2).evaluate(x, 0).set_ring(RING)
        wrong = min([wrong, *(m[0] for m in mean(moment, law) - exact)])
    return (wrong - 1) // 2


ITO, STRATONOVICH = p * F, F + sigma**2 * F * F.diff(x) / 2
ONE_FIELD = {"f": ("f", "p"), "g": ("f", "sigma")}


@pytest.mark.parametrize(
    ("name", "law", "order"),
    [
        ("euler_maruyama", Normal(0, 1), 1),
        ("euler_maruyama", TwoPoint(), 1),
        ("platen_weak2", Normal(0, 1), 2),
        ("platen_weak2", ThreePoint(), 2),
        ("platen_weak2", TwoPoint(), 1),
        ("ri6", ThreePoint(), 2),
    ],
)
def test_one_field_with_noise_of_its_own_has_the_weak_order_of_the_scheme(name, law, order):
    """du = p f dt + σ f dW, Itô: the limit of stochastic depth (Lu et al. 2018, section 3) for σ² = p (1-p)."""
    scheme = identified(diffusive(get(name, xi=random(law))), ONE_FIELD)
    assert set(scheme.fields) == {"f"} and weak_order(scheme, law, ITO) == order


def test_stochastic_depth_of_weak_order_2_has_four_evaluations_and_the_limit_of_its_two_fields():
    scheme, one, law = entry("stochastic_depth_weak2").usual, {"g": ("f", 1)}, ThreePoint()
    assert get(scheme.name).parameters == (replace(random(law), name="xi"),)
    assert identified(scheme, one).stages == 4
    assert weak_order(identified(diffusive(scheme), one), law, ITO) == 2
    unscaled = identified(scheme, one)  # which slopes inside the stages are of size √h is forgotten
    assert weak_order(diffusive(unscaled), law, ITO) == 1


@pytest.mark.parametrize(("law", "order"), [(ThreePoint(), 2), (Normal(0, 1), 2), (TwoPoint(), 1)])
def test_rk4_over_a_random_step_has_weak_order_2_for_the_stratonovich_equation(law, order):
    scheme = diffusive(entry("rk4_random_step").usual.at(xi=random(law)))
    assert weak_order(scheme, law, STRATONOVICH) == order
    assert weak_order(scheme, law, F) == 0  # not Itô's


def test_euler_over_a_random_step_is_itos():
    scheme = diffusive(multiplied(get("euler"), "sigma"))
    assert weak_order(scheme, Normal(0, 1), F) == 1 and weak_order(scheme, Normal(0, 1), STRATONOVICH) == 0


def test_dropping_all_slopes_of_euler_is_itos_equation_and_of_heun_stratonovichs():
    """η = 1/2 ± 1/2: f dt/2 + f/2 dW, in Itô's form with the drift f/2 + f' f/8 for Heun."""
    half, drifts = QQ(1, 2), {"euler": F / 2, "heun2": F / 2 + F * F.diff(x) / 8}
    for name in drifts:
        scheme = diffusive(dropped(get(name), name="xi"))
        found = {other: weak_order(scheme, Bernoulli("1/2"), drift, half) for other, drift in drifts.items()}
        assert found == {other: int(other == name) for other in drifts}
