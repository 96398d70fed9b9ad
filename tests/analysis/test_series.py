"""B-series and modified equations: exact identities, and derivations by other formulas."""

from fractions import Fraction
from math import factorial

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import schemes as catalogue
from analysis import AnalysisError, bseries, modified_equation
from analysis.structure import structure
from analysis.trees import cuts, from_key, gamma, key, order, sigma
from schemes import Scheme, SchemeError, general_linear, get, learned, multistep, runge_kutta, symbol
from tests.analysis.reference import (
    collocation,
    elementary_weight,
    flow,
    one_parameter_families,
    probe,
    psi,
    psi_field,
    trees_to,
)
from tests.sample import has_b_series
from tests.strategies import general_linears, multisteps, numbers, runge_kuttas, schemes

F = Fraction
k = symbol("k")
ONE_STEP = [
    e.name
    for e in catalogue.entries()
    if (s := get(e.name).mean()).explicit
    and not s.tolerance
    and has_b_series(s)
    and len(s.states) == len(structure(s).components)
]


@given(st.one_of(runge_kuttas(True), runge_kuttas(False)))
def test_runge_kutta_weights(scheme):
    series = bseries(scheme, 5)
    assert all(series.get(key(t), 0) == elementary_weight(scheme, t) for t in trees_to(5))


@pytest.mark.parametrize("name", ONE_STEP)
def test_one_step_on_the_tree_equation_returns_the_series(name):
    """`step` itself, on y_t' = Π y_c, also for several fields (Shake-Shake) and components (RevNet)."""
    scheme = get(name).mean()
    found = {c.name: structure(scheme).names for c in structure(scheme).components}
    names = next(iter(found.values()))
    series = bseries(scheme, 4)
    assert probe(scheme, list(series), names) == {t: a for t, a in series.items()}


@given(st.lists(numbers, min_size=0, max_size=3), st.lists(numbers, min_size=5, max_size=5))
def test_psi_form_of_multistep_schemes(middle, beta):
    """u' = ψ(h d/dt) f(u), explicit or implicit, agrees with the bordered system."""
    alpha = [-1 - sum(middle, F(0)), *middle, F(1)]
    beta = beta[: len(alpha)]
    assume(any(beta) and sum(j * a for j, a in enumerate(alpha)) != 0)
    scheme = multistep("random", alpha, beta)
    expected = psi_field(psi(alpha, beta, 5), 5)
    assert modified_equation(scheme, 5) == {key(t): b for t, b in expected.items()}


@pytest.mark.parametrize(
    ("alpha", "beta", "expected"),
    [  # numerics.md section 4: ψ of AB2, BDF2, leapfrog, Milne–Simpson, trapezoid
        ([0, -1, 1], [F(-1, 2), F(3, 2), 0], [1, 0, F(-5, 12), F(1, 4), F(-61, 720)]),
        ([F(1, 2), -2, F(3, 2)], [0, 0, 1], [1, 0, F(1, 3), F(-1, 4), F(41, 180)]),
        ([-1, 0, 1], [0, 2, 0], [1, 0, F(-1, 6), 0, F(7, 360)]),
        ([-1, 0, 1], [F(1, 3), F(4, 3), F(1, 3)], [1, 0, 0, 0, F(1, 180)]),
        ([-1, 1], [F(1, 2), F(1, 2)], [1, 0, F(1, 12), 0, F(-1, 720)]),
    ],
)
def test_psi_of_classical_schemes(alpha, beta, expected):
    alpha, beta = [F(a) for a in alpha], [F(b) for b in beta]
    assert psi(alpha, beta, 5) == expected
    field = psi_field([F(x) for x in expected], 5)
    assert modified_equation(multistep("classical", alpha, beta), 5) == {key(t): b for t, b in field.items()}


@settings(max_examples=25)
@given(st.one_of(schemes(True), schemes(False)))
def test_the_flow_of_the_modified_equation_is_the_map(scheme):
    """exp(D_b) = Φ, for every scheme and with several fields."""
    try:
        b, a = modified_equation(scheme, 4), bseries(scheme, 4)
    except AnalysisError:
        assume(False)
    names = structure(scheme).names
    expected = flow({from_key(t, names): x for t, x in b.items()})
    assert {from_key(t, names): x for t, x in a.items()} == expected


