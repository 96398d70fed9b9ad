"""Partitioned and general linear tables: orders claimed are orders computed, and what their authors say of them."""

from fractions import Fraction

import pytest

from analysis import a_alpha, a_stable, effective_weights, modified_equation, order, stability_matrix, zero_stability
from schemes import RationalFunction, entries, get, step, symbol
from schemes.registry import entry

FILES = "partitioned.toml", "general.toml", "extended.toml"
ENTRIES = [e for e in entries() if e.origin.endswith(FILES)]
PARTITIONED = [e.name for e in ENTRIES if e.origin.endswith("partitioned.toml")]


@pytest.mark.parametrize("found", ENTRIES, ids=lambda e: e.name)
def test_the_order_is_the_claimed_one(found):
    scheme = get(found.name)
    assert order(scheme) == found.order
    assert all(abs(w - 1) <= 100 * scheme.tolerance for w in effective_weights(scheme).values())


# ---- partitioned: the product of exp(a_i A) exp(b_i B) in the free algebra of A and B


def substeps(scheme):
    """[(field, weight)] in turn: stage i moves the other half by its entry of B."""
    return [(field, next(row[i] for row in scheme.B if row[i])) for i, field in enumerate(scheme.fields)]


def times_exponential(series, letter, x, degree):
    """series · exp(x letter) to words of this length."""
    out = {}
    for word, c in series.items():
        for n in range(degree + 1 - len(word)):
            out[word + letter * n] = out.get(word + letter * n, 0) + c
            c = c * x / (n + 1)
    return out


@pytest.mark.parametrize("name", [n for n in PARTITIONED if get(n).stages < 16])
def test_words_to_the_claimed_order_are_those_of_the_exact_flow(name):
    scheme = get(name)
    p = order(scheme)
    series = {"": Fraction(1)}
    for letter, x in substeps(scheme):
        series = times_exponential(series, letter, x, p + 1)
    factorials = [Fraction(1)]
    for n in range(1, p + 2):
        factorials.append(factorials[-1] * n)
    wrong = [len(word) for word, c in series.items() if abs(c - 1 / factorials[len(word)]) > 1000 * scheme.tolerance]
    assert wrong and min(wrong) == p + 1


@pytest.mark.parametrize(
    ("name", "nystrom"), [("mclachlan_atela4", 4), ("mclachlan_atela5", 5), ("calvo_sanz_serna4", 4)]
)
def test_some_have_a_higher_order_where_f_is_linear(name, nystrom):
    field = modified_equation(get(name), nystrom + 1, float)
    linear = {key: b for key, b in field.items() if all(children < 2 for children in branches(key, "f"))}
    error = [max(abs(b) for key, b in linear.items() if len(key[0]) == n) for n in range(2, nystrom + 2)]
    assert max(error[:-1]) < 1e-12 < 1e-5 < error[-1]


def branches(key, field):
    """How many children each node of this field has."""
    levels, fields = key
    for i, (level, name) in enumerate(zip(levels, fields, strict=True)):
        end = next((j for j in range(i + 1, len(levels)) if levels[j] <= level), len(levels))
        if name == field:
            yield levels[i + 1 : end].count(level + 1)


ONE_WAY = {"symplectic_euler", "ruth3", "calvo_sanz_serna4", *(f"mclachlan_atela{n}" for n in (2, 3, 4, 5))}


@pytest.mark.parametrize("name", PARTITIONED)
def test_symmetric_ones_read_the_same_backwards(name):
    taken = substeps(get(name))
    assert (taken == taken[::-1]) is (name not in ONE_WAY)


def test_symplectic_euler_undoes_revnet():
    fields = {"f": lambda y: y * y + 1, "g": lambda x: x * x * x - x}
    start = Fraction(2, 3), Fraction(-1, 5)
    h = Fraction(1, 7)
    there = step(get("revnet"), fields, start, h)
    assert step(get("symplectic_euler"), fields, there, -h) == start != there
    assert step(get("position_verlet"), fields, step(get("position_verlet"), fields, start, h), -h) == start


@pytest.mark.parametrize(
    ("name", "field", "weights"),
    [
        # Hairer, Lubich, Wanner, Geometric Numerical Integration, (II.4.4): γ_1 = γ_3, γ_2 of the triple jump
        ("yoshida4", "f", ["1.351207191959658", "-1.702414383919315", "1.351207191959658"]),
        # the same, (II.4.5): Suzuki's γ_1 = γ_2, γ_3
        ("suzuki4", "f", ["0.4144907717943757", "0.4144907717943757", "-0.657963087177503"]),
        # Principia (mockingbirdnest), integrators/methods.hpp, Yoshida 1990, solutions A and B
        ("yoshida6a", "f", ["0.78451361047755726382", "0.23557321335935813369", "-1.17767998417887100695"]),
        ("yoshida6b", "f", ["1.43984816797678", "0.00426068187079", "-2.13228522200145"]),
        # Yoshida 1990, tables 1 and 2, printed to 15 digits of which 11 are right in table 2
        ("yoshida6c", "f", ["1.44778256239930", "-2.14403531630539", "0.001528862284249"]),
        ("yoshida8d", "f", ["0.91484424623", "0.25369333657", "-1.44485223686", "-0.15824063537"]),
        # McLachlan 1995: 0.1931833275037836; Takaishi, de Forcrand, Phys. Rev. E 73 (2006) 036706
        ("mclachlan2", "f", ["0.1931833275037836", "0.6136333449924328"]),
    ],
)
def test_weights_are_the_printed_ones(name, field, weights):
    found = [x for letter, x in substeps(get(name)) if letter == field]
    for x, printed in zip(found, weights, strict=False):
        assert abs(x - Fraction(printed)) <= Fraction(1, 10 ** len(printed.partition(".")[2]))


