"""Catalogue entries against what their sources print."""

# ruff: noqa: SIM300 - a matrix in capitals is no constant

from fractions import Fraction

import pytest

from schemes import (
    Scheme,
    SchemeError,
    adams_bashforth,
    fractal,
    full_history,
    get,
    learned,
    multistep,
    names,
    runge_kutta,
)
from schemes.exact import coefficient
from schemes.registry import entry


@pytest.mark.parametrize(
    ("steps", "newest_first"),
    [
        # Hairer, Nørsett, Wanner, Solving ODEs I, (III.1.5), k = 1 … 4
        (1, ["1"]),
        (2, ["3/2", "-1/2"]),
        (3, ["23/12", "-16/12", "5/12"]),
        (4, ["55/24", "-59/24", "37/24", "-9/24"]),
    ],
)
def test_adams_bashforth_coefficients_are_the_printed_ones(steps, newest_first):
    s = adams_bashforth(steps)
    beta = [coefficient(x) for x in newest_first]
    assert (s.B[0][0], *s.V[0][1:]) == tuple(beta)
    assert s.states == ("u[n]", *(f"hf[n-{j}]" for j in range(1, steps)))
    assert s.table == multistep("by hand", [*[0] * (steps - 1), -1, 1], [*reversed(beta), 0]).table


def test_one_step_adams_bashforth_and_one_column_are_euler_and_two_columns_are_heun():
    assert adams_bashforth(1).table == fractal(1).table == full_history(1).table == get("euler").table
    assert fractal(2).table == get("fractalnet").table == get("heun2").table
    assert [fractal(columns).stages for columns in (1, 2, 3, 4)] == [1, 2, 4, 8]


def test_full_history_of_two_steps_is_the_two_step_scheme():
    two = get("full_history", steps=2)
    assert two.at(k1="1/3").table == get("lm2", k="1/3").table
    three = get("full_history").at(k1=1)
    assert sum(three.V[0]) == 1 and three.role("learned") == ("k2",)


@pytest.mark.parametrize("weight", ["x", 0])
def test_the_weights_of_a_history_are_declared_by_a_parameter(weight):
    with pytest.raises(SchemeError, match=f"full_history: weight = {weight!r} is no parameter, declare it"):
        full_history(3, weight)


@pytest.mark.parametrize("k", ["-1/2", "1/3", "1", "0"])
def test_special_values_of_k(k):
    lm2, consistent = get("lm2", k=k), get("lm2_consistent", k=k)
    k = Fraction(k)
    assert lm2.V == ((1 - k, k), (1, 0)) and lm2.B[0] == (1,) and consistent.B[0] == (1 + k,) and lm2.V == consistent.V
    if k == 1:
        assert consistent.table == get("leapfrog").table  # the two-step midpoint rule
    if k == 0:
        assert consistent.table == lm2.table


@pytest.mark.parametrize("lam", [Fraction(-9, 5), Fraction(1), Fraction(2, 7)])
def test_zerosnet_coefficients_are_those_of_the_paper(lam):
    s = get("zerosnet", lam=lam)
    V = (3 * lam + 3) / (4 * lam), -1 / lam, (lam + 1) / (4 * lam)
    assert s.V[0] == V and s.B[0] == ((3 * lam - 1) / (2 * lam),) and sum(V) == 1
    assert get("zerosnet_learned", lam=lam).table == s.table and get("zerosnet").V[0] == (
        Fraction(1, 3), Fraction(5, 9), Fraction(1, 9),
    )  # fmt: skip


def test_polynet_applies_the_field_to_slopes():
    poly2, poly3 = get("polynet_poly2"), get("polynet_poly3")
    assert poly2.A == ((0, 0), (1, 0)) and poly2.U == ((1,), (0,)) and poly2.B == ((1, 1),)
    assert poly3.A == ((0, 0, 0), (1, 0, 0), (0, 1, 0)) and poly3.U == ((1,), (0,), (0,)) and poly3.stages == 3
    assert get("polynet_mpoly2").fields == get("polynet_2way").fields == ("f", "g")
    assert get("polynet_mpoly2").operator and not get("polynet_2way").operator


