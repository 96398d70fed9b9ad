"""Modified fields of given f: known expansions, structure that survives, symbolic against numeric."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings

from analysis import AnalysisError, VectorField, example, example_names, follows, modified_field
from schemes import general_linear, get, multistep, runge_kutta, symbol
from tests.strategies import runge_kuttas

torch = pytest.importorskip("torch")
k, h = sympy.Symbol("k"), sympy.Symbol("h")
PENDULUM = example("pendulum")


def swing(u):
    return torch.stack([u[1], -torch.sin(u[0])])


def test_euler_on_a_blowing_up_solution():
    """u' = u²: 1, -1, 3/2, -8/3, 31/6, -157/15: Hairer, Lubich, Wanner, IX.1, example 1.1."""
    found = modified_field(get("euler"), example("square"), 6)
    u = example("square").variables[0]
    coefficients = [1, -1, Fraction(3, 2), Fraction(-8, 3), Fraction(31, 6), Fraction(-157, 15)]
    assert [sympy.simplify(e[0] / u ** (n + 2)) for n, e in enumerate(found.expressions)] == coefficients
    assert modified_field(get("euler"), example("square"), 3).text() == "u' = u^2 - h u^3 + h^2 3*u^4/2 + O(h^3)"


def test_the_papers_scheme_on_the_pendulum():
    """(1/(1+k)) f - h (1-k)/(2(1+k)³) f'f: theory.md section 2, f'f = (-sin q, -p cos q)."""
    q, p = PENDULUM.variables
    first, second = modified_field(get("lm2"), PENDULUM, 2).expressions
    c = (1 - k) / (2 * (1 + k) ** 3)
    expected = (p / (1 + k), -sympy.sin(q) / (1 + k), c * sympy.sin(q), c * p * sympy.cos(q))
    for found, e in zip((*first, *second), expected, strict=True):
        assert sympy.simplify(found - e) == 0


def is_gradient(vector, variables):
    """Whether the Jacobian is symmetric."""
    jacobian = sympy.Matrix(vector).jacobian(list(variables))
    return sympy.simplify(jacobian - jacobian.T) == sympy.zeros(*jacobian.shape)


@pytest.mark.parametrize(("name", "kept"), [("revnet", True), ("implicit_midpoint", True), ("heun2", False)])
def test_symplectic_schemes_have_hamiltonian_modified_fields(name, kept):
    """J⁻¹ f_i is a gradient for every i: Hairer, Lubich, Wanner, theorem IX.3.1."""
    rows = modified_field(get(name), PENDULUM, 4).expressions
    assert all(is_gradient((-b, a), PENDULUM.variables) for a, b in rows) == kept


def test_symplectic_euler_on_the_pendulum():
    """H + h/2 H_p H_q with the sign of the one that updates q first: Hairer, Lubich, Wanner, example IX.3.4."""
    q, p = PENDULUM.variables
    rows = modified_field(get("revnet"), PENDULUM, 2).expressions
    assert rows[1] == (sympy.sin(q) / 2, -p * sympy.cos(q) / 2)


def test_stormer_verlet_on_the_pendulum():
    """h² (p²U''/12 - U'²/24) where y is kicked first: Hairer, Lubich, Wanner, Acta Numerica 12 (2003), section 3."""
    q, p = PENDULUM.variables
    scheme = get("stormer_verlet")
    _, first, second, third = modified_field(scheme, PENDULUM, 4).expressions
    U = -sympy.cos(q)
    H = p**2 * U.diff(q, 2) / 12 - U.diff(q) ** 2 / 24
    assert first == third == (0, 0)
    assert [sympy.simplify(e) for e in second] == [sympy.simplify(e) for e in (H.diff(p), -H.diff(q))]


@settings(max_examples=8, deadline=None)
@given(runge_kuttas(most=3))
def test_symbolic_and_numeric_agree(scheme):
    if not sum(scheme.B[0]):
        return
    u = np.array([0.4, 1.1])
    symbolic = modified_field(scheme, PENDULUM, 4)
    numeric = modified_field(scheme, swing, 4, jvp=torch.func.jvp)
    for a, b in zip(symbolic.terms(u), numeric.terms(torch.tensor(u)), strict=True):
        assert np.allclose(a, b.numpy(), rtol=1e-11, atol=1e-11)
    assert np.allclose(symbolic(u, 0.1, 2), numeric(torch.tensor(u), 0.1, 2).numpy())


