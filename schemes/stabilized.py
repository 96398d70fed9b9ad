"""Explicit schemes with many stages for stability: strong stability preserving, and Runge–Kutta–Chebyshev."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from schemes.arguments import at_least
from schemes.builders import formula, runge_kutta
from schemes.errors import SchemeError
from schemes.exact import coefficient
from schemes.scheme import Scheme


def ssprk2(stages: int) -> Scheme:
    """SSPRK(s,2), s - 1 Euler steps of h/(s-1) and a mean: order 2, SSP coefficient s - 1, the best with s stages.

    Raises SchemeError where stages < 2.
    Source: Ketcheson, SIAM J. Sci. Comput. 30 (2008) 2113–2136; Spiteri, Ruuth, SIAM J. Numer. Anal. 40 (2002).
    """
    at_least(2, "ssprk2", stages=stages)
    A = [[Fraction(1, stages - 1)] * i for i in range(stages)]
    source = "Ketcheson, SIAM J. Sci. Comput. 30 (2008) 2113–2136"
    return runge_kutta(f"ssprk{stages}_2", A, [Fraction(1, stages)] * stages, source=source)


def ssprk3(root: int) -> Scheme:
    """SSPRK(n²,3), n = root: Euler steps of h/(n²-n), in their midst a mean with an earlier one; order 3, SSP n² - n.

    Raises SchemeError where root < 2.
    Source: Ketcheson, SIAM J. Sci. Comput. 30 (2008) 2113–2136; Gottlieb, Ketcheson, Shu 2011, chapter 6.
    """
    at_least(2, "ssprk3", root=root)
    n, k = root, Fraction(1, root * root - root)

    def rule(f: Any, u: Any) -> Any:
        y = [u]
        for i in range(1, n * n + 1):
            y.append(y[-1] + k * f(y[-1]))
            if i == n * (n + 1) // 2:
                y[-1] = (n * y[(n - 1) * (n - 2) // 2] + (n - 1) * y[-1]) / (2 * n - 1)
        return y[-1]

    return formula(f"ssprk{n * n}_3", rule, source="Ketcheson, SIAM J. Sci. Comput. 30 (2008) 2113–2136")


def rkc1(stages: int, damping: Any = "1/20") -> Scheme:
    """The Chebyshev scheme of order 1, R(z) = T_s(w0 + w1 z)/T_s(w0) with w0 = 1 + ε/s², w1 = T_s/T'_s (w0).

    ε is the damping. Real interval [-2 w0/w1, 0], 2 s² without damping; Euler's scheme for s = 1.
    Raises SchemeError where stages < 1 and where the damping is no number ≥ 0.
    Source: van der Houwen, Sommeijer, ZAMM 60 (1980) 479–485; Hairer, Wanner, Solving ODEs II, IV.2.
    """
    at_least(1, "rkc1", stages=stages)
    w0, (T, first, _) = damped("rkc1", stages, damping)
    b = [1 / x for x in T]
    source = "van der Houwen, Sommeijer, ZAMM 60 (1980) 479–485"
    return chebyshev_scheme(f"rkc1_{stages}", w0, T[-1] / first[-1], b, T, source)


def rkc2(stages: int, damping: Any = "2/13") -> Scheme:
    """The Runge–Kutta–Chebyshev scheme of order 2, R(z) = 1 + b_s (T_s(w0 + w1 z) - T_s(w0)), b_s = T''_s/T'_s² (w0).

    w0 = 1 + ε/s², w1 = T'_s/T''_s (w0), ε the damping; real interval about 2/3 (s² - 1) (1 - 2ε/15). b_0 = b_1 = b_2.
    Raises SchemeError where stages < 2 and where the damping is no number ≥ 0.
    Source: Sommeijer, Shampine, Verwer, J. Comput. Appl. Math. 88 (1998) 315–326, and their program rkc.f.
    """
    at_least(2, "rkc2", stages=stages)
    w0, (T, first, second) = damped("rkc2", stages, damping)
    b = [y / (x * x) for x, y in zip(first[2:], second[2:], strict=True)]
    source = "Sommeijer, Shampine, Verwer, J. Comput. Appl. Math. 88 (1998) 315–326"
    return chebyshev_scheme(f"rkc2_{stages}", w0, first[-1] / second[-1], [b[0], b[0], *b], T, source)


# ---- parts ---------------------------------------------------------------------------------------------------------


def chebyshev_scheme(name: str, w0: Any, w1: Any, b: Sequence[Any], T: Sequence[Any], source: str) -> Scheme:
    """Stages with P_j(z) = 1 + b_j (T_j(w0 + w1 z) - T_j(w0)), by the three-term recurrence of T.

    Source: Verwer, Hundsdorfer, Sommeijer, Numer. Math. 57 (1990) 157–178.
    """
    s = len(T) - 1

    def rule(f: Any, u: Any) -> Any:
        slope = f(u)
        y = [u, u + b[1] * w1 * slope]
        for j in range(2, s + 1):
            mu, nu, step = 2 * w0 * b[j] / b[j - 1], -b[j] / b[j - 2], 2 * w1 * b[j] / b[j - 1]
            away = 1 - b[j - 1] * T[j - 1]
            y.append((1 - mu - nu) * u + mu * y[-1] + nu * y[-2] + step * (f(y[-1]) - away * slope))
        return y[s]

    return formula(name, rule, source=source)


def damped(family: str, stages: int, damping: Any) -> tuple[Fraction, tuple[list[Fraction], ...]]:
    """w0, and T_j, T'_j, T''_j there for j = 0 … s."""
    epsilon = coefficient(damping, f"{family}: damping")
    if not isinstance(epsilon, Fraction) or epsilon < 0:
        raise SchemeError(f"{family}: damping = {damping} must be a number, at least 0")
    w0 = 1 + epsilon / stages**2
    T, first, second = [Fraction(1), w0], [Fraction(0), Fraction(1)], [Fraction(0), Fraction(0)]
    for j in range(2, stages + 1):
        T.append(2 * w0 * T[j - 1] - T[j - 2])
        first.append(2 * T[j - 1] + 2 * w0 * first[j - 1] - first[j - 2])
        second.append(4 * first[j - 1] + 2 * w0 * second[j - 1] - second[j - 2])
    return w0, (T, first, second)
