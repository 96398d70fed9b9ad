"""A step undone, and the step that carries gradients back: laws of inverse and transposed.

States are numbers modulo a prime: exact as fractions are, and of one size, so that nonlinear fields may follow one
another for dozens of stages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from schemes import Scheme, SchemeError, adjoint, get, inverse, names, rescale, step, transposed
from schemes.interpreter import combine
from tests.sample import SAMPLE
from tests.strategies import general_linears, multisteps, parametric_schemes, runge_kuttas, schemes

PRIME = 2**61 - 1
F = Fraction


@dataclass(frozen=True)
class Residue:
    """A number modulo PRIME, with what `step` asks of a number."""

    value: int

    def __add__(self, other: Residue) -> Residue:
        return Residue((self.value + other.value) % PRIME)

    def __rmul__(self, c: Fraction | int) -> Residue:
        c = F(c)
        return Residue(c.numerator * pow(c.denominator, -1, PRIME) * self.value % PRIME)


def field(name: str):
    """A polynomial of degree 2; each name has its own."""
    a, b, c = (1 + ord(name[0]) * n for n in (17, 101, 1009))

    def f(y):
        y = y.value if isinstance(y, Residue) else y  # a sum without terms is 0
        return Residue((a + b * y + c * y * y) % PRIME)

    return f


def fields(scheme: Scheme):
    return [field(name) for name in scheme.fields]


def states(scheme: Scheme) -> tuple[Residue, ...]:
    return tuple(Residue(7**n % PRIME) for n in range(1, len(scheme.states) + 1))


def fixed(scheme: Scheme) -> Scheme:
    """The scheme with -2/3 for each of its parameters."""
    return scheme.at(**{p.name: F(-2, 3) for p in scheme.parameters})


def reordered(scheme: Scheme, order) -> Scheme:
    A, U = (tuple(rows[i] for i in order) for rows in (scheme.A, scheme.U))
    A, B = (tuple(tuple(row[j] for j in order) for row in rows) for rows in (A, scheme.B))
    return replace(scheme, A=A, U=U, B=B, fields=tuple(scheme.fields[i] for i in order), embedded=None)


def explicit_order(scheme: Scheme) -> list[int] | None:
    """An order in which each stage needs only those before it."""
    needs = {i: [j for j, x in enumerate(row) if x != 0] for i, row in enumerate(scheme.A)}
    try:
        return list(TopologicalSorter(needs).static_order())
    except CycleError:
        return None


def invertible(scheme: Scheme) -> bool:
    try:
        return bool(inverse(scheme))
    except SchemeError:
        return False


def undone_explicitly(name: str) -> bool:
    scheme = fixed(get(name))
    return scheme.explicit and invertible(scheme) and explicit_order(inverse(scheme)) is not None


REVERSIBLE = [name for name in names() if undone_explicitly(name)]
RANDOM = st.one_of(schemes(), schemes(explicit=False), parametric_schemes()).filter(invertible)


# ---- inverse ------------------------------


def test_which_entries_are_undone_explicitly():
    assert {"revnet", "symplectic_euler", "stormer_verlet", "leapfrog", "momentum", "lm2", "forest_ruth"} <= set(
        REVERSIBLE
    )
    assert not {"euler", "rk4_classic", "ab2", "heun2"} & set(REVERSIBLE)


@pytest.mark.parametrize(
    "name", [name if name in SAMPLE else pytest.param(name, marks=pytest.mark.slow) for name in REVERSIBLE]
)
def test_a_step_and_its_inverse_are_the_identity(name):
    scheme = fixed(get(name))
    back = inverse(scheme)
    back = reordered(back, explicit_order(back))
    first = states(scheme)
    assert step(back, fields(back), step(scheme, fields(scheme), first)) == first
    assert step(scheme, fields(scheme), step(back, fields(back), first)) == first


@given(st.one_of(runge_kuttas(), multisteps(), general_linears()).filter(invertible))
def test_the_increments_of_a_step_solve_its_inverse(scheme):
    """Also where no order makes that explicit: its stages are at the points of the step, with the same increments."""
    first, evaluate = states(scheme), fields(scheme)
    points, increments = [], []
    for f, U, A in zip(evaluate, scheme.U, scheme.A, strict=True):
        points.append(combine([*zip(U, first, strict=True), *zip(A, increments, strict=False)]))
        increments.append(f(points[-1]))
    nexts = step(scheme, evaluate, first)
    back = inverse(scheme)

    def rows(over_states, over_stages):
        pairs = zip(over_states, over_stages, strict=True)
        return [combine([*zip(u, nexts, strict=True), *zip(a, increments, strict=True)]) for u, a in pairs]

    zero = Residue(0)
    assert [x or zero for x in rows(back.U, back.A)] == [x or zero for x in points]
    assert rows(back.V, back.B) == list(first)


@given(RANDOM)
def test_the_inverse_of_the_inverse_is_the_scheme(scheme):
    assert inverse(inverse(scheme)).table == scheme.table


@given(RANDOM)
def test_the_inverse_is_the_adjoint_with_minus_h(scheme):
    assert inverse(scheme).table == rescale(adjoint(scheme), -1).table


def test_what_forgets_a_state_has_no_inverse():
    with pytest.raises(SchemeError, match="ab2 cannot be undone: V is singular"):
        inverse(get("ab2"))
    with pytest.raises(SchemeError, match="V is singular"):
        inverse(get("lm2", k=0))


def test_inverse_of_the_additive_coupling():
    """Gomez, Ren, Urtasun, Grosse 2017 (RevNet), equation 9: x2 = y2 - G(y1), x1 = y1 - F(x2)."""
    back = inverse(get("revnet"))
    back = reordered(back, explicit_order(back))
    x, y = Residue(3), Residue(5)
    f, g = field("f"), field("g")
    x2 = y + -1 * g(x)
    assert step(back, {"f": f, "g": g}, (x, y)) == (x + -1 * f(x2), x2)


# ---- transposed ------------------------------


@given(st.one_of(schemes(), schemes(explicit=False), parametric_schemes()))
def test_transposed_twice_is_the_scheme(scheme):
    assert transposed(transposed(scheme)).table == scheme.table


@given(RANDOM)
def test_transposed_and_inverse_commute_but_for_the_sign_of_increments(scheme):
    def minus(rows):
        return tuple(tuple(-x for x in row) for row in rows)

    one, other = inverse(transposed(scheme)), transposed(inverse(scheme))
    assert (one.A, minus(one.U), minus(one.B), one.V) == (other.A, other.U, other.B, other.V)


@given(schemes(), st.integers(0, 2**20))
def test_the_transposed_step_carries_gradients(scheme, seed):
    """Against torch's own backward pass through `step`, a nonlinear field for each stage."""
    generator = torch.Generator().manual_seed(seed)

    def tensor(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    h, weights = 0.25, tensor(scheme.stages, 3, 3) / 8
    seen = []

    def evaluate(i):
        def f(Y):
            Y = Y if isinstance(Y, torch.Tensor) else torch.zeros(2, 3, dtype=torch.float64)
            seen.append((Y, torch.tanh(Y @ weights[i])))
            return seen[-1][1]

        return f

    first = tuple(tensor(2, 3).requires_grad_() for _ in scheme.states)
    nexts = step(scheme, [evaluate(i) for i in range(scheme.stages)], first, h)
    nexts = tuple(x + 0 * sum(first) for x in nexts)  # also a state that the table makes 0 has a gradient
    grads = tuple(tensor(2, 3) for _ in scheme.states)
    true = torch.autograd.grad(nexts, first, grads)

    def pull(i):
        Y = seen[i][0].detach().requires_grad_()
        graph = torch.tanh(Y @ weights[i])
        return lambda g: torch.autograd.grad(graph, Y, g if isinstance(g, torch.Tensor) else torch.zeros_like(Y))[0]

    order = range(scheme.stages)[::-1]
    back = reordered(transposed(scheme), order)
    found = step(back, [pull(i) for i in order], grads, h)
    for a, b in zip(found, true, strict=True):
        torch.testing.assert_close(a if isinstance(a, torch.Tensor) else torch.zeros_like(b), b, rtol=1e-12, atol=1e-12)