def test_a_partitioned_scheme_takes_a_field_for_each_half():
    fields = {"f": lambda p: p, "g": lambda q: -torch.sin(q)}
    found = modified_field(get("revnet"), fields, 3, jvp=torch.func.jvp)
    x, y = found((torch.tensor([0.4]), torch.tensor([1.1])), 0.1)
    expected = modified_field(get("revnet"), PENDULUM, 3)(np.array([0.4, 1.1]), 0.1)
    assert np.allclose([x.item(), y.item()], expected)


@pytest.mark.parametrize("name", example_names())
def test_every_example_has_a_modified_field_of_the_papers_scheme(name):
    field = example(name)
    found = modified_field(get("lm2", k=Fraction(-1, 2)), field, 3)
    first, second, _ = found.terms(np.array(field.start))
    assert np.allclose(first, 2 * field.function()(np.array(field.start)))
    assert np.isfinite(second).all() and second.any()


def test_one_term_needs_no_derivative():
    assert modified_field(get("lm2", k=1), lambda u: 3 * u, 1).terms(2.0) == [3.0]


def test_latex_is_rows_of_an_aligned_environment():
    text = modified_field(get("lm2"), PENDULUM, 2).latex()
    assert text.count(r"\\") == 1 and text.count("&=") == 2 and r"\dot{q} &= \frac{p}{k + 1}" in text
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda: modified_field(get("lm2", k=2), PENDULUM, 2), "lm2 is not zero-stable.*modulus 2"),
        (lambda: modified_field(get("bdf", steps=7), PENDULUM, 2), "bdf is not zero-stable"),
        (lambda: modified_field(get("lm2", k=-1), PENDULUM, 2), "multiple principal root"),
        (lambda: modified_field(get("polynet_poly2"), PENDULUM, 2), "linear_equation"),
        (lambda: modified_field(runge_kutta("still", [[], [1]], [1, -1]), PENDULUM, 2), "still is inconsistent"),
        (lambda: modified_field(get("euler"), swing, 2), "give a VectorField of formulas, or a callable with jvp"),
        (lambda: modified_field(get("euler"), PENDULUM, 9), "ask for 1 to 8"),
        (lambda: modified_field(get("lm2"), PENDULUM, 2)(np.ones(2), 0.1), "free parameter k"),
        (lambda: modified_field(get("lm2"), swing, 2, jvp=torch.func.jvp), "free parameter k"),
        (lambda: modified_field(get("revnet"), example("square"), 2), "no such halves"),
        (lambda: modified_field(get("euler"), PENDULUM, 2)(np.ones(2), 0.1, 3), "has 2 terms"),
        (lambda: modified_field(get("euler"), PENDULUM, 2)(np.ones(2), 0.1, 0), "has 2 terms"),
        (
            lambda: modified_field(replace(get("revnet"), fields=("f", "f")), PENDULUM, 2),
            "revnet evaluates one field on different halves",
        ),
        (
            lambda: modified_field(
                get("revnet"), VectorField("mixed", "", "x y", ("x*y", "x"), (1, 1), 1, halves=((0,), (1,))), 2
            ),
            "revnet reads y alone where mixed depends on x",
        ),
    ],
)  # fmt: skip
def test_sentences(ask, sentence):
    with pytest.raises(AnalysisError, match=sentence):
        ask()


def test_zero_stability_is_asked_of_the_states_that_hold_u():
    """A symbol in A alone leaves V a table of numbers; a state that nothing reads may grow."""
    k = symbol("k")
    rk = runge_kutta("generic", [[], [k]], [1 - 1 / (2 * k), 1 / (2 * k)])
    assert len(modified_field(rk, PENDULUM, 3).expressions) == 3
    follows(general_linear("idle", [[0]], [[1, 0]], [[1], [0]], [[1, 0], [0, 2]], states=("u[n]", "w[n]")))
    with pytest.raises(AnalysisError, match="modulus 2"):
        follows(multistep("weighted", [2, -3, 1], [0, k, 0]))


def test_symbolic_zero_stability_passes():
    follows(get("lm2"))
    follows(get("leapfrog"))
