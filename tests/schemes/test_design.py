"""Schemes from conditions: the families have their order, hold what the books print, and say why there is none."""

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import analysis
from schemes import SchemeError, design, entries, get, runge_kutta, step, symbol
from schemes.design.conditions import gamma, trees
from schemes.design.fixing import constraints, numerator
from schemes.design.one_step import contained

c2, c3 = symbol("c2"), symbol("c3")
small = st.builds(Fraction, st.integers(-4, 6), st.integers(1, 5))


def nodes(scheme):
    return tuple(sum(row) for row in scheme.A)


def free(scheme):
    return [p.name for p in scheme.parameters]


# ---- what comes out ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stages", "order", "parameters"),
    [
        (1, 1, []),
        (2, 1, ["b2", "c2"]),
        (2, 2, ["c2"]),
        (3, 2, ["a32", "b3", "c2", "c3"]),
        (3, 3, ["c2", "c3"]),
        (4, 3, ["a32", "a42", "b4", "c2", "c3", "c4"]),
        (4, 4, ["c2", "c3"]),
    ],
)
def test_a_family_has_its_order_identically_and_the_known_number_of_parameters(stages, order, parameters):
    family = design.runge_kutta(stages, order)
    assert free(family) == parameters
    assert analysis.order(family) == order
    assert family.explicit and family.stages == stages and family.exact


def test_the_families_of_order_two_and_three_are_those_of_the_books():
    """Butcher, Numerical Methods for ODEs, section 232: the formulas printed there for distinct nodes."""
    assert ((1 - 1 / (2 * c2), 1 / (2 * c2)),) == design.runge_kutta(2, 2).B
    family = design.runge_kutta(3, 3)
    b2, b3 = (2 - 3 * c3) / (6 * c2 * (c2 - c3)), (2 - 3 * c2) / (6 * c3 * (c3 - c2))
    assert ((1 - b2 - b3, b2, b3),) == family.B
    assert family.A[2][1] == c3 * (c3 - c2) / (c2 * (2 - 3 * c2))


def test_the_family_of_order_four_is_that_of_ralston():
    """Ralston, Rabinowitz, A First Course in Numerical Analysis, 2nd ed., section 5.8; c4 = 1 is found, not typed."""
    family = design.runge_kutta(4, 4)
    last = 6 * c2 * c3 - 4 * (c2 + c3) + 3
    assert family.B[0] == (
        Fraction(1, 2) + (1 - 2 * (c2 + c3)) / (12 * c2 * c3),
        (2 * c3 - 1) / (12 * c2 * (c3 - c2) * (1 - c2)),
        (1 - 2 * c2) / (12 * c3 * (c3 - c2) * (1 - c3)),
        Fraction(1, 2) + (2 * (c2 + c3) - 3) / (12 * (1 - c2) * (1 - c3)),
    )
    assert nodes(family) == (0, c2, c3, 1)
    assert family.A[2][1] == c3 * (c3 - c2) / (2 * c2 * (1 - 2 * c2))
    assert family.A[3][1] == (1 - c2) * (c2 + c3 - 1 - (2 * c3 - 1) ** 2) / (2 * c2 * (c3 - c2) * last)
    assert family.A[3][2] == (1 - 2 * c2) * (1 - c2) * (1 - c3) / (c3 * (c3 - c2) * last)


def test_the_branches_of_order_four_are_the_cases_of_kutta():
    """Kutta 1901; Butcher, Numerical Methods for ODEs, section 322: three special pairs beside the general one."""
    general, *special = design.runge_kutta_branches(4, 4)
    assert nodes(general)[1:3] == (c2, c3)
    half = Fraction(1, 2)
    assert {nodes(scheme)[1:] for scheme in special} == {(half, half, 1), (half, 0, 1), (1, half, 1)}
    assert all(len(free(s)) == 1 and analysis.order(s) == 4 for s in special)


