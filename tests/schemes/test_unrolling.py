"""unroll, power, reflect and as_general_linear: their laws, by exact order and by tables."""

# ruff: noqa: SIM300 - a matrix in capitals is no constant

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import bseries, order
from schemes import (
    Bernoulli,
    Normal,
    Scheme,
    SchemeError,
    adams_moulton,
    adjoint,
    as_general_linear,
    average,
    compose,
    equivalent,
    formula,
    get,
    loads,
    power,
    random,
    reduce,
    reflect,
    register,
    registry,
    repeat,
    rescale,
    starter,
    step,
    symbol,
    unroll,
)
from tests.strategies import general_linears, runge_kuttas

F = Fraction
IMPLICIT = ["backward_euler", "implicit_midpoint", "trapezoid"]


@pytest.mark.parametrize("name", IMPLICIT)
@pytest.mark.parametrize("sweeps", [0, 1, 2, 3])
def test_fixed_point_sweeps_of_a_one_step_scheme_have_order_min_p_m_plus_1(name, sweeps):
    s = get(name)
    unrolled = unroll(s, sweeps)
    assert unrolled.explicit and order(unrolled) == min(order(s), sweeps + 1)


def test_fixed_point_sweeps_of_a_multistep_scheme_start_from_the_slopes_it_keeps():
    s = adams_moulton(3)
    assert [order(unroll(s, m)) for m in range(5)] == [1, 2, 3, 4, 4] and order(s) == 4


@settings(max_examples=20)
@given(runge_kuttas(explicit=False, most=2).filter(lambda s: any(s.B[0])), st.integers(0, 3))
def test_a_sweep_gains_one_power_of_h(scheme, sweeps):
    """The B-series of m sweeps is that of the scheme on trees of m + 1 nodes: Y⁰ is wrong by O(h), Yᵐ by O(hᵐ⁺¹)."""
    assert bseries(unroll(scheme, sweeps), sweeps + 1) == bseries(scheme, sweeps + 1)


def test_an_explicit_scheme_is_its_own_unrolling():
    s = get("rk4_classic")
    assert unroll(s, 3).table == s.table == unroll(s, 6).table and unroll(s, 1).table != s.table


def test_neumann_sweeps_of_backward_euler_are_polynet():
    assert unroll(get("backward_euler"), 1, "neumann").table == get("polynet_poly2").table
    assert unroll(get("backward_euler"), 2, "neumann").table == get("polynet_poly3").table


@settings(max_examples=20)
@given(runge_kuttas(explicit=False, most=3), st.integers(0, 3))
def test_neumann_and_fixed_point_sweeps_agree_for_linear_fields(scheme, sweeps):
    f, h, u = lambda y: F(2, 3) * y, F(1, 5), (F(1),)
    both = [step(unroll(scheme, sweeps, how), f, u, h) for how in ("fixed_point", "neumann")]
    assert both[0] == both[1]


@pytest.mark.parametrize("name", ["euler", "rk4_classic", "trapezoid", "lm2", "stormer_verlet"])
@pytest.mark.parametrize(("m", "n"), [(2, 1), (3, -1), (1, -1), (-1, 2), (0, 2)])
def test_powers_add(name, m, n):
    s = get(name, k="1/3") if name == "lm2" else get(name)
    assert equivalent(compose(power(s, m), power(s, n)), power(s, m + n))


@settings(max_examples=20)
@given(runge_kuttas(explicit=False, most=3))
def test_the_adjoint_is_the_inverse_of_the_reflection(scheme):
    assert equivalent(compose(reflect(scheme), adjoint(scheme)), power(scheme, 0))
    assert reflect(reflect(scheme)).table == reduce(scheme).table or reflect(reflect(scheme)).stages < scheme.stages
    minus, plus = bseries(reflect(scheme), 4), bseries(scheme, 4)
    assert minus == {t: (-1) ** len(t) * x for t, x in plus.items()}


@settings(max_examples=20)
@given(runge_kuttas(explicit=False, most=2), runge_kuttas(explicit=False, most=2), runge_kuttas(most=2))
def test_composition_of_implicit_schemes_is_associative_and_undone_backwards(a, b, c):
    assert equivalent(compose(compose(a, b), c), compose(a, compose(b, c)))
    assert equivalent(adjoint(compose(a, b)), compose(adjoint(b), adjoint(a)))


def test_half_a_step_and_its_adjoint_make_a_symmetric_scheme():
    """Backward Euler after Euler, half a step each, is the trapezoid; the other way round the midpoint rule."""
    half = rescale(get("euler"), "1/2")
    assert equivalent(compose(half, adjoint(half)), get("trapezoid"))
    assert equivalent(compose(adjoint(half), half), get("implicit_midpoint"))


def test_reduce_merges_equal_stages_and_drops_idle_ones():
    s = formula("x", lambda f, u: u + f(u) / 2)
    twice = compose(s, s)
    assert twice.stages == 2 and reduce(get("dopri5")).stages == 6
    heun, quarters = get("heun2"), (F(1, 4), F(3, 4), 0)
    b = (F(1, 4), F(1, 4), F(1, 2))
    doubled = Scheme("d", A=((0,) * 3, (0,) * 3, quarters), U=((1,),) * 3, B=(b,), V=((1,),))
    assert reduce(doubled).table == heun.table


@settings(max_examples=20)
@given(general_linears())
def test_more_states_are_carried_along(scheme):
    wider = as_general_linear(scheme, (*scheme.states, "hf[n]", "hf[n-1]"))
    f = {"f": lambda y: y * y / 5 + 1, "g": lambda y: 1 - y / 2}
    u, extra, h = tuple(F(i + 1, 3) for i in range(len(scheme.states))), (F(1, 7), F(2, 7)), F(1, 4)
    new = step(scheme, f, u, h)
    found = step(wider, f, (*u, *extra), h)
    assert found[: len(new)] == new
    assert found[len(new) :] == (h * f["f"](new[0]), extra[0])  # the slope at the new value; the old one moves on


