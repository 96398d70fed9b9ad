"""The named fields: their invariants are conserved, their formulas are read, and wrong ones refused."""

import numpy as np
import pytest
import sympy

from analysis import AnalysisError, VectorField, example, example_names


@pytest.mark.parametrize("name", [n for n in example_names() if example(n).invariants])
def test_invariants_are_conserved(name):
    """∇I · f = 0, as an identity."""
    field = example(name)
    for _, formula in field.invariants:
        gradient = [sympy.diff(field.read(formula), v) for v in field.variables]
        assert sympy.simplify(sum(d * f for d, f in zip(gradient, field.expressions, strict=True))) == 0
    for invariant in field.conserved().values():
        assert invariant(np.array(field.start)).shape == (1,)


@pytest.mark.parametrize("name", example_names())
def test_functions_are_the_expressions(name):
    field = example(name)
    values = field.function()(np.array(field.start))
    at = dict(zip(field.variables, field.start, strict=True))
    assert np.allclose(values, [float(e.subs(at)) for e in field.expressions])
    assert values.any() and field.time > 0 and field.title


def test_sympy_expressions_are_formulas():
    x, y = sympy.symbols("x y")
    field = VectorField("own", "", "x y", (y, -sympy.sin(x) / 2), (1.0, 0.0), 1.0)
    assert field.expressions == VectorField("own", "", "x y", ("y", "-0.5*sin(x)"), (1.0, 0.0), 1.0).expressions


def test_the_grids_are_the_differences_that_they_say():
    """Central differences and the second difference: the rates of the wave e^(ijθ) are -i sin θ and 2 cos θ - 2."""
    j, theta = np.arange(8), 2 * np.pi / 8
    for name, rate in (("advection", -1j * np.sin(theta)), ("heat", 2 * np.cos(theta) - 2)):
        f, wave = example(name).function(), np.exp(1j * j * theta)
        assert np.allclose(f(wave.real) + 1j * f(wave.imag), rate * wave)


def test_a_field_without_vanishing_derivatives():
    """`sines` sees trees with three and four children, Lotka–Volterra does not."""
    for name, sees in (("sines", True), ("lotka_volterra", False)):
        x, *_ = (field := example(name)).variables
        assert all(e.diff(x, 3) != 0 for e in field.expressions) == sees


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: example("pendulm"), "did you mean pendulum"),
        (lambda: example("zzz"), "no field 'zzz'; the examples are pendulum"),
        (lambda: VectorField("v", "", "x y", ("y", "x"), (1, 1), 1, ((0,), (5,))), "halves = .* must hold each index"),
        (lambda: VectorField("v", "", "x y", ("x",), (1, 1), 1), "2 unknowns, 1 formulas"),
        (lambda: VectorField("v", "", "x", ("x*z",), (1,), 1).expressions, "names z, its unknowns are x"),
        (lambda: VectorField("v", "", "x", ("x*(",), (1,), 1).expressions, "is no formula"),
    ],
)
def test_sentences(make, sentence):
    with pytest.raises(AnalysisError, match=sentence):
        make()
