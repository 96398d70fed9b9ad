"""Runge–Kutta families: the order conditions solved for what is left free."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from schemes.builders import runge_kutta as from_tableau
from schemes.design.conditions import order_conditions, simplifying
from schemes.design.elimination import System, branches
from schemes.design.fixing import Fixed, closed, constraints, contradiction, numerator, whole
from schemes.design.unknowns import Tableau, rank, unknown_tableau
from schemes.errors import SchemeError
from schemes.exact import is_zero
from schemes.scheme import Scheme
from schemes.symbols import symbols_of

MOST = 5  # higher orders take this solver minutes, and it ends open
SOURCE = "solution of the order conditions, Butcher, Numerical Methods for ODEs, 3rd ed., section 32"


def runge_kutta(
    stages: int,
    order: int,
    fixed: Mapping[str, Any] | None = None,
    explicit: bool = True,
    name: str = "",
    simplify: Collection[str] = (),
) -> Scheme:
    """The family of Runge–Kutta schemes of an order, Φ(t) = 1/γ(t) for |t| ≤ order, with what stays free as parameters.

        design.runge_kutta(3, 3)                                  parameters c2 and c3
        design.runge_kutta(4, 4, {"c2": "1/3", "c3": "2/3"})      the 3/8 rule
        design.runge_kutta(2, 2, {"a12": 0, "a11": "gamma", "a22": "gamma"}, explicit=False)

    fixed     values of nodes c2, weights b1 and entries a32 (a10_2 from ten stages on): numbers, other entries, names
    simplify  what to assume beyond order, of "C2" and "D1" (HNW II.5); from order 5 on that is the way to a solution
    The first, most general branch where the conditions fall apart; `runge_kutta_branches` gives all of them.
    Raises SchemeError where theory or `fixed` leave no scheme, and where what is left is linear in no unknown.
    Source: Butcher, Numerical Methods for ODEs, 3rd ed., sections 32 and 34; Hairer, Nørsett, Wanner I, II.1 and II.5.
    """
    return next(families(stages, order, fixed or {}, explicit, name, simplify))


def runge_kutta_branches(
    stages: int,
    order: int,
    fixed: Mapping[str, Any] | None = None,
    explicit: bool = True,
    name: str = "",
    simplify: Collection[str] = (),
) -> tuple[Scheme, ...]:
    """All branches of `runge_kutta`: together they are all schemes; (4, 4) has the general one and three others.

    A branch that is an earlier one with its parameters fixed is left out.
    Raises SchemeError as `runge_kutta` does, and where there are more branches than some ten seconds can find.
    """
    found: list[Scheme] = []
    for scheme in families(stages, order, fixed or {}, explicit, name, simplify):
        if not any(contained(scheme, other) for other in found):
            found.append(scheme)
    return tuple(found)


def families(
    stages: int, order: int, fixed: Fixed, explicit: bool, name: str, simplify: Collection[str]
) -> Iterator[Scheme]:
    name = name or f"{'' if explicit else 'implicit_'}rk{stages}_order{order}"
    attainable(name, stages, order, explicit)
    if odd := sorted(set(simplify) - {"C2", "D1"}):
        raise SchemeError(f"{name}: simplify = {odd[0]!r} is no assumption known here, take some of 'C2' and 'D1'")
    tableau = unknown_tableau(stages, explicit)
    rules = simplifying(*tableau.parts, simplify, explicit) + order_conditions(*tableau.parts, order)

    def solutions(fixed: Fixed) -> Iterator[System]:
        given = constraints(name, tableau.entries, fixed)
        return branches(System((*given.equations, *map(numerator, rules)), given.nonzero), rank)

    given = "".join([*(f", {k} = {v}" for k, v in fixed.items()), *(f", {x}" for x in sorted(simplify))])
    number = 0
    for number, solution in enumerate(solutions(fixed), 1):
        hint = ", or take the first branch alone, by runge_kutta" if number > 1 else ""
        hint += (
            "" if simplify or order < 4 else assumption(tableau, constraints(name, tableau.entries, fixed), explicit)
        )
        yield built(name, tableau.at(closed(name, solution, hint)), order, SOURCE + given)
    if not number:
        kind = f"{'explicit ' if explicit else ''}Runge–Kutta scheme with {stages} stages and order {order}"
        raise contradiction(name, kind + "".join(f" and {x}" for x in sorted(simplify)), solutions, fixed)


def assumption(tableau: Tableau, given: System, explicit: bool) -> str:
    """What else to assume, as far as what is fixed allows it: D1 needs c_s = 1, C2 needs b_2 = 0."""
    for which in (["C2", "D1"], ["C2"]):
        rules = map(numerator, simplifying(*tableau.parts, which, explicit))
        entries = [rule for rule in rules if len(symbols_of(rule)) == 1]
        if any(branches(replace(given, equations=(*given.equations, *entries)), rank)):
            return f", or assume simplify={{{', '.join(map(repr, which))}}}"
    return ""


def contained(scheme: Scheme, other: Scheme) -> bool:
    """Whether a branch is another one with its parameters fixed."""
    own, whole = read(scheme), read(other)
    try:
        return whole.at({p.name: own.entries[p.name] for p in other.parameters if p.name in own.entries}) == own
    except ZeroDivisionError:
        return False


def read(scheme: Scheme) -> Tableau:
    return Tableau(scheme.A, scheme.B[0], tuple(sum(row) for row in scheme.A))


def built(name: str, tableau: Tableau, order: int, source: str) -> Scheme:
    """The scheme, once more against all conditions."""
    A, b, _ = tableau.parts
    rules = order_conditions(A, b, [sum(row) for row in A], order)
    assert all(map(is_zero, rules)), f"{name}: a bug, the tableau found does not have order {order}"
    return from_tableau(name, A, b, source=source)


def attainable(name: str, stages: int, order: int, explicit: bool) -> None:
    """Refuse what theory excludes: the barriers of Butcher (1964, 1965, 1985), and order 2s of Gauss."""
    whole(name, stages=stages, order=order)
    if order > MOST:
        raise SchemeError(f"{name}: order {order} is out of reach of this solver, which goes to {MOST}")
    needed = order + (order == 5) if explicit else -(-order // 2)
    if stages < needed:
        kind, source = ("explicit", "Butcher's barriers, HNW I, II.5") if explicit else ("implicit", "HNW I, II.7")
        raise SchemeError(
            f"{name}: an {kind} Runge–Kutta scheme of order {order} has at least {needed} stages ({source}), "
            f"{stages} are too few: take more stages or a lower order"
        )