@settings(max_examples=15)
@given(multisteps(True), st.integers(2, 3))
def test_a_scheme_repeated_is_its_modified_flow_for_longer(scheme, times):
    """The modified equation of n steps taken as one is n times the field: n steps are its flow for time n."""
    try:
        once = modified_equation(scheme, 4)
    except AnalysisError:
        assume(False)
    try:
        often = modified_equation(catalogue.repeat(scheme, times), 4)
    except AnalysisError:  # a root of unity has become a second root 1
        assume(False)
    assert often == {t: times * b for t, b in once.items()}


def test_the_exact_flow_has_no_modification():
    """Collocation of order ≥ 4 agrees with 1/γ to its order, and its field with f."""
    A, b = collocation(4)
    scheme = runge_kutta("newton_cotes", A, b)
    assert all(a == F(1, gamma(from_key(t))) for t, a in bseries(scheme, 4).items())
    assert [b for b in modified_equation(scheme, 4).values() if b] == [1]


# ---- the scheme of the paper, symbolic in k ------------------------------------------------------------------------


def expected_lm2():
    """b(t)(1+k)^|t| of LM-ResNet: numerics.md section 7, times σ(t), which the convention there includes."""
    return {
        (1,): F(1),
        (1, 2): (k - 1) / (2 * (k + 1)),
        (1, 2, 2): 2 * (k**2 - 10 * k + 1) / (12 * (k + 1) ** 2),
        (1, 2, 3): (k**2 - 4 * k + 1) / (3 * (k + 1) ** 2),
        (1, 2, 2, 2): 6 * (k - 1) / (k + 1) ** 3 * (-k / 2),
        (1, 2, 3, 2): (k - 1) / (k + 1) ** 3 * (k**2 - 28 * k + 1) / 12,
        (1, 2, 3, 3): 2 * (k - 1) / (k + 1) ** 3 * (k**2 - 16 * k + 1) / 12,
        (1, 2, 3, 4): (k - 1) / (k + 1) ** 3 * (k**2 - 8 * k + 1) / 4,
    }


def test_lm2_modified_equation():
    assert modified_equation(get("lm2"), 4) == {t: b / (1 + k) ** len(t) for t, b in expected_lm2().items()}
    assert modified_equation(get("lm2_consistent"), 4) == expected_lm2()


def test_lm2_first_terms_at_two_values():
    """2f - 6h f'f at k = -1/2 and ¾f - (9/64)h f'f at k = 1/3: theory.md section 2."""
    for value, f, ff in [(F(-1, 2), 2, -6), (F(1, 3), F(3, 4), F(-9, 64))]:
        assert modified_equation(get("lm2", k=value), 2) == {(1,): f, (1, 2): ff}


def test_lm2_symmetry():
    """Reversing time exchanges k and 1/k: b(t; 1/k) = (-1)^(|t|-1) b(t; k), weight 1 + k."""
    for t, b in modified_equation(get("lm2_consistent"), 5).items():
        value = b(k=1 / k) if hasattr(b, "symbols") else b
        assert value == (-1) ** (len(t) - 1) * b


def test_symmetric_and_limiting_cases():
    leapfrog = modified_equation(get("leapfrog"), 5)
    assert all(b == 0 for t, b in leapfrog.items() if len(t) % 2 == 0) and leapfrog[1, 2, 2] == F(-1, 3)
    assert modified_equation(get("lm2", k=0), 5) == modified_equation(get("euler"), 5)
    halved = {t: b / 2 ** len(t) for t, b in leapfrog.items()}  # k = 1 is leapfrog of half the step
    assert modified_equation(get("lm2", k=1), 5) == halved


def test_momentum_is_the_two_step_scheme():
    """u[n+1] = (1+γ) u[n] - γ u[n-1] + (1-γ) h f: LM with k = -γ and weight 1 + k (theory.md section 1)."""
    value = F(3, 7)
    assert modified_equation(get("momentum", gamma=value), 5) == modified_equation(get("lm2_consistent", k=-value), 5)


def test_the_unresolved_form():
    """(1+k) u' + (1-k) h/2 u'' + (1+k) h²/6 u''' + … = f(u): theory.md section 2, on the tree series."""
    field = {from_key(t): b for t, b in modified_equation(get("lm2"), 5).items()}
    powers = {t: [F(0)] * (order(t) + 1) for t in field}  # powers[t][i] = coefficient of h^i d^i u/dt^i
    for t in trees_to(5):
        powers[t][1] = field[t]
        for theta, delta, m in cuts(t):
            for i in range(1, order(theta) + 1):
                powers[t][i + 1] = powers[t][i + 1] + m * powers[theta][i] * field[delta]
    for t in trees_to(5):
        left = sum(((1 - (-1) ** i * k) * powers[t][i] / factorial(i) for i in range(1, order(t) + 1)), F(0))
        assert left == (1 if order(t) == 1 else 0)


