"""What a start leaves: the closed form of LM-ResNet, exact runs on constant slopes, rates on nonlinear fields."""

from dataclasses import replace
from fractions import Fraction
from math import log2

import numpy as np
import pytest
from hypothesis import assume, given, settings

import schemes
from analysis import AnalysisError, effective_step
from analysis.examples import example
from analysis.fields import modified_field
from analysis.starts import start_offset
from analysis.trajectories import flow, trajectory
from schemes import Scheme, SchemeError, general_linear, symbol
from schemes.starting import initial, starter
from tests.strategies import multisteps

k, NODE = symbol("k"), (1,)


def weighted_euler(w) -> Scheme:
    """u[n+1] = u[n] + w h f(u[n])."""
    return replace(schemes.get("euler"), name="weighted_euler", B=((w,),), parameters=schemes.get("lm2").parameters)


def test_of_lm2_it_is_the_closed_form():
    """y(0) + z(0) = u_0 and y(h) - k z(h) = u_1 = u_0 + h f with y' = f/(1+k): solved by hand for the O(h) terms."""
    found = start_offset(schemes.get("lm2"))
    c = k / (1 + k) ** 2
    assert (found.offset, found.first, found.parasites) == ({NODE: c}, 1, {NODE: {-k: -c}})
    assert found.rest == {NODE: (k * c, -c)}


def test_a_start_with_the_effective_step_leaves_nothing():
    lm2 = schemes.get("lm2")
    found = start_offset(replace(lm2, start=weighted_euler(effective_step(lm2))))
    assert (found.offset, found.parasites) == ({NODE: 0}, {NODE: {-k: 0}})
    for name in ("ab4", "leapfrog", "lm2_consistent", "zerosnet_learned", "rk4_classic"):
        assert start_offset(schemes.get(name)).offset == {NODE: 0}


def test_a_velocity_that_starts_at_rest_delays():
    """v' = γ v + a f + b g from 0 is late by Σ γ^i = γ/(1-γ) steps, in each field by its weight."""
    a, b, gamma = Fraction(2), Fraction(1, 3), Fraction(3, 4)
    scheme = general_linear(
        "two_slopes", A=[[0, 0], [0, 0]], U=[[1, 0], [1, 0]], B=[[a, b], [a, b]], V=[[1, gamma], [0, gamma]],
        states=("u[n]", "v[n]"), fields=("f", "g"),
    )  # fmt: skip
    found = start_offset(scheme)
    late = gamma / (1 - gamma)
    for name, weight in [("f", a), ("g", b)]:
        t = (1,), (name,)
        assert found.offset[t] == -late * weight / (1 - gamma)
        assert found.parasites[t] == {gamma: late * weight / (1 - gamma)}


def constant_slope(scheme, steps):
    """u_0, u_1, … on u' = 1 from 0 with h = 1: every O(h) term, and nothing else."""
    states = initial(scheme, Fraction(0))
    for n in range(steps + 1):
        yield states[0]
        states = schemes.step(starter(scheme, n), lambda _: Fraction(1), states)


def offsets(scheme):
    try:
        return start_offset(scheme), effective_step(scheme)
    except AnalysisError:  # a multiple principal root, or weights that sum to 0
        assume(False)


@settings(max_examples=40, deadline=None)
@given(multisteps())
def test_points_on_a_constant_slope(scheme):
    found, w = offsets(scheme)
    vector = found.rest[NODE]
    for n, u in enumerate(constant_slope(scheme, found.first + 5)):
        if n >= found.first:
            assert u == found.offset[NODE] + n * w + vector[0]
            vector = tuple(sum(v * x for v, x in zip(row, vector, strict=True)) for row in scheme.V)


@settings(max_examples=40, deadline=None)
@given(multisteps())
def test_parasites_are_the_rest_where_all_roots_are_simple(scheme):
    found, w = offsets(scheme)
    z = found.parasites[NODE]
    steps = found.first + 6  # roots 0 are gone by then
    if len(z) == scheme.history and all(abs(x - y) > 1e-3 for x in z for y in z if x is not y):
        u = list(constant_slope(scheme, steps))[-1]
        total = found.offset[NODE] + steps * w + sum(complex(x) ** steps * c for x, c in z.items())
        size = max([abs(u), *(abs(complex(x) ** steps * c) for x, c in z.items())])
        assert abs(total - u) <= 1e-8 * (1 + size)


def test_symbolic_points_on_a_constant_slope():
    scheme = schemes.get("full_history")
    found, w = start_offset(scheme), effective_step(scheme)
    points = list(constant_slope(scheme, found.first))
    assert points[-1] == found.offset[NODE] + found.first * w + found.rest[NODE][0]


# ---- observed ------------------------------------------------------------------------------------------------------

TABLES = {
    "lm2 -1/2": schemes.get("lm2", k=Fraction(-1, 2)),
    "lm2 1/3": schemes.get("lm2", k=Fraction(1, 3)),
    "full_history": schemes.get("full_history").at(k1=Fraction(1, 3), k2=Fraction(1, 5)),
    "momentum": schemes.get("momentum", gamma=Fraction(1, 2)),
}


def gaps(scheme, f, u0, n, time=0.75):
    """The largest distance of the points m, … from y(t) without the offset, with it, and with the parasites too."""
    h, found, slope = time / n, start_offset(scheme), f.function()(u0)
    u, times = trajectory(scheme, f, u0, h, n), h * np.arange(n + 1)
    field = modified_field(scheme, f, 3)
    plain, shifted = (flow(lambda y: field(y, h), u0 + float(c) * h * slope, times) for c in (0, found.offset[NODE]))
    modes = [(complex(x) ** np.arange(n + 1) * complex(z)).real for x, z in found.parasites[NODE].items()]
    full = shifted + h * np.outer(np.sum(modes, axis=0), slope)
    late = slice(2 * n // 3, None)
    return [float(np.max(np.abs(gap))) for gap in ((u - plain)[late], (u - shifted)[late], (u - full)[found.first :])]


@pytest.mark.parametrize("name", ["pendulum", "sines"])
@pytest.mark.parametrize("table", TABLES)
def test_the_offset_is_seen(table, name):
    """Order 1 without it; 2 with it where the parasites have died; 2 from the first step on with them."""
    f, u0 = example(name), np.array([0.6, 0.4])
    coarse, fine = (gaps(TABLES[table], f, u0, n) for n in (96, 192))
    rates = [log2(a / b) for a, b in zip(coarse, fine, strict=True)]
    assert rates == pytest.approx([1, 2, 2], abs=0.2)


def test_what_has_no_answer_is_named():
    found = start_offset(schemes.get("full_history"))
    with pytest.raises(AnalysisError, match=r"no rational functions of k1 and k2: fix them first, scheme.at\(k1=…, k2"):
        _ = found.parasites
    odd = replace(schemes.get("ab2"), start=schemes.get("revnet"))
    with pytest.raises(SchemeError, match="revnet cannot start ab2"):
        start_offset(odd)
    with pytest.raises(AnalysisError, match="no B-series"):
        start_offset(schemes.get("polynet_poly2"))