def test_the_branches_of_order_three_are_those_of_butcher():
    """Butcher, section 232: cases I, II (c2 = c3 = 2/3) and III (c2 = 2/3, c3 = 0), b3 free in the last two."""
    _, *special = design.runge_kutta_branches(3, 3)
    two_thirds = Fraction(2, 3)
    assert {nodes(s)[1:] for s in special} == {(two_thirds, two_thirds), (two_thirds, 0)}
    assert [free(s) for s in special] == [["b3"], ["b3"]]


def catalogued(most=4):
    """The explicit Runge–Kutta schemes of numbers that the catalogue has, by name."""
    found = {e.name: get(e.name) for e in entries() if not e.structure and e.order}
    return {
        k: s
        for k, s in found.items()
        if s.kind == "runge_kutta" and s.explicit and s.exact and not s.symbols and set(s.fields) == {"f"}
        if 2 <= s.stages <= most
    }


@pytest.mark.parametrize("name", catalogued())
def test_every_scheme_of_the_catalogue_is_in_a_branch(name):
    scheme = get(name)
    branches = design.runge_kutta_branches(scheme.stages, analysis.order(scheme))
    assert any(contained(scheme, branch) for branch in branches)


@pytest.mark.parametrize("name", ["midpoint", "heun2", "kutta3", "ssprk33", "rk4_38"])
def test_schemes_of_the_catalogue_are_found_from_their_nodes(name):
    scheme = get(name)
    fixed = {f"c{i}": c for i, c in enumerate(nodes(scheme), 1) if i > 1}
    assert design.runge_kutta(scheme.stages, analysis.order(scheme), fixed).table == scheme.table


def test_the_classical_scheme_is_in_the_family_of_equal_nodes():
    family = design.runge_kutta(4, 4, {"c2": "1/2", "c3": "1/2"})
    assert free(family) == ["a32"]
    found = family.at(a32=Fraction(1, 2))
    assert found.table == get("rk4_classic").table
    assert step(found, {"f": lambda u: u * u - u}, (Fraction(2),), Fraction(1, 4)) == step(
        get("rk4_classic"), {"f": lambda u: u * u - u}, (Fraction(2),), Fraction(1, 4)
    )


def test_six_stages_of_order_five_with_simplifying_assumptions():
    """Butcher, Numerical Methods for ODEs, section 324: c = 0, 1/4, 1/4, 1/2, 3/4, 1; here at a42 = -1/2."""
    nodes = {"c2": "1/4", "c3": "1/4", "c4": "1/2", "c5": "3/4"}
    family = design.runge_kutta(6, 5, nodes, simplify={"C2", "D1"})
    assert analysis.order(family) == 5 and free(family) == ["a42"]
    A = [["1/4"], ["1/8", "1/8"], [0, "-1/2", 1], ["3/16", 0, 0, "9/16"], ["-3/7", "2/7", "12/7", "-12/7", "8/7"]]
    b = [Fraction(x, 90) for x in (7, 0, 32, 12, 32, 7)]
    assert family.at(a42=Fraction(-1, 2)).table == runge_kutta("butcher5", A, b).table


def test_five_stages_of_order_four_have_several_branches():
    found = design.runge_kutta_branches(5, 4, {"c2": "1/4", "c3": "1/2", "c4": "3/4", "c5": 1})
    assert [analysis.order(s) for s in found] == [4, 4]
    assert not contained(found[1], found[0])


def test_no_branch_is_an_earlier_one_with_its_parameters_fixed():
    found = design.runge_kutta_branches(3, 3, {"a12": 0, "a13": 0, "a23": 0}, explicit=False)
    assert len(found) == 5 and all(analysis.order(s) == 3 for s in found)
    assert not any(contained(scheme, other) for i, scheme in enumerate(found) for other in found[:i])