# ---- several fields ------------------------------------------------------------------------------------------------


def test_symplectic_euler():
    """x' = f - h/2 f'g + …, y' = g + h/2 g'f + …: half the commutator (Baker–Campbell–Hausdorff)."""
    b = modified_equation(get("revnet"), 2)
    assert b == {
        ((1,), ("f",)): 1,
        ((1,), ("g",)): 1,
        ((1, 2), ("f", "g")): F(-1, 2),
        ((1, 2), ("g", "f")): F(1, 2),
    }


@given(runge_kuttas(True))
def test_one_field_under_two_names_gives_the_same_sum(scheme):
    """With f = g the coloured series adds up to the plain one: Σ over colourings of a/σ."""
    stages = scheme.stages
    split = Scheme("split", scheme.A, scheme.U, scheme.B, scheme.V, fields=tuple("fg"[i % 2] for i in range(stages)))
    names = structure(split).names
    plain, coloured = bseries(scheme, 4), bseries(split, 4)
    totals = dict.fromkeys(plain, F(0))
    for t, a in coloured.items():
        totals[t[0] if len(names) > 1 else t] += a / sigma(from_key(t, names))
    assert totals == {t: a / sigma(from_key(t)) for t, a in plain.items()}


def test_one_field_that_reads_and_feeds_two_components():
    """RevNet with a shared field: f at y feeds x, f at x feeds y; the series is RevNet's."""
    shared = catalogue.formula("shared", lambda f, x, y: (x1 := x + f(y), y + f(x1)), states=("x[n]", "y[n]"))
    assert structure(shared).names == ("f[y>x]", "f[x>y]")
    assert list(modified_equation(shared, 4).values()) == list(modified_equation(get("revnet"), 4).values())


def test_random_coefficients_stand_at_their_means():
    assert bseries(get("stochastic_depth", p=F(1, 3)), 2) == {(1,): F(1, 3), (1, 2): 0}
    assert set(bseries(get("gaussian_noise"), 2)) == {(1,), (1, 2)}  # the noise has mean 0 and leaves no colour


# ---- what has no series --------------------------------------------------------------------------------------------


def test_sentences_for_what_has_no_series():
    with pytest.raises(AnalysisError, match=r"polynet_poly2 applies a field to a slope.*linear_order"):
        modified_equation(get("polynet_poly2"), 2)
    with pytest.raises(AnalysisError, match="multiple principal root"):
        modified_equation(get("lm2", k=-1), 2)
    moves = Scheme("moves", A=((0,),), U=((1,),), B=((1,),), V=((2,),))
    with pytest.raises(AnalysisError, match=r"moves is not pre-consistent.*u\[n\]"):
        bseries(moves, 1)


def test_states_that_nothing_reads_are_left_out():
    table = Scheme("idle", A=((0,),), U=((1, 0),), B=((1,), (5,)), V=((1, 0), (0, 0)), states=("u[n]", "hf[n-1]"))
    assert bseries(table, 3) == bseries(get("euler"), 3)


@settings(max_examples=20)
@given(st.one_of(one_parameter_families(), general_linears(False)))
def test_random_schemes_give_a_series_or_a_sentence(scheme):
    try:
        assert len(modified_equation(scheme, 2)) == len(bseries(scheme, 2))
    except AnalysisError as error:
        assert scheme.name in str(error)


def test_symbolic_coefficients_agree_with_numbers():
    """Substituting after the computation or before it."""
    scheme = get("zerosnet", lam=learned("-9/5"))
    symbolic = modified_equation(scheme, 4)
    for value in (F(-9, 5), F(2, 3)):
        numeric = modified_equation(scheme.at(lam=value), 4)
        assert numeric == {t: b(lam=value) if hasattr(b, "symbols") else b for t, b in symbolic.items()}


def test_a_table_may_be_refused_by_the_builder_first():
    with pytest.raises(SchemeError, match="moves even where the field is 0"):
        general_linear("moves", A=[[0]], U=[[1]], B=[[1]], V=[[2]])
