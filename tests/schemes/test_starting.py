"""The first steps: history fills by the start scheme, states start from q, a stage is entered across shapes."""

from fractions import Fraction

import pytest

from schemes import Scheme, SchemeError, components, crossing, formula, get, initial, names, starter, step


def field(y):
    return y * y / 3 - y + 1


def other(y):
    return 2 - y * y / 5


F = {"f": field, "g": other, "f1": field, "f2": other, "one": lambda y: y * 0 + 1}


def fixed(name):
    s = get(name)
    return s.at(**{p.name: Fraction(i + 1, 7) for i, p in enumerate(s.coefficients)})


def test_four_step_adams_bashforth_starts_by_euler_and_then_reads_its_own_history():
    s, states = get("ab4"), initial(get("ab4"), Fraction(1, 2))
    assert states == (Fraction(1, 2), 0, 0, 0)
    u, slopes = Fraction(1, 2), []
    for n in range(5):
        slopes.append(field(u))
        beta = (Fraction(55, 24), Fraction(-59, 24), Fraction(37, 24), Fraction(-9, 24))
        u += slopes[-1] if n < 3 else sum(b * F for b, F in zip(beta, reversed(slopes), strict=False))
        states = step(starter(s, n), field, states)
        assert states[0] == u and states[1:] == (*reversed(slopes[-3:]), *[0] * (3 - len(slopes)))[:3]


def test_full_history_starts_by_one_step_less_with_the_same_weights():
    s = fixed("full_history")
    k1, k2 = s.V[0][1:]
    history = [Fraction(1, 2)]
    states = initial(s, history[0])
    assert states == (Fraction(1, 2),) * 3
    for n in range(4):
        weights = ([1], [1 - k1, k1], [1 - k1 - k2, k1, k2])[min(n, 2)]
        history.insert(0, field(history[0]) + sum(w * u for w, u in zip(weights, history, strict=False)))
        states = step(starter(s, n), field, states)
        assert states[0] == history[0] and states[1] == history[1]


@pytest.mark.parametrize("name", names(explicit=True))
def test_no_learned_coefficient_of_the_history_at_the_first_step(name):
    s = get(name)
    if s.history and s.role("learned"):
        assert not starter(s, 0).role("learned") and starter(s, 0).states == s.states
    assert starter(s, s.history) is s and starter(s, s.history + 7) is s
    assert not any(p.kind == "learned" for p in crossing(s).coefficients) or s.history == 0


@pytest.mark.parametrize("name", names(explicit=True))
def test_a_constant_solution_stays_constant_from_the_start(name):
    s = fixed(name)
    states = initial(s, *[Fraction(3, 7)] * len(components(s)))
    for n in range(6):
        states = step(starter(s, n), lambda y: y * 0, states)
        assert states == initial(s, *[Fraction(3, 7)] * len(components(s)))


@pytest.mark.parametrize("name", names(explicit=True))
def test_crossing_reads_the_incoming_state_and_adds_to_the_projected_one(name):
    s = fixed(name)
    table = crossing(s)
    projected, w = Fraction(1, 3), Fraction(2, 5)
    single = len(components(s)) == 1 and s.stages == 1
    states = initial(s, projected) if table.states[:-1] == s.states else (projected,)
    after = step(table, F, (*states, w))
    assert after[-1] == w and len(after) == len(states) + 1
    if single:
        weight = starter(s, 0).B[0][0]
        assert after[0] == projected + weight * field(w)
    else:
        same_point = all(x == 0 for row in s.A for x in row)
        assert same_point or after[0] == projected + F[table.fields[0]](w)  # Euler crosses


def test_components_are_what_starts_from_a_value():
    assert components(get("revnet")) == ("x", "y") and components(get("momentum")) == ("u",)
    assert components(get("lm2")) == components(get("ab4")) == ("u",)
    assert initial(get("momentum"), Fraction(5)) == (5, 0) and initial(get("revnet"), 1, 2) == (1, 2)


def test_several_components_enter_a_stage_by_euler():
    jacobi = formula(
        "jacobi", lambda f, g, x, y: (x + f(y), y + g(x)), fields=("f", "g"), states=("x[n]", "y[n]")
    )  # fmt: skip
    for s in (jacobi, get("revnet")):
        assert crossing(s).states == ("u[n]", "w[n]")


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda: components(Scheme("grows", [[0]], [[1]], [[1]], [[2]])), "grows moves even where the field is 0"),
        (lambda: initial(Scheme("grows", [[0]], [[1]], [[1]], [[2]]), 1), "has no start"),
    ],
)
def test_a_scheme_that_cannot_start_is_refused(run, message):
    with pytest.raises(SchemeError) as error:
        run()
    assert message in str(error.value)


def test_momentum_is_the_consistent_two_step_scheme_with_k_minus_gamma():
    gamma = Fraction(9, 10)
    velocity, two_step = get("momentum", gamma=gamma), get("lm2_consistent", k=-gamma)
    a, b = initial(velocity, Fraction(1, 2)), initial(two_step, Fraction(1, 2))
    for _ in range(5):
        a, b = step(velocity, field, a), step(two_step, field, b)
        assert a[0] == b[0] and a[1] == b[0] - b[1]
