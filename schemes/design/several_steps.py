"""Linear multistep families: the order conditions, which are linear, solved for what is left free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from schemes.builders import multistep as from_coefficients
from schemes.design.elimination import System, branches
from schemes.design.fixing import closed, constraints, contradiction, numerator, whole
from schemes.errors import SchemeError
from schemes.exact import is_zero, substitute
from schemes.scheme import Scheme
from schemes.symbols import symbol

SOURCE = "solution of the order conditions, Hairer, Nørsett, Wanner, Solving ODEs I, (III.2.6)"


def multistep(
    steps: int, order: int, fixed: Mapping[str, Any] | None = None, explicit: bool = True, name: str = ""
) -> Scheme:
    """The family Σ_j α_j u_{n+j} = h Σ_j β_j f_{n+j}, α_k = 1, of an order, with what stays free as parameters.

        design.multistep(2, 1, {"beta0": 0})                                    LM-ResNet's, alpha0 = -k
        design.multistep(2, 2)                                                  AB2 at alpha0 = 0, leapfrog at -1
        design.multistep(2, 2, {"beta0": 0, "beta1": 0}, explicit=False)        BDF2

    The conditions are Σ α_j = 0, Σ j^q α_j = q Σ j^(q-1) β_j, q = 1 … order, and ρ'(1) = Σ j α_j ≠ 0, without which
    they say nothing of the order; zero-stability is not asked for, see analysis.zero_stable_range.
    fixed: values of alpha0 … and beta0 …: numbers, other coefficients, new names.
    Raises SchemeError where theory (order ≤ 2k, Dahlquist 1956) or `fixed` leave no scheme.
    Source: Hairer, Nørsett, Wanner, Solving ODEs I, III.2, theorem 2.4.
    """
    name, fixed = name or f"{'' if explicit else 'implicit_'}multistep{steps}_order{order}", fixed or {}
    whole(name, steps=steps, order=order)
    most = 2 * steps - explicit
    kind = f"{'explicit' if explicit else 'implicit'} scheme of {steps} steps"
    if order > most:
        raise SchemeError(
            f"{name}: an {kind} has at most order {most} (HNW I, III.2), {order} is too much: take more steps"
        )
    alpha, beta = unknown_coefficients(steps, explicit)
    entries = {f"alpha{j}": x for j, x in enumerate(alpha)} | {f"beta{j}": x for j, x in enumerate(beta)}
    rules = tuple(map(numerator, order_conditions(alpha, beta, order)))
    slope = numerator(sum((j * a for j, a in enumerate(alpha)), Fraction(0)))  # ρ'(1), of the step that is taken

    def solutions(fixed: Mapping[str, Any]) -> Any:
        given = constraints(name, entries, fixed)
        return branches(System((*given.equations, *rules), (slope, *given.nonzero)), rank)

    solution = next(solutions(fixed), None)
    if solution is None:
        raise contradiction(name, f"{kind} with order {order} and ρ'(1) = σ(1) ≠ 0", solutions, fixed)
    values = closed(name, solution)
    alpha, beta = ([substitute(x, values) for x in row] for row in (alpha, beta))
    assert all(map(is_zero, order_conditions(alpha, beta, order))), f"{name}: a bug, order {order} is not met"
    given = "".join(f", {k} = {v}" for k, v in fixed.items())
    return from_coefficients(name, alpha, beta, source=SOURCE + given)


def unknown_coefficients(steps: int, explicit: bool) -> tuple[list[Any], list[Any]]:
    alpha = [*(symbol(f"alpha{j}") for j in range(steps)), Fraction(1)]
    beta = [*(symbol(f"beta{j}") for j in range(steps)), Fraction(0) if explicit else symbol(f"beta{steps}")]
    return alpha, beta


def order_conditions(alpha: Sequence[Any], beta: Sequence[Any], order: int) -> list[Any]:
    """Σ α_j and Σ j^q α_j - q j^(q-1) β_j, all 0 for a scheme of this order."""
    higher = (
        sum((j**q * a - q * j ** (q - 1) * b for j, (a, b) in enumerate(zip(alpha, beta, strict=True))), Fraction(0))
        for q in range(1, order + 1)
    )
    return [sum(alpha, Fraction(0)), *higher]


def rank(x: str, among: frozenset[str]) -> tuple[int, ...]:
    """Found first are the newest coefficients, β before α, so the α of old steps stay free."""
    letters, number = x.rstrip("0123456789"), x[len(x.rstrip("0123456789")) :]
    known = letters in ("alpha", "beta") and number
    return (("beta", "alpha").index(letters), -int(number)) if known else (2, 0)
