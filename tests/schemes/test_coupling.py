"""Two copies of a state that step by turns, against the formula as it is printed."""

from fractions import Fraction

import pytest

from schemes import SchemeError, get, step
from schemes.coupling import coupled

F = Fraction


@pytest.mark.parametrize("name", ["euler", "heun2", "rk4_classic", "polynet_poly2", "polynet_mpoly2"])
def test_the_formula(name):
    """McCallum, Foster 2024, (4)-(5), also where a field is applied to a slope."""
    scheme, part, u, z = get(name), F(9, 10), F(1, 3), F(1, 2)

    def added(u, h):
        fields = {field: (lambda x, i=i: h * (x * x - i)) for i, field in enumerate(scheme.fields, 2)}
        return step(scheme, fields, (u,))[0] - u

    def f(i):
        return lambda x: x * x - i

    nexts = part * u + (1 - part) * z + added(z, 1)
    fields = {field: f(i) for i, field in enumerate(scheme.fields, 2)}
    assert step(coupled(scheme, part), fields, (u, z - u)) == (nexts, z - added(nexts, -1) - nexts)


@pytest.mark.parametrize("coupling", [0, -1, 2])
def test_a_coupling_that_forgets_or_diverges(coupling):
    with pytest.raises(SchemeError, match="between 0 and 1"):
        coupled(get("heun2"), coupling)
