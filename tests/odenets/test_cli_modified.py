"""`odenets modified`: text, LaTeX, JSON and a picture of the same series."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import analysis
import schemes
from analysis.exchange import read_series
from tests.odenets.test_cli import Terminal, answer, run
from tests.sample import has_b_series, over

__all__ = ["run"]  # the fixture


def test_the_papers_scheme(run: Terminal) -> None:
    out, err, status = run("modified lm2 --order 3")
    assert (err, status) == ("", 0)
    assert out.splitlines() == [
        "the modified equation: its exact solution passes through the steps of lm2",
        "",
        "u' = 1/(k + 1) f",
        "     + h (k - 1)/(2*(k + 1)^3) f'f",
        "     + h^2 [(k^2 - 10*k + 1)/(12*(k + 1)^5) f''(f, f) + (k^2 - 4*k + 1)/(3*(k + 1)^5) f'f'f]",
        "     + O(h^3)",
    ]


def test_a_parameter_is_fixed_or_stays_a_symbol(run: Terminal) -> None:
    out, _, _ = run("modified lm2 --set k=-1/2 --order 2")
    assert out.endswith("the steps of lm2, k = -1/2\n\nu' = 2 f - h 6 f'f + O(h^2)\n")


@pytest.mark.parametrize("name", ["lm2", "dopri5", "revnet", "shake_shake"])
def test_json_is_the_series(run: Terminal, name: str) -> None:
    scheme = schemes.get(name)
    assert read_series(answer(run, f"modified {name} --order 3 --json")) == analysis.modified_equation(scheme, 3)
    assert read_series(answer(run, f"modified {name} --order 3 --map --json")) == analysis.bseries(scheme, 3)


def test_latex_is_an_environment_that_says_what_it_needs(run: Terminal) -> None:
    out, _, _ = run("modified lm2 --order 4 --latex")
    lines = out.splitlines()
    assert lines[1].startswith("% needs \\usepackage{amsmath}")
    assert (lines[2], lines[-1]) == ("\\begin{align*}", "\\end{align*}")
    assert all("&" in line for line in lines[3:-1]) and all(line.endswith("\\\\") for line in lines[3:-2])
    assert not lines[-2].endswith("\\\\")  # an empty row would be set


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_trees_are_drawn(run: Terminal, tmp_path: Path, suffix: str) -> None:
    out, _, status = run(f"modified revnet --order 3 --trees trees.{suffix} --json")
    assert status == 0 and json.loads(out)["order"] == 3
    assert (tmp_path / f"trees.{suffix}").stat().st_size > 1000


@pytest.mark.parametrize("name", over())
def test_every_entry_answers_or_says_why_not(run: Terminal, name: str) -> None:
    out, err, status = run(f"modified {name} --order 2")
    if not has_b_series(schemes.get(name)):
        assert (out, status) == ("", 2) and len(err.splitlines()) == 1
        assert ("no B-series; on u' = λu" if schemes.get(name).operator else "multiple principal root") in err
    else:
        assert status == 0 and f"O(h^{max(2, analysis.order(schemes.get(name)))})" in out


@pytest.mark.skipif("modifying_integrator" not in analysis.__all__, reason="analysis has no modifying integrator yet")
def test_the_modifying_integrator(run: Terminal) -> None:
    """Of Euler's method f + h/2 f'f + …: the sign of its modified equation is turned (Hairer, Lubich, Wanner, IX.1)."""
    out, _, _ = run("modified euler --order 2 --modifying")
    assert out.endswith("\n\nu' = f + h 1/2 f'f + O(h^2)\n")


def test_the_step_itself(run: Terminal) -> None:
    out, _, _ = run("modified heun2 --order 2 --map")
    assert out == "the B-series of one step of heun2\n\nu[n+1] = u[n] + h f + h^2 1/2 f'f + O(h^3)\n"
    out, _, status = run("modified lm2 --set k=2 --order 2 --map")  # formal where it is not zero-stable
    assert status == 0 and out.startswith("the B-series of the one-step map below lm2, k = 2")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("lm2 --set k=2", "not zero-stable: a characteristic root of modulus 2 grows"),
        ("lm2 --set k=2", "--map still gives the formal series"),
        ("lm2 --set k=learned(0,channel)", "k is a coefficient a channel, which does not commute with f'"),
        ("lm2 --order 2.5", "--order 2.5: an order is a whole number"),
        ("full_history --set k9=1", "full_history has no parameter 'k9'"),
    ],
)
def test_what_has_no_series_is_said(run: Terminal, arguments: str, sentence: str) -> None:
    out, err, status = run(f"modified {arguments}")
    assert out == "" and status != 0 and sentence in " ".join(err.split())


def test_a_coefficient_that_the_entry_makes_itself_is_fixed(run: Terminal) -> None:
    out, _, _ = run("modified full_history --set k1=1/3 --set k2=0 --order 1")
    assert out.endswith("k1 = 1/3, k2 = 0\n\nu' = 3/4 f + O(h)\n")


@pytest.mark.parametrize("option", ["", "--latex", "--json"])
def test_random_coefficients_stand_at_their_means(run: Terminal, option: str) -> None:
    for name, random in (("stochastic_depth", True), ("euler", False)):
        out, _, _ = run(f"modified {name} --order 2 {option}")
        assert ("random coefficients at their means" in out) == random
