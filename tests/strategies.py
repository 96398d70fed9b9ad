"""Random valid schemes and random coefficients for hypothesis."""

from fractions import Fraction

from hypothesis import strategies as st

from schemes import Scheme, general_linear, multistep, runge_kutta, symbol
from schemes.parameters import Parameter

SYMBOLS = ("k", "lam", "mu")
numbers = st.builds(Fraction, st.integers(-6, 6), st.integers(1, 5))


@st.composite
def rationals(draw, names=SYMBOLS, depth=3):
    """A rational function of the named symbols (or a Fraction), built by random sums, products and quotients."""
    if depth == 0 or draw(st.booleans()):
        return symbol(draw(st.sampled_from(names))) if draw(st.booleans()) else draw(numbers)
    x, y = draw(rationals(names, depth - 1)), draw(rationals(names, depth - 1))
    operation = draw(st.sampled_from("+-*/"))
    if operation == "/":
        return x / y if y != 0 else x
    return x + y if operation == "+" else x - y if operation == "-" else x * y


def rows(entries, height, width):
    return st.lists(st.lists(entries, min_size=width, max_size=width), min_size=height, max_size=height)


@st.composite
def runge_kuttas(draw, explicit=True, parametric=False, most=4) -> Scheme:
    """A Runge–Kutta scheme; an implicit one has at least its last diagonal entry."""
    entries, parameters = coefficients(parametric)
    s = draw(st.integers(1, most))
    A = draw(rows(entries, s, s))
    if explicit:
        A = [row[:i] for i, row in enumerate(A)]
    else:
        A[-1][-1] = draw(numbers.filter(bool))
    b = draw(st.lists(entries, min_size=s, max_size=s))
    return runge_kutta("random_rk", A, b, parameters=parameters)


@st.composite
def multisteps(draw, explicit=True, parametric=False) -> Scheme:
    """A linear multistep scheme of one to four steps; the α sum to 0, the leading one is 1."""
    entries, parameters = coefficients(parametric)
    k = draw(st.integers(1, 4))
    alpha = draw(st.lists(entries, min_size=k - 1, max_size=k - 1))
    alpha = [-sum(alpha, Fraction(1)), *alpha, Fraction(1)]
    beta = draw(st.lists(entries, min_size=k, max_size=k).filter(any))
    beta.append(Fraction(0) if explicit else draw(numbers.filter(bool)))
    return multistep("random_lmm", alpha, beta, parameters=parameters)


@st.composite
def general_linears(draw, explicit=True, parametric=False) -> Scheme:
    """A general linear scheme whose states are values of u at several times: the rows of U and V sum to 1."""
    entries, parameters = coefficients(parametric)
    s, r = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    A, B = draw(rows(entries, s, s)), draw(rows(entries, r, s))
    if explicit:
        A = [[x if j < i else 0 for j, x in enumerate(row)] for i, row in enumerate(A)]
    U, V = ([[1 - sum(row, Fraction(0)), *row] for row in draw(rows(entries, n, r - 1))] for n in (s, r))
    states = ("u[n]", *(f"u[n-{i}]" for i in range(1, r)))
    fields = draw(st.lists(st.sampled_from("fg"), min_size=s, max_size=s))
    return general_linear("random_glm", A, U, B, V, states=states, fields=fields, parameters=parameters)


def coefficients(parametric):
    """The strategy of entries, and the parameters that they may name."""
    if not parametric:
        return numbers, ()
    declared = tuple(Parameter(name, "learned", 0, "step") for name in SYMBOLS)
    return st.one_of(numbers, rationals(depth=1)), declared


def schemes(explicit=True) -> st.SearchStrategy[Scheme]:
    """Any exact scheme without parameters."""
    return st.one_of(runge_kuttas(explicit), multisteps(explicit), general_linears(explicit))


def parametric_schemes() -> st.SearchStrategy[Scheme]:
    """Explicit schemes with entries that are rational functions of k, lam and mu."""
    return st.one_of(*(kind(parametric=True) for kind in (runge_kuttas, multisteps, general_linears)))