def test_implicit_schemes():
    """Radau IIA and IA: Hairer, Wanner, Solving ODEs II, tables IV.5.5 and IV.5.3."""

    def table(*about, **more):
        return design.runge_kutta(*about, explicit=False, **more).table

    assert table(1, 2) == get("implicit_midpoint").table
    assert table(2, 2, {"a11": 0, "a12": 0, "a21": "1/2", "a22": "1/2"}) == get("trapezoid").table
    radau_iia = runge_kutta("radau_iia", [["5/12", "-1/12"], ["3/4", "1/4"]], ["3/4", "1/4"])
    assert table(2, 3, {"c2": 1}, simplify={"C2"}) == radau_iia.table
    radau_ia = runge_kutta("radau_ia", [["1/4", "-1/4"], ["1/4", "5/12"]], ["1/4", "3/4"])
    assert table(2, 3, {"c1": 0, "a12": "-1/4"}, simplify={"D1"}) == radau_ia.table


def test_one_diagonal_entry_for_all_stages():
    diagonal = {"a12": 0, "a11": "gamma", "a22": "gamma"}
    family = design.runge_kutta(2, 2, diagonal, explicit=False)
    assert free(family) == ["c2", "gamma"] and analysis.order(family) == 2
    assert [family.A[i][i] for i in range(2)] == [symbol("gamma")] * 2 and family.A[0][1] == 0
    with pytest.raises(SchemeError, match=r"leave 6\*gamma\*\*2 - 6\*gamma \+ 1 = 0, which is linear in no unknown"):
        design.runge_kutta(2, 3, diagonal, explicit=False)


# ---- laws ----------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([(2, 2), (3, 3), (3, 2), (4, 4), (4, 3)]), st.lists(small, min_size=3, max_size=3))
def test_fixing_before_and_after_solving_agree(shape, values):
    fixed = {f"c{i}": x for i, x in zip(range(2, shape[0] + (shape != (4, 4))), values, strict=False)}
    family = design.runge_kutta(*shape)
    try:
        expected = family.at(**{k: v for k, v in fixed.items() if k in free(family)})
    except SchemeError:  # a pole of the family: another branch, or none
        assume(False)
    assert contained(expected, design.runge_kutta(*shape, fixed))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([(2, 2), (3, 3), (3, 2), (4, 4), (4, 3)]), st.data())
def test_whatever_is_fixed_what_comes_out_has_the_order_and_what_was_fixed(shape, data):
    names = [f"c{i}" for i in range(2, shape[0] + 1)] + [f"b{i}" for i in range(1, shape[0] + 1)] + ["a32", "a21"]
    names = [n for n in names if n != "a32" or shape[0] > 2]
    fixed = data.draw(st.dictionaries(st.sampled_from(names), st.sampled_from([0, Fraction(1, 2), 1]), max_size=2))
    try:
        found = design.runge_kutta(*shape, fixed)
    except SchemeError as error:
        assert "there is no" in str(error) or "the conditions leave" in str(error)
        return
    assert analysis.order(found) >= shape[1]
    entry = {"c": lambda i: nodes(found)[i - 1], "b": lambda i: found.B[0][i - 1]}
    for name, value in fixed.items():
        assert (
            found.A[int(name[1]) - 1][int(name[2]) - 1] if name[0] == "a" else entry[name[0]](int(name[1]))
        ) == value


def test_trees_are_counted_as_known():
    """OEIS A000081; γ of the trees of order 4: Hairer, Nørsett, Wanner I, table II.2.1."""
    assert [len(trees(n)) for n in range(1, 8)] == [1, 1, 2, 4, 9, 20, 48]
    assert sorted(gamma(t) for t in trees(4)) == [4, 8, 12, 24]


