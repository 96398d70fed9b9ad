"""Laws of two and three points and Student's t: their moments, where they end, and how they are written."""

from fractions import Fraction
from math import gamma

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational, expand, sqrt

import schemes
from schemes import SchemeError, dumps, get, learned, loads, random, symbol
from schemes.laws import Bernoulli, Normal, StudentT, ThreePoint, TwoPoint, Uniform
from schemes.parameters import SPREADS

OUTCOMES = {  # Kloeden, Platen, 14.1 and 14.2
    TwoPoint(): {1: Rational(1, 2), -1: Rational(1, 2)},
    ThreePoint(): {sqrt(3): Rational(1, 6), -sqrt(3): Rational(1, 6), Rational(0): Rational(2, 3)},
}
WRITTEN = [TwoPoint(), ThreePoint(), StudentT(3), StudentT("7/2"), Normal(0, 1), Uniform(-1, 1), Bernoulli("1/5")]


@pytest.mark.parametrize("law", OUTCOMES)
@pytest.mark.parametrize("n", range(9))
def test_moments_are_means_over_the_outcomes(law, n):
    assert law.moment(n) == expand(sum(p * x**n for x, p in OUTCOMES[law].items()))
    assert isinstance(law.moment(n), Fraction)


@pytest.mark.parametrize("law", OUTCOMES)
def test_points_are_the_outcomes_in_order(law):
    assert law.points == tuple((float(x), Fraction(str(p))) for x, p in sorted(OUTCOMES[law].items()))


@pytest.mark.parametrize(("law", "alike"), [(TwoPoint(), 3), (ThreePoint(), 5)])
def test_as_many_moments_are_those_of_the_normal_law_as_the_weak_order_needs(law, alike):
    """Kloeden, Platen, 14.1 and 14.2: three for order 1, five for order 2, and no more."""
    normal = Normal(0, 1)
    assert all((law.moment(n) == normal.moment(n)) == (n <= alike) for n in range(alike + 2))


@pytest.mark.parametrize("nu", [3, 5, 6.5, 9])
def test_moments_of_students_t_are_its_beta_integrals(nu):
    """E X^n = ν^(n/2) Γ((n+1)/2) Γ((ν-n)/2) / (Γ(1/2) Γ(ν/2)) of even n: Johnson, Kotz, Balakrishnan, chapter 28."""
    law = StudentT(Fraction(nu))
    for n in range(int(nu) + (nu != int(nu))):
        even = nu ** (n / 2) * gamma((n + 1) / 2) * gamma((nu - n) / 2) / (gamma(1 / 2) * gamma(nu / 2))
        assert float(law.moment(n)) == pytest.approx(0 if n % 2 else even, rel=1e-12)


@given(st.fractions("1/10", 12, max_denominator=10), st.integers(1, 12))
def test_a_moment_of_students_t_is_finite_below_nu_only(nu, n):
    law = StudentT(nu)
    if n < nu:
        assert law.moment(n) >= 0
        assert n % 2 or StudentT("nu").moment(n)(nu=nu) == law.moment(n)
    else:
        with pytest.raises(SchemeError, match=f"no finite moment {n}: only those below nu are, take nu above {n}"):
            law.moment(n)


def test_a_law_without_variance_is_a_legal_law_until_somebody_asks_for_it():
    scheme = get("euler_maruyama", xi=random(StudentT(2)))
    assert scheme.mean().table == get("euler_maruyama").mean().table
    with pytest.raises(SchemeError, match="no finite moment 2"):
        _ = scheme.parameters[0].value.variance
    with pytest.raises(SchemeError, match="no finite moment 2"):
        get("milstein", xi=random(StudentT(2))).mean()


@pytest.mark.parametrize("law", WRITTEN, ids=str)
@pytest.mark.parametrize("per", SPREADS["random"])
def test_a_law_survives_every_way_to_write_a_scheme(law, per):
    scheme = get("euler_maruyama", xi=random(law, per=per))
    assert scheme.parameters[0].value == law and scheme.parameters[0].per == per
    for form in ("text", "json", "toml", "csv"):
        assert loads(dumps(scheme, form), form) == scheme
    names = {
        **vars(schemes),
        "Fraction": Fraction,
        "StudentT": StudentT,
        "TwoPoint": TwoPoint,
        "ThreePoint": ThreePoint,
    }
    assert eval(repr(scheme), names) == scheme and eval(repr(law), names) == law


def typed(law):
    return loads(f"parameter | e random sample {law}\n| e", name="typed")


@pytest.mark.parametrize("law", [TwoPoint(), ThreePoint()])
def test_a_law_without_arguments_stays_what_it_is_when_values_are_given(law):
    assert law.at({"p": Fraction(1, 3)}) == law and hash(law) == hash(type(law)())
    assert str(law) == repr(law) == f"{type(law).__name__}()" and law.mean == 0 and law.variance == 1


def test_ends_hold_every_draw():
    assert Bernoulli("p").ends == (0, 1) and Uniform("a", 2).ends == (symbol("a"), 2) and TwoPoint().ends == (-1, 1)
    low, high = ThreePoint().ends
    assert low == -high and 3 < high**2 < 4 and Normal(0, 1).ends is None and StudentT(3).ends is None


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: StudentT(0), r"StudentT\(0\): nu counts degrees of freedom, take it above 0"),
        (lambda: Bernoulli("6/5"), r"p is a probability, take it from \[0, 1\]"),
        (lambda: StudentT("nu").at({"nu": Fraction(-1)}), "take it above 0"),
        (lambda: learned(TwoPoint(), within=(-1, 1)), r"its start TwoPoint\(\) is not inside \(-1, 1\)"),
        (lambda: learned(StudentT(3), within=(-9, 9)), r"its start StudentT\(3\) is not inside"),
        (lambda: learned(Bernoulli("1/2"), within=(0, 2)), r"its start Bernoulli\(1/2\) is not inside"),
        (lambda: random(TwoPoint(), per="pixel"), "per='pixel' is not one of batch, sample, channel, element"),
        (lambda: typed("TwoPoint(1)"), "has 1 arguments, the law has others"),
        (lambda: typed("Bernoulli()"), "has 0 arguments, the law has others"),
        (lambda: typed("Cauchy(1)"), "distributions are .*ThreePoint, Student"),
    ],
)  # fmt: skip
def test_what_is_no_law_gets_a_sentence(make, words):
    with pytest.raises(SchemeError, match=words) as error:
        make()
    assert "\n" not in str(error.value)


def test_a_bounded_law_may_start_a_coefficient_inside_a_wider_interval():
    assert learned(TwoPoint(), within=(-2, 2)).mean == 0 and learned(ThreePoint(), within=(-2, 2)).mean == 0
