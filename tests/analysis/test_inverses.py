"""Which step can be undone, and how."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

from analysis.inverses import in_a_row, reversal
from schemes import adams_moulton, bdf, get, initial, names, nystrom, step, symbol
from tests.strategies import schemes

F = Fraction


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("revnet", "explicit"),  # Gomez et al. 2017, (9)
        ("leapfrog", "explicit"),
        ("momentum", "explicit"),  # Sander et al. 2021, section 3.1
        ("lm2", "explicit"),
        ("euler", "implicit"),  # an i-ResNet: Behrmann et al. 2019
        ("rk4_classic", "implicit"),
        ("trapezoid", "implicit"),
        ("backward_euler", "explicit"),
        ("ab2", "no"),
        ("adams_moulton", "no"),
        ("milne_simpson", "implicit"),
    ],
)
def test_how_a_step_is_undone(name, how):
    assert reversal(get(name)).how == how


def test_on_what_it_depends():
    k = symbol("k")
    assert reversal(get("lm2")).determinant == -k and reversal(get("lm2", k=0)).how == "no"
    assert reversal(get("momentum")).determinant == F(9, 10) and reversal(get("momentum", gamma=0)).how == "no"
    assert reversal(adams_moulton(1)).how == "implicit" and reversal(bdf(3)).how == "explicit"
    assert reversal(nystrom(3)).how == "no" and reversal(nystrom(2)).how == "explicit"


EXPLICIT = [name for name in names(explicit=True) if reversal(get(name)).how == "explicit" and get(name).stages <= 12]


@pytest.mark.parametrize("name", EXPLICIT)
def test_the_step_back_returns_the_states(name):
    """Slope by slope in the order that `in_a_row` promises, with nonlinear fields, in exact arithmetic."""
    s = get(name)
    s = s.at(**{p.name: F(1, 3) for p in s.parameters if p.name in s.symbols})
    back = reversal(s).step
    assert back is not None
    start = tuple(F(i + 2, 3) for i in range(len(s.states)))
    bend = s.stages <= 7 and s.exact  # exact squares double their digits at each stage
    fields = {
        name: (lambda y, i=i: (y * y if bend else y) / (i + 3) + 1) for i, name in enumerate(dict.fromkeys(s.fields))
    }
    after = step(s, [fields[f] for f in s.fields], start)
    slopes: dict[int, Fraction] = {}
    while len(slopes) < back.stages:
        i = next(i for i in range(back.stages) if i not in slopes and reads(back.A[i]) <= slopes.keys())
        argument = sum(x * y for x, y in zip(back.U[i], after, strict=True))
        argument += sum(back.A[i][j] * slopes[j] for j in reads(back.A[i]))
        slopes[i] = -fields[back.fields[i]](argument)  # the adjoint is the step back for -h
    found = tuple(
        sum(x * y for x, y in zip(v, after, strict=True)) + sum(x * slopes[j] for j, x in enumerate(b))
        for v, b in zip(back.V, back.B, strict=True)
    )
    if s.exact:
        assert found == start
    assert all(abs(x - y) <= 100 * s.tolerance for x, y in zip(found, start, strict=True))


def reads(row):
    return {j for j, x in enumerate(row) if x != 0}


@given(schemes())
def test_every_scheme_has_an_answer(scheme):
    found = reversal(scheme)
    assert (found.how == "no") == (found.determinant == 0) == (found.step is None)
    assert found.how != "explicit" or in_a_row(found.step)


def test_a_forgetful_step_does_forget():
    """Two states that AB2 sends to the same states: so no rule can undo it."""
    s = get("ab2")
    first, second = (F(0), F(0)), (F(0), F(2))
    f = lambda y: F(0)  # noqa: E731
    assert initial(s, F(1)) == (1, 0)
    kernel = np.array([[float(x) for x in row] for row in s.V])
    assert np.linalg.matrix_rank(kernel) == 1 and step(s, f, first)[1] == step(s, f, second)[1]
