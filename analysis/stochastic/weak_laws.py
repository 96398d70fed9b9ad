"""What a law must share with the normal one for a weak order: its moments, exact."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Any

from analysis.elementary import expression
from analysis.errors import AnalysisError, refusing
from analysis.stochastic.expanding import coefficients, power
from schemes.diffusion import ROOT
from schemes.laws import Distribution, Normal

FAR = 12  # powers of √h in which a moment's error is looked for; a polynomial law of this degree would be no law


@dataclass(frozen=True)
class Term:
    """E ΔŴ^n - E ΔW^n = error/variance^(n/2) h^(n/2), where ΔŴ = √h (X - E X)/√variance.

    error     E (X - E X)^n - m_n variance^(n/2) with the normal moments 1, 0, 1, 0, 3, 0: exact, it may name root_h
    exponent  of h in the leading part; None: the term is 0
    leading   the absolute value of what stands before it, a sympy expression
    """

    n: int
    error: Any
    variance: Any
    exponent: Fraction | None
    leading: Any

    @property
    def name(self) -> str:
        """E ΔŴ³, or E ΔŴ² - h."""
        digits = str.maketrans("12345", "¹²³⁴⁵")
        power = str(self.n).translate(digits) if self.n > 1 else ""
        return f"E ΔŴ{power}" + {2: " - h", 4: " - 3h²"}.get(self.n, "")

    def __str__(self) -> str:
        if self.exponent is None:
            return f"{self.name} = 0"
        value = str(self.value).replace("**", "^")
        return f"{self.name} = {f'({value})' if self.value.is_Add else value} h^{power(Fraction(self.n, 2))}"

    @property
    def value(self) -> Any:
        """error/variance^(n/2), a sympy expression."""
        from sympy import factor, sqrt

        whole = factor(expression(self.error / self.variance ** (self.n // 2)))
        return whole / sqrt(factor(expression(self.variance))) if self.n % 2 else whole


@dataclass(frozen=True)
class WeakConditions:
    """Whether Σ |terms| ≤ K h^(order+1).

    exponent  of h in the sum's leading part; None: the sum is 0
    constant  K as h → 0, a sympy expression; None where there is none
    """

    order: int
    terms: tuple[Term, ...]
    exponent: Fraction | None
    constant: Any

    @property
    def holds(self) -> bool:
        return self.constant is not None

    def __str__(self) -> str:
        if self.holds:
            size = f"at most K h^{self.order + 1}, K → {self.constant} as h → 0" if self.constant else "0"
            return f"the moments fit weak order {self.order}: the sum is {size}"
        bad = next(term for term in self.terms if term.exponent == self.exponent)
        return f"the moments do not fit weak order {self.order}: {bad}, and h^{self.order + 1} is needed"


@refusing()
def weak_conditions(law: Distribution, order: int = 1) -> WeakConditions:
    """The conditions on the moments of ΔŴ = √h (X - E X)/√Var X, exact, for any law; its arguments may name root_h.

        order 1:  |E ΔŴ| + |E ΔŴ³| + |E ΔŴ² - h| ≤ K h²
        order 2:  |E ΔŴ| + |E ΔŴ³| + |E ΔŴ⁵| + |E ΔŴ² - h| + |E ΔŴ⁴ - 3h²| ≤ K h³

    Bernoulli(p) has E ΔŴ³ = (1-2p)/√(p(1-p)) h^(3/2), so 1 - 2p is to fall like √h.
    Raises AnalysisError for another order, for what is no law, for a law that has not these moments, or no variance.
    Source: Kloeden, Platen, Numerical Solution of Stochastic Differential Equations, (14.1.3), (14.2.3).
    """
    if order not in (1, 2):
        raise AnalysisError(f"weak_conditions of order {order}: they are written down for 1 and 2")
    if not isinstance(law, Distribution):
        raise AnalysisError(f"{law!r} is no law: give one such as Bernoulli('1/2') or Normal(0, 1)")
    variance = law.variance
    errors = [central(law, n) - normal(n) * variance ** (n // 2) for n in range(1, 2 * order + 2)]
    if coefficients(variance, 0)[0] == 0:
        raise AnalysisError(f"{law} has no variance at {ROOT} = 0, and nothing is left to be scaled: spread it")
    terms = tuple(term(n, error, variance) for n, error in enumerate(errors, start=1))
    exponents = [t.exponent for t in terms if t.exponent is not None]
    least = min(exponents, default=None)
    if least is not None and least < order + 1:
        return WeakConditions(order, terms, least, None)
    return WeakConditions(order, terms, least, sum((t.leading for t in terms if t.exponent == order + 1), Fraction(0)))


def central(law: Distribution, n: int) -> Any:
    """E (X - E X)^n."""
    mean = law.mean
    return sum((comb(n, j) * law.moment(j) * (-mean) ** (n - j) for j in range(n + 1)), Fraction(0))


def normal(n: int) -> Any:
    return Normal(0, 1).moment(n)


def term(n: int, error: Any, variance: Any) -> Term:
    from sympy import Abs, Rational

    powers = coefficients(error, FAR)
    v = next((i for i, x in enumerate(powers) if x != 0), None)
    if v is None:
        return Term(n, error, variance, None, Fraction(0))
    size = expression(coefficients(variance, 0)[0]) ** Rational(n, 2)
    return Term(n, error, variance, Fraction(n + v, 2), Abs(expression(powers[v])) / size)