# ---- general linear


def untransformed(scheme):
    """A, U, B, V in Butcher's states y_1, y_2, … of a scheme whose states are y_1 and differences y_i - y_1."""
    r = range(len(scheme.V))
    to = [[Fraction(i == j) - (j == 0 < i) for j in r] for i in r]
    back = [[Fraction(i == j) + (j == 0 < i) for j in r] for i in r]
    return (
        scheme.A,
        multiplied(scheme.U, to),
        multiplied(back, scheme.B),
        multiplied(multiplied(back, scheme.V), to),
    )


def multiplied(X, Y):
    return tuple(
        tuple(sum(x * y for x, y in zip(row, column, strict=True)) for column in zip(*Y, strict=True)) for row in X
    )


def F(*rows):
    return tuple(tuple(map(Fraction, row.split())) for row in rows)


def test_dimsims_are_the_printed_ones():
    # Butcher, Appl. Numer. Math. 11 (1993) 347–363; Butcher, Acta Numerica 15 (2006), section 5: types 1 and 3
    one, three = F("1 0", "0 1"), F("-3/4 7/4", "-3/4 7/4")
    assert untransformed(get("dimsim2")) == (F("0 0", "2 0"), one, F("5/4 1/4", "3/4 -1/4"), F("1/2 1/2", "1/2 1/2"))
    assert untransformed(get("dimsim2_parallel")) == (F("0 0", "0 0"), one, F("-3/8 -3/8", "-7/8 9/8"), three)


@pytest.mark.parametrize("name", ["dimsim2", "dimsim2_parallel", "dimsim2_implicit", "dimsim2_parallel_implicit"])
def test_dimsims_have_a_high_stage_order(name):
    # Butcher 1993: e^{cz} = z A e^{cz} + U w(z) and e^z w = z B e^{cz} + V w, c = (0, 1), to z²
    A, U, B, V = untransformed(get(name))
    c, slack = (0, 1), 100 * get(name).tolerance
    w = [[1, 0, 0] for _ in c]
    for i, row in enumerate(A):
        w[i] = [Fraction(1), c[i] - sum(row), Fraction(c[i] ** 2, 2) - sum(a * x for a, x in zip(row, c, strict=True))]
    for i, row in enumerate(B):
        shifted = [w[i][0], w[i][1] + w[i][0], w[i][2] + w[i][1] + w[i][0] / 2]
        kept = [sum(v * w[j][n] for j, v in enumerate(V[i])) for n in range(3)]
        assert abs(shifted[1] - kept[1] - sum(row)) <= slack
        assert abs(shifted[2] - kept[2] - sum(b * x for b, x in zip(row, c, strict=True))) <= slack
    assert all(abs(u - (i == j)) == 0 for i, row in enumerate(U) for j, u in enumerate(row))


@pytest.mark.parametrize(
    ("name", "exponential"), [("dimsim2", ["1", "1", "1/2"]), ("dimsim3", ["1", "1", "1/2", "1/6"])]
)
def test_explicit_dimsims_have_the_stability_of_runge_kutta(name, exponential):
    # det(w I - M(z)) = w^(r-1) (w - R(z)): the trace is R, and all principal minors beyond vanish
    M, z = stability_matrix(get(name)), symbol("z")
    r = len(M)
    assert sum(M[i][i] for i in range(r)) == sum(Fraction(c) * z**n for n, c in enumerate(exponential))
    assert sum(M[i][i] * M[j][j] - M[i][j] * M[j][i] for i in range(r) for j in range(i)) == 0


def test_the_implicit_dimsim_has_the_stability_of_an_l_stable_scheme():
    # R(z) = (1 + (1 - 2λ) z)/(1 - λz)², λ = A_11: Alexander's scheme of two stages, and a root 0
    s = get("dimsim2_implicit")
    M, lam = stability_matrix(s), s.A[0][0]
    for z in (Fraction(-1), Fraction(-7, 2), Fraction(1, 3)):
        (a, b), (c, d) = ((x(z=z) if isinstance(x, RationalFunction) else x for x in row) for row in M)
        assert abs(a + d - (1 + (1 - 2 * lam) * z) / (1 - lam * z) ** 2) < 100 * s.tolerance > abs(a * d - b * c)


