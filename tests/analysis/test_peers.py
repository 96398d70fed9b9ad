"""Every rational table of NodePy 1.1.1, certified here and there: two programs that share no line agree."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import pytest
import sympy

from analysis import (
    a_stable,
    bseries,
    embedded_order,
    imaginary_interval,
    l_stable,
    order,
    principal_error_norm,
    real_interval,
    ssp_coefficient,
    stability_function,
    stage_order,
)
from analysis.trees import from_key, gamma
from schemes import Scheme, runge_kutta

nodepy = pytest.importorskip("nodepy.runge_kutta_method", reason="the extra `peers` is not installed")
kauri = pytest.importorskip("kauri", reason="the extra `peers` is not installed")


def rational(peer: Any) -> bool:
    return all(sympy.sympify(x).is_Rational for x in [*peer.A.flatten(), *peer.b, *getattr(peer, "bhat", [])])


TABLES = {name: peer for name, peer in nodepy.loadRKM().items() if rational(peer)}
EXPLICIT = [name for name, peer in TABLES.items() if peer.is_explicit()]
PAIRS = [name for name, peer in TABLES.items() if hasattr(peer, "bhat")]
TO_THE_EIGHTH = 1e-9  # NodePy bisects


def fractions(numbers: Any) -> list[Fraction]:
    return [Fraction(int(sympy.sympify(x).p), int(sympy.sympify(x).q)) for x in numbers]


@cache
def ours(name: str) -> Scheme:
    peer = TABLES[name]
    embedded = fractions(peer.bhat) if hasattr(peer, "bhat") else None
    return runge_kutta("peer", [fractions(row) for row in peer.A.tolist()], fractions(peer.b), embedded=embedded)


def test_there_are_tables() -> None:
    assert (len(TABLES), len(PAIRS)) == (34, 15)


@pytest.mark.parametrize("name", TABLES)
def test_orders_errors_and_monotonicity_agree(name: str) -> None:
    peer, scheme = TABLES[name], ours(name)
    assert (order(scheme), stage_order(scheme)) == (peer.order(), peer.stage_order())
    assert principal_error_norm(scheme) == pytest.approx(float(peer.principal_error_norm()), rel=1e-9)
    assert float(ssp_coefficient(scheme)) == pytest.approx(
        # NodePy's own tolerance, 3e-16, takes some processors' rounding for a violation: 5.9999995 of SSP104, not 6
        float(peer.absolute_monotonicity_radius(tol=1e-14)),
        abs=TO_THE_EIGHTH,
    )


@pytest.mark.parametrize("name", PAIRS)
def test_embedded_orders_agree(name: str) -> None:
    assert embedded_order(ours(name)) == TABLES[name].embedded_method.order()


@pytest.mark.parametrize("name", TABLES)
def test_stability_functions_agree(name: str) -> None:
    z = sympy.Symbol("z")
    above, below = TABLES[name].stability_function()
    theirs = above(z) / below(z)
    R = stability_function(ours(name))
    assert sympy.cancel(sympy.sympify(str(R)) - theirs) == 0


@pytest.mark.parametrize("name", EXPLICIT)
def test_intervals_agree(name: str) -> None:
    peer, scheme = TABLES[name], ours(name)
    assert -float(real_interval(scheme).low) == pytest.approx(peer.real_stability_interval(), abs=TO_THE_EIGHTH)
    assert float(imaginary_interval(scheme).high) == pytest.approx(
        peer.imaginary_stability_interval(), abs=TO_THE_EIGHTH
    )


LAWSON = [
    [],
    ["1/2"],
    ["3/16", "1/16"],
    [0, 0, "1/2"],
    [0, "-3/16", "3/8", "9/16"],
    ["1/7", "4/7", "6/7", "-12/7", "8/7"],
]


def test_a_table_of_the_peer_is_wrong_and_is_seen() -> None:
    """Lawson's method of order 5 (SIAM J. Numer. Anal. 3 (1966) 593) has the row 3/16, 1/16, "Lambert65" 1/8, 1/8."""
    theirs = ours("Lambert65")
    assert order(theirs) == 2
    meant = runge_kutta("lawson5", LAWSON[1:], theirs.B[0])
    assert order(meant) == 5
    assert [i for i in range(6) if theirs.A[i] != meant.A[i]] == [2]


@pytest.mark.parametrize("name", ["BS3", "RK44", "DP5", "SSP104", "LobattoIIIC3", "SDIRK54"])
def test_elementary_weights_agree_with_kauri(name: str) -> None:
    scheme, upto = ours(name), 6
    trees = [tree for n in range(1, upto + 1) for tree in kauri.trees_of_order(n)]
    weight = kauri.RK(
        [list(map(float, row)) for row in scheme.A], list(map(float, scheme.B[0]))
    ).elementary_weights_map()
    theirs = sorted((tree.nodes(), tree.factorial(), float(weight(tree))) for tree in trees)
    mine = sorted((len(k), gamma(from_key(k, ("f",))), float(a)) for k, a in bseries(scheme, upto).items())
    assert [t[:2] for t in mine] == [t[:2] for t in theirs]
    assert [t[2] for t in mine] == pytest.approx([t[2] for t in theirs], abs=1e-14)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_rounded_to_twelve_digits_has_the_certificate_of_the_exact_one(name: str) -> None:
    """Where |R| = 1 to some order, as for TR-BDF2 at infinity and Merson's at 0, rounding alone would decide."""
    exact, near = ours(name), Fraction(1, 10**12)
    A, b = ([[round(x / near) * near for x in row] for row in rows] for rows in (exact.A, exact.B))
    rounded = runge_kutta("rounded", A, b[0], tolerance=near)
    assert order(rounded) == order(exact)
    assert (a_stable(rounded), l_stable(rounded)) == (a_stable(exact), l_stable(exact))
    for interval in (real_interval, imaginary_interval):
        ends = [(float(x.low), float(x.high)) for x in (interval(rounded), interval(exact))]
        assert ends[0] == pytest.approx(ends[1], abs=1e-7)