def test_a_runge_kutta_scheme_meets_a_multistep_scheme():
    ab2 = get("ab2")
    heun = as_general_linear(get("heun2"), ab2.states)
    assert order(heun) == 2 and order(compose(heun, ab2)) == 2 and compose(heun, ab2).states == ab2.states


def test_random_coefficients_are_drawn_anew_in_each_part():
    s = get("stochastic_depth")
    twice = compose(s, s)
    assert twice.role("random") == ("eta", "eta_2") and twice.mean().table == compose(s.mean(), s.mean()).table
    three = compose(s, s, s)
    assert three.role("random") == ("eta", "eta_2", "eta_3")
    assert three.table == compose(twice, s).table == compose(s, twice).table
    assert repeat(twice, 2).role("random") == ("eta", "eta_2", "eta_3", "eta_4")


def test_combinations_of_multistep_schemes_start_as_their_parts_do():
    """The first step of two AB2 steps is Euler's and then AB2's; of half a step, half an Euler step."""
    ab2, f = get("ab2"), lambda y: y * y / 5 + 1
    u, h = (F(1), F(0)), F(1, 3)
    assert step(starter(repeat(ab2, 2), 0), f, u, h) == step(ab2, f, step(starter(ab2, 0), f, u, h), h)
    assert step(starter(rescale(ab2, "1/2"), 0), f, u, h) == step(starter(ab2, 0), f, u, h / 2)
    assert step(starter(reflect(ab2), 0), f, u, h) == step(starter(ab2, 0), f, u, -h)
    halves = average([ab2, rescale(ab2, 2)])
    both = [step(starter(ab2, 0), f, u, x) for x in (h, 2 * h)]
    assert step(starter(halves, 0), f, u, h)[0] == (both[0][0] + both[1][0]) / 2


@pytest.mark.parametrize("name", ["niegemann124", "rk46nl", "carpenter_kennedy54", "ssprk53", "gauss", "ark436l2sa"])
def test_the_tolerance_of_a_combination_is_not_understated(name):
    """Entries moved by their tolerance move those of a combination by no more than its tolerance."""
    s = get(name)
    moved = s.mapped(lambda x: x + s.tolerance if x.denominator > 10**6 else x)
    if any(x != 1 for (x,) in moved.U):
        return
    for combine in (
        lambda x: compose(x, x),
        lambda x: average([x, reflect(x)], [10, -9]),
        adjoint,
        lambda x: unroll(x, 2),
    ):
        before, after = combine(s), combine(moved)
        if before.stages == after.stages:
            changes = (abs(x - y) for x, y in zip(before.entries, after.entries, strict=True))
            assert max(changes) <= before.tolerance


def test_what_differs_by_more_than_rounding_is_not_merged():
    rough = loads("0 | ; ? | 0.04 ; | 0.27 0.73", name="x", approximate=True)
    assert rough.tolerance == F(1, 200) and reduce(rough).stages == 2
    long = loads("0 | ; ? | 0.6666666666666667 ; | 0.25 0.75 ; | 0.5 0.5", name="x", approximate=True)
    assert long.tolerance == F(1, 2 * 10**16) and reduce(long).stages == 2


def test_the_mean_of_a_table_is_the_expectation_of_its_entries(monkeypatch):
    """Milstein's coefficient (ξ² - 1)/2 has mean 0, and not -1/2 (E ξ² = 1); E η² = p of a Bernoulli η."""
    monkeypatch.setattr(registry, "ENTRIES", dict(registry.ENTRIES))

    @register
    def noisy(xi=random(Normal(0, 1)), eta=random(Bernoulli("1/4"))):  # noqa: B008
        """A scheme with powers of noise."""
        return formula("noisy", lambda f, u: u + (xi * xi - 1) / 2 * f(u) + eta**2 * f(u + xi**4 * f(u)))

    mean = get("noisy").mean()
    assert mean.B == ((0, F(1, 4)),) and mean.A[1][0] == 3 and not mean.parameters
    with pytest.raises(SchemeError, match="xi is random and divides"):
        xi = [p for p in get("noisy").parameters if p.name == "xi"]
        formula("x", lambda f, u: u + f(u) / symbol("xi"), parameters=xi).mean()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: unroll(get("trapezoid"), -1), "sweeps = -1, it must be a whole number"),
        (lambda: unroll(get("trapezoid"), 2, "newton"), "method = 'newton', it is 'fixed_point' or 'neumann'"),
        (lambda: unroll(get("polynet_poly2"), 1, "neumann"), "it applies f to slopes already"),
        (lambda: power(get("ab2"), -1), "ab2 cannot be undone"),
        (lambda: as_general_linear(get("lm2"), ("u[n]",)), "lm2 reads u[n-1]"),
        (lambda: as_general_linear(get("euler"), ("u[n]", "u[n-2]")), "u[n-2] is what u[n-1] was a step ago"),
        (lambda: as_general_linear(get("euler"), ("x", "u[n]")), "the first state is u[n]"),
        (lambda: as_general_linear(get("euler"), ("u[n]", "q")), "'q' is not written like"),
        (lambda: as_general_linear(get("euler"), ("u[n]", "v[n]")), "v[n] is what v[n] was"),
    ],
)
def test_what_cannot_be_done_is_refused(make, message):
    with pytest.raises(SchemeError) as error:
        make()
    assert message in str(error.value)