@pytest.mark.parametrize("name", ["g_symplectic_p", "g_symplectic_n"])
def test_g_symplectic_schemes_keep_quadratic_invariants(name):
    # Butcher, Hewitt 2009: G = Vᵀ G V, D U = Bᵀ G V, D A + Aᵀ D = Bᵀ G B with D = ½ I, G = diag(1, g)
    s = get(name)
    g = -s.U[0][1]
    G = ((1, 0), (0, g))
    transposed = tuple(zip(*s.B, strict=True))
    assert multiplied(multiplied(tuple(zip(*s.V, strict=True)), G), s.V) == G
    left = [x / 2 for row in s.U for x in row] + [(s.A[i][j] + s.A[j][i]) / 2 for i in (0, 1) for j in (0, 1)]
    right = [
        x for m in (multiplied(multiplied(transposed, G), s.V), multiplied(multiplied(transposed, G), s.B))
        for row in m for x in row
    ]  # fmt: skip
    assert max(abs(x - y) for x, y in zip(left, right, strict=True)) < 10 * s.tolerance
    assert min(root.value for root in zero_stability(s).roots) == -1


@pytest.mark.parametrize(
    ("name", "angle"),
    # Hairer, Wanner, Solving ODEs II, V.3, A(α) of Cash's extended and modified extended BDF
    [("ebdf3", 90), ("ebdf4", 90), ("ebdf5", 87.61), ("mebdf3", 90), ("mebdf4", 90), ("mebdf5", 88.36)],
)
def test_extended_bdf_have_the_printed_angles(name, angle):
    assert a_alpha(get(name)) == pytest.approx(angle, abs=0.006) and a_stable(get(name)) is (angle == 90)


@pytest.mark.parametrize("name", ["pseudo_rk3", "dimsim2", "dimsim3", "dimsim2_implicit", "ark4", "peer2", "peer3"])
def test_parasitic_roots_are_zero(name):
    verdict = zero_stability(get(name))
    assert verdict.strictly_stable and {root.value for root in verdict.roots} == {0, 1}


def test_filters_of_the_leapfrog():
    asselin, williams = entry("leapfrog_asselin").usual, entry("leapfrog_williams").usual  # for every nu and alpha
    assert williams.at(alpha=1).table == asselin.table
    assert order(williams.at(alpha="1/2")) == 2 > order(williams) == order(asselin)
    assert asselin.at(nu=0).V == get("leapfrog").V and asselin.at(nu=0).B == get("leapfrog").B


def test_hybrid_coefficients_are_the_printed_ones():
    # Butcher 1965; Hairer, Nørsett, Wanner, Solving ODEs I, III.8: ŷ_n = 28/5 y - 23/5 y + h (32/15 f - 4 f - 26/15 f)
    s = get("butcher_hybrid5")
    assert (
        s.U[2] == F("28/5 -23/5 -26/15")[0] and s.A[2][:2] == F("-4 32/15")[0] and s.V[0] == F("32/31 -1/31 -1/93")[0]
    )
    assert s.B[0] == F("12/93 64/93 15/93")[0]


# ---- splittings of one state


class Words(dict):
    """A polynomial in non-commuting letters, {word: coefficient}."""

    def __add__(self, other):
        return Words({w: self.get(w, 0) + other.get(w, 0) for w in {**self, **other}})

    def __rmul__(self, c):
        return Words({w: c * x for w, x in self.items()})


def prefixed(letter):
    """The linear field of this letter."""
    return lambda words: Words({letter + word: c for word, c in words.items()})


def substeps_of_linear_fields(substeps, degree):
    """exp(x letter) of each substep in turn, cut after this degree."""
    total = Words({"": Fraction(1)})
    for letter, x in substeps:
        term = total
        for n in range(1, degree + 1):
            term = Fraction(x) / n * prefixed(letter)(term)
            total = total + term
    return total


@pytest.mark.parametrize(
    ("name", "p", "orders"),
    [
        ("lie", 1, [[("f", 1), ("g", 1)]]),
        ("macaron", 1, [[("f", "1/2"), ("g", 1), ("f", "1/2")]]),
        ("strang", 2, [[("f", "1/2"), ("g", 1), ("f", "1/2")]]),
        ("strang_parallel", 2, [[("f", 1), ("g", 1)], [("g", 1), ("f", 1)]]),
    ],
)
def test_splittings_are_the_products_of_their_substeps(name, p, orders):
    scheme = get(name)
    (found,) = step(scheme, {letter: prefixed(letter) for letter in "fg"}, (Words({"": Fraction(1)}),))
    mean = Words()
    for substeps in orders:
        mean = mean + Fraction(1, len(orders)) * substeps_of_linear_fields(substeps, p)
    assert found == mean and order(scheme) == p