def test_revnet_reads_the_new_first_half():
    s = get("revnet")
    assert (s.U, s.A, s.B) == (((0, 1), (1, 0)), ((0, 0), (1, 0)), ((1, 0), (0, 1)))


def test_random_coefficients_have_their_mean_at_evaluation():
    assert get("stochastic_depth", p="4/5").mean().B == ((Fraction(4, 5),),)
    assert get("shake_shake").mean().B == ((Fraction(1, 2), Fraction(1, 2)),)
    assert get("gaussian_noise").mean().B == ((1, 0),)
    assert get("lm2_stochastic_depth", p="3/4").mean().B == ((Fraction(3, 4),), (0,))
    assert get("lm2_stochastic_depth", p="3/4").mean().V == get("lm2").V


@pytest.mark.parametrize("name", names())
def test_every_entry_has_a_summary_a_source_its_own_name_and_only_used_parameters(name):
    s = get(name)
    assert isinstance(s, Scheme) and s.name == name and s.source and (s.exact or s.tolerance)
    used = s.symbols | {x for p in s.parameters for x in p.symbols}
    assert entry(name).summary.endswith(".") and len(entry(name).summary) <= 120, entry(name).summary
    assert {p.name for p in s.parameters} == used and not s.role("chosen")
    assert s.preconsistency is not None and s.preconsistency[0] == 1


def test_kinds_are_read_off_the_tables():
    """By their builders: a module or table of the catalogue holds schemes of one kind, with few others."""
    kinds = {
        "runge_kutta": ["dopri5", "tsit5", "feagin10", "gauss", "sdirk4", "euler_maruyama", "ark436l2sa"],
        "multistep": ["ab2", "adams_moulton", "bdf", "leapfrog", "lm2", "zerosnet", "full_history", "sspms32"],
        "operator": ["polynet_poly2", "polynet_poly3", "polynet_mpoly2"],
        "partitioned": ["revnet", "stormer_verlet", "yoshida6a", "pefrl", "forest_ruth"],
        "general_linear": ["momentum", "tsrk3", "dimsim3", "peer3", "g_symplectic_p", "ebdf3", "pece"],
    }  # fmt: skip
    assert all(get(name).kind == kind for kind, named in kinds.items() for name in named)
    assert names(kind="operator") == kinds["operator"]
    assert names(learned=True, stochastic=True) == ["lm2_stochastic_depth", "lm2_shake_shake", "lm2_gaussian_noise"]
    assert {"rk4_classic", "rk4_38", "bosh3"} < set(names(stages=4)) and {"ab4"} < set(names(history=3))
    assert {"backward_euler", "gauss", "sdirk4", "bdf"} < set(names(explicit=False))
    assert {"ssprk53", "gauss", "feagin10", "forest_ruth"} < set(names(exact=False))


def test_the_catalogue_is_large_and_each_table_is_there_once():
    """At least 150 entries; no two are one table under two names, but for the usual member of a family."""
    assert len(names()) >= 150
    seen: dict = {}
    for name in names():
        s = get(name)
        if not s.parameters and not entry(name).declared and not entry(name).structure:
            seen.setdefault((s.table, s.states, s.embedded), []).append(name)
    twice = [same for same in seen.values() if len(same) > 1]
    assert twice == [], twice


def test_a_value_fixes_any_parameter_and_a_declaration_replaces_it():
    assert get("lm2", k=0.9) == get("lm2", k="9/10") == get("lm2", k=Fraction(9, 10)) == get("lm2").at(k=0.9)
    assert get("momentum", gamma=learned("1/2")).role("learned") == ("gamma",)
    again = get("lm2", k=learned(0, per="channel")).parameters[0]
    assert (again.value, again.per, again.name) == (0, "channel", "k")
    assert get("stochastic_depth").parameters[0].value.p == Fraction(1, 2)


def test_nodes_are_checked_against_row_sums():
    s = runge_kutta("kutta3", [["1/2"], [-1, 2]], ["1/6", "2/3", "1/6"], c=[0, "1/2", 1])
    assert s.table == get("kutta3").table
