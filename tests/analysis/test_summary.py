"""The summary of a scheme: every answer, or the reason why there is none, once."""

from __future__ import annotations

import json
import re

import pytest

from analysis import describe, describe_latex, facts, order
from schemes import Scheme, get, runge_kutta
from tests.sample import over_b_series


def test_the_papers_scheme_in_words() -> None:
    assert describe(get("lm2"), 2).splitlines()[8:] == [
        "   0 │       1       0",
        "",
        "order               1",
        "order on u' = λu    1",
        "effective order     1",
        "stage order         1",
        "effective step      1/(k + 1) h",
        "error constant      (1 - k)/(2*k + 2)",
        "principal error     lm2 has an error norm that depends on its parameters: fix them first, scheme.at(k=…)",
        "dissipation order   lm2 has free parameters: fix k first, scheme.at(k=…)",  # once
        "zero-stable         for k in (-1, 1]",
        "stability function  k*zeta - z*zeta + zeta^2 - k - zeta",
        "symplectic order    1",
        "symmetric order     1",
        "energy order        1",
        "undone              yes, explicitly, stage by stage, where det V = -k is not 0",
        "first same as last  no",
        "evaluations a step  1",
        "registers           2",
        "",
        "modified equation",
        "  u' = 1/(k + 1) f + h (k - 1)/(2*(k + 1)^3) f'f + O(h^2)",
        "",
        "one step in Python",
        "  def forward(self, u, u_prev):",
        "      k = self.k",
        "      return (1 - k) * u + k * u_prev + self.f(u), u",
        "",
        "source",
        "  Lu et al. 2018, (3)",
    ]


def test_numbers_are_exact_text_and_reasons_stand_apart() -> None:
    found = facts(get("heun2"), 3)
    assert found["A"] == [["0", "0"], ["1", "0"]]
    assert found["modified_equation"]["(1, 2, 2)"] == "1/6"  # 1/12 f''(f, f), times its symmetry 2
    assert found["unanswered"] == {}
    operator = facts(get("polynet_poly2"))
    assert operator["order"] is None and operator["linear_order"] == 1
    assert operator["modified_equation"] is None
    assert "no B-series" in operator["unanswered"]["modified_equation"]
    json.dumps([found, operator], allow_nan=False)


def test_an_implicit_scheme_has_its_tableau_and_no_source() -> None:
    backward = runge_kutta("backward", [[1]], [1], source="a test")
    text = describe(backward)
    assert "1 │ 1" in text
    assert "real interval       (-∞, 0] in h λ" in text
    assert "backward is implicit" in text
    assert r"\begin{array}" in describe_latex(backward)


def equation(scheme: Scheme, trees: int = 3) -> str:
    return describe(scheme, trees).split("modified equation\n")[1].split("\n\n")[0]


def test_the_modified_equation_is_told_to_its_leading_error() -> None:
    """RK4's error begins at h^4; a scheme of order 6 or more tells the power of h alone."""
    told = equation(get("rk4_classic"))
    assert told.startswith("  u' = f\n") and "+ h^4 [1/2880 f^(4)(f, f, f, f) + " in told and told.endswith("+ O(h^5)")
    assert equation(get("bdf", steps=6)) == "  u' = f + O(h^6)"
    assert equation(get("leapfrog"), 2) == "  u' = f + h^2 [-1/6 f''(f, f) - 1/6 f'f'f] + O(h^3)"
    assert equation(get("euler"), 1) == "  u' = f - h 1/2 f'f + O(h^2)"
    assert "+ O(h^{5})" in describe_latex(get("rk4_classic")) and "O(h^{6})" in describe_latex(get("bdf", steps=6))


@pytest.mark.parametrize("name", over_b_series())
def test_no_error_is_hidden_behind_a_remainder_that_is_too_large(name: str) -> None:
    """The first power of h with a term, or the remainder, is the order."""
    scheme = get(name)
    if order(scheme) > 1:
        powers = re.findall(r"h\^(\d+)", equation(scheme, 2))
        assert min(map(int, powers)) == order(scheme)
