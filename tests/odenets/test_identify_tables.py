"""Round trips: a scheme is wired, its table forgotten, and read off the network again."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from odenets import build, wire
from odenets.identification import identify
from odenets.identification.numerals import exact
from odenets.identification.recognition import markov, matches
from schemes import Scheme, get
from schemes.linear import product, solve
from schemes.rewriting import without_idle
from tests.strategies import general_linears, multisteps, runge_kuttas


class Forgotten(nn.Module):
    """Steps of a scheme from states that have nothing in common; what the scheme is called is not known here."""

    def __init__(self, scheme: Scheme, depth: int = 6) -> None:
        super().__init__()
        self.starts = nn.ModuleList(nn.Linear(2, 3) for _ in scheme.states)
        self.steps = nn.ModuleList(wire(scheme, blocks(scheme)) for _ in range(depth))

    def forward(self, x):
        states = tuple(start(x) for start in self.starts)
        for step in self.steps:
            states = step(*states)
            states = states if isinstance(states, tuple) else (states,)
        return states


def blocks(scheme: Scheme) -> dict[str, nn.Module]:
    """A block for each field, of another kind each."""
    kinds = zip(dict.fromkeys(scheme.fields), (nn.Tanh, nn.Sigmoid), strict=False)
    return {name: nn.Sequential(nn.Linear(3, 3), kind()) for name, kind in kinds}


def same_method(first: Scheme, second: Scheme) -> bool:
    """Whether two tables answer alike to what their blocks give, in any basis of their states."""
    depth = len(first.V) + len(second.V)
    return markov(first, depth) == markov(second, depth)


@settings(max_examples=12, deadline=None)
@given(st.one_of(runge_kuttas(), multisteps(), general_linears()))
def test_a_random_table_is_found_again(scheme: Scheme) -> None:
    scheme = without_idle(scheme)
    assume(scheme.stages)
    found = identify(Forgotten(scheme))
    # else its step is two steps of a shorter one, or the same chain cut between other evaluations
    assume(found.steps[0].scheme.stages == scheme.stages and not found.starts)
    assert same_method(found.steps[0].scheme, scheme)


@pytest.mark.parametrize(
    "name", ["midpoint", "kutta3", "rk4_38", "ab4", "lm2", "zerosnet", "revnet", "macaron", "tsrk3", "pefrl", "ssprk33"]
)
def test_a_registered_scheme_is_found_by_its_name(name: str) -> None:
    found = identify(Forgotten(get(name), 8))
    assert name in (found.name, *found.also)


@pytest.mark.parametrize("model", ["lm_resnet20", "momentum_resnet20", "rk4_resnet20_stages", "revnet38"])
def test_a_model_of_odenets_is_found(model: str) -> None:
    net = build(model, layers=(5, 4, 4), widths=(4, 8, 12))
    found = identify(net)
    asked = net.schemes()[-1].name
    assert asked in (found.name, *found.also)
    known = {name: value.item() for *_, name, value in net.values()}
    assert not known or float(found.values["k"][-1]) == pytest.approx(known["k"], rel=1e-6)


@pytest.mark.parametrize("memory", [{"reversible": True}, {"checkpoint": 2}])
def test_what_saves_memory_changes_no_scheme(memory: dict[str, Any]) -> None:
    found = identify(build("revnet38", layers=(3, 3, 3), widths=(8, 16, 32), **memory))
    assert found.name == "revnet"


def test_the_emitted_source_of_a_model_is_found() -> None:
    emission = pytest.importorskip("odenets.emission", reason="no source is emitted here")
    scope: dict[str, Any] = {"__name__": "emitted"}
    exec(emission.emit(build("momentum_resnet20", layers=(5, 4, 4), widths=(4, 8, 12))), scope)
    found = identify(scope["Network"]())
    assert "momentum" in (found.name, *found.also) and found.values["k"][0] == Fraction(-9, 10)


def test_another_basis_of_the_states_is_the_same_method() -> None:
    scheme = get("lm2", k=Fraction(-1, 3))
    T = ((Fraction(2), Fraction(1)), (Fraction(1), Fraction(1)))
    inverse = solve(T, [[1, 0], [0, 1]])
    assert inverse is not None
    V, U = product(product(T, scheme.V), inverse), product(scheme.U, inverse)
    other = Scheme("other", scheme.A, U, product(T, scheme.B), V, states=("u[n]", "v[n]"))
    assert same_method(other, scheme) and matches(other, ("f",))[0].values == {"k": Fraction(-1, 3)}
    x_and_v = get("momentum", gamma=Fraction(1, 3))
    assert matches(x_and_v, ("f",))[0].name == "lm2_consistent"
    assert matches(x_and_v, ("f",))[0].values == {"k": Fraction(-1, 3)}


def test_a_changed_entry_is_another_method() -> None:
    scheme = get("rk4_classic")
    for m in ("A", "B", "V"):
        rows = [list(row) for row in getattr(scheme, m)]
        rows[-1][0] += Fraction(1, 7)
        changed = Scheme("changed", **{**{k: getattr(scheme, k) for k in "AUBV"}, m: tuple(map(tuple, rows))})
        assert all(match.name != "rk4_classic" for match in matches(changed, ("f",) * 4))


@given(st.fractions(max_denominator=500, min_value=-50, max_value=50))
def test_a_fraction_survives_the_float(x: Fraction) -> None:
    assert exact(float(x)) == x


@pytest.mark.parametrize(
    ("written", "number"),
    [(0.1, "1/10"), (0.1 / 6, "1/60"), (1 / 3, "1/3"), (5103 / 18656, "5103/18656"), (0.123456789012, None)],
)
def test_a_number_is_the_one_that_was_written(written: float, number: str | None) -> None:
    assert exact(written) == Fraction(number or repr(written))
    assert exact(torch.tensor(0.1)) == Fraction(1, 10) and exact(torch.tensor(1 / 3)) == Fraction(1, 3)