# ---- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: design.runge_kutta(3, 4), r"order 4 has at least 4 stages \(Butcher's barriers"),
        (lambda: design.runge_kutta(5, 5), "rk5_order5: an explicit .* order 5 has at least 6 stages"),
        (lambda: design.runge_kutta(8, 7), "order 7 is out of reach of this solver"),
        (lambda: design.runge_kutta(1, 3, explicit=False), "an implicit .* order 3 has at least 2 stages"),
        (lambda: design.runge_kutta(7, 6), "order 6 is out of reach of this solver, which goes to 5"),
        (lambda: design.runge_kutta(0, 1), "stages = 0 must be a whole number of at least 1"),
        (lambda: design.runge_kutta(3, 2.5), "order = 2.5 must be a whole number"),
        (lambda: design.runge_kutta(3, 3, {"c2": 0}), "3 stages and order 3 that has c2 = 0: leave it free"),
        (
            lambda: design.runge_kutta(3, 3, {"b1": "1/6", "c2": "1/2", "c3": "1/2"}),
            "that has c2 = 1/2 and c3 = 1/2: leave one of them free",
        ),
        (lambda: design.runge_kutta(3, 3, {"a21": "1/2", "c2": "1/3"}), "that has a21 = 1/2 and c2 = 1/3"),
        (lambda: design.runge_kutta(4, 4, {"c4": "1/2"}), "that has c4 = 1/2: leave it free"),
        (lambda: design.runge_kutta(3, 3, {"d2": 1}), "'d2' is no entry that can be fixed, those are c1, c2, c3, b1"),
        (lambda: design.runge_kutta(3, 3, {"c2": 0.5}), "c2 = 0.5 is a float, write it exactly: '1/2'"),
        (lambda: design.runge_kutta(3, 3, {"c2": [1]}), r"c2 = \[1\] is not exact"),
        (lambda: design.runge_kutta(3, 3, simplify={"C3"}), "'C3' is no assumption known here, take some of 'C2' and"),
        (lambda: design.runge_kutta(5, 4), "which is too long to go on from: fix one or more of a32, .*or assume simp"),
    ],
)
def test_refusals_are_sentences(call, sentence):
    with pytest.raises(SchemeError, match=sentence) as caught:
        call()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["fehlberg45", "england45", "cash_karp5", "rk5_nystrom", "rk5_kutta"])
def test_what_is_hinted_at_leads_to_the_scheme(name):
    """D1 asks for c_s = 1, which these six stages of order 5 do not have; C2 alone they all satisfy."""
    scheme = get(name)
    main = runge_kutta(name, scheme.A, scheme.embedded if analysis.order(scheme) < 5 else scheme.B[0])
    fixed = {f"c{i}": c for i, c in enumerate(nodes(main), 1) if i > 1}
    found = design.runge_kutta_branches(6, 5, fixed, simplify={"C2"})
    assert any(contained(main, branch) for branch in found)
    try:
        design.runge_kutta_branches(6, 5, fixed)
    except SchemeError as error:
        assert str(error).endswith("or assume simplify={'C2'}")


def test_a_hint_fits_what_is_fixed():
    sentences = []
    for fixed in ({}, {"c6": 1}, {"c6": "1/2"}, {"b2": "1/3"}, {"c6": "c5", "c5": "1/2"}):
        with pytest.raises(SchemeError, match="fix one or more of") as caught:
            design.runge_kutta(6, 5, fixed)
        sentences.append(str(caught.value).partition(" or assume ")[2])
    assert sentences == [*["simplify={'C2', 'D1'}"] * 2, "simplify={'C2'}", "", "simplify={'C2'}"]


def test_the_search_for_branches_ends_and_says_where(monkeypatch):
    monkeypatch.setattr("schemes.design.elimination.WORK", 3000)
    with pytest.raises(SchemeError, match=r"more branches than can be .* or take the first branch alone, by runge"):
        design.runge_kutta_branches(5, 4, simplify={"C2", "D1"})
    assert analysis.order(design.runge_kutta(5, 4, simplify={"C2", "D1"})) == 4


def test_values_may_name_other_entries():
    assert nodes(design.runge_kutta(3, 3, {"c2": "c3"}))[1:] == (Fraction(2, 3), Fraction(2, 3))
    assert nodes(design.runge_kutta(3, 3, {"c3": 1 - c2}))[2] == 1 - c2
    assert nodes(design.runge_kutta(3, 3, {"c3": 1 / (2 * c2)}))[2] == 1 / (2 * c2)
    assert design.runge_kutta(3, 3, {"c2": "a21"}).table == design.runge_kutta(3, 3).table


def test_a_value_has_no_pole_where_it_is_taken():
    found = constraints("x", {"c2": c2, "c3": c3}, {"c3": 1 / c2})
    assert found.equations == (numerator(c2 * c3 - 1),) and found.nonzero == (numerator(c2),)
