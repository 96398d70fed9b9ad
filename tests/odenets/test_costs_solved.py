"""What is said of the costs of steps that are solved."""

import pytest
from torch import nn

from odenets.cli.facts import advised, evaluations, live, steps_of
from odenets.costs import multiply_adds
from odenets.equilibrium import Solver
from odenets.network import build
from odenets.wiring import wire
from schemes import get


@pytest.mark.parametrize(
    ("name", "phrase", "at_once"),
    [
        ("backward_euler", "1, solved", "1 stage"),
        ("gauss", "2, solved together", "2 stages"),
        ("trapezoid", "2, 1 of them solved", "1 stage"),
        ("sdirk2", "2, solved one after the other", "1 stage"),
        ("trbdf2", "3, 2 of them solved one after the other", "1 stage"),
        ("ars222", "2 of f, 2 of g, 2 of them solved one after the other", "1 stage"),
        ("lobatto_iiia", "3, 2 of them solved together", "2 stages"),
    ],
)
def test_how_stages_are_solved_is_said(name, phrase, at_once):
    assert evaluations(get(name)) == phrase
    assert live(get(name)) == f"those of the solver, which keeps iterates of {at_once} at a time"


def test_explicit_steps_are_counted_alone():
    assert evaluations(get("heun2")) == "2" and live(get("heun2")) == "2"


@pytest.mark.parametrize(
    ("name", "explicit", "solved"), [("backward_euler", 0, 1), ("trapezoid", 1, 1), ("gauss", 0, 2)]
)
def test_multiply_adds_are_those_of_a_first_and_a_last_evaluation(name, explicit, solved):
    step = wire(get(name), nn.Linear(4, 4), solver=Solver())
    assert multiply_adds(step, (1, 4)) == (explicit + 2 * solved) * 4 * 4


def test_the_solver_is_a_fact_of_networks_that_have_one():
    small = {"layers": (2,), "widths": (4,)}
    found = build(scheme="gauss", solver="newton", solving={"tolerance": 1e-3}, **small)
    fact = advised(found, steps_of(found))["solver"]
    assert fact.startswith("newton to 0.001, with at most 100 evaluations")
    plain = build(scheme="heun2", **small)
    assert "solver" not in advised(plain, steps_of(plain))
