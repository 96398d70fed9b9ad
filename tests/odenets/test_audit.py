"""The audit of other libraries' solvers: known orders are confirmed, a planted error is refuted."""

from __future__ import annotations

import json
import re
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
import torch

import schemes
from analysis import bseries, probe
from odenets import audit as auditing
from odenets.audit import audit, of_schemes, of_torchdiffeq
from odenets.audit.findings import HEADER, Finding, judged, markdown
from odenets.errors import OdenetsError
from tests.odenets.terminal import typed
from tests.sample import over

diffrax_alone = pytest.mark.skipif(find_spec("diffrax") is None, reason="the extra `audit` is not installed")

# orders and orders of the embedded method: Prince, Dormand 1981 (8(7), 5(4)); Bogacki, Shampine 1989 (3(2));
# Fehlberg 1969 (1(2), stepped with the second order); Tsitouras 2011 (5(4)); Kværnø 2004; Kennedy, Carpenter 2003
TORCHDIFFEQ = {"dopri8": (8, 7), "dopri5": (5, 4), "bosh3": (3, 2), "fehlberg2": (2, 1), "adaptive_heun": (2, 1),
               "euler": (1, None), "midpoint": (2, None), "heun2": (2, None), "heun3": (3, None), "rk4": (4, None),
               "explicit_adams": (4, None), "implicit_adams": (5, None)}  # fmt: skip
DIFFRAX = {"Euler": (1, None), "Heun": (2, 1), "Bosh3": (3, 2), "Dopri5": (5, 4), "Tsit5": (5, 4), "Kvaerno3": (3, 2),
           "ImplicitEuler": (1, 2), "SemiImplicitEuler": (1, None), "KenCarp3": (3, 2)}  # fmt: skip


@pytest.fixture(scope="module")
def torchdiffeq() -> dict[str, Finding]:
    return {found.method: found for found in audit("torchdiffeq")}


@pytest.mark.parametrize("method", TORCHDIFFEQ)
def test_torchdiffeq_has_the_orders_of_the_literature(torchdiffeq: dict[str, Finding], method: str) -> None:
    found = torchdiffeq[method]
    assert (found.measured, found.embedded) == TORCHDIFFEQ[method]
    assert found.nodes == found.measured
    assert found.verdict == "confirmed"


def test_every_method_has_a_row_and_what_is_not_audited_has_a_reason(torchdiffeq: dict[str, Finding]) -> None:
    assert list(torchdiffeq) == list(import_module("torchdiffeq._impl.odeint").SOLVERS)
    assert [found.method for found in torchdiffeq.values() if found.verdict == "not audited"] == ["scipy_solver"]
    assert "SciPy" in torchdiffeq["scipy_solver"].reason


# torchdiffeq pairs dopri5 with Shampine's companion of order 4 (Math. Comp. 46 (1986) 135), not with Dormand–Prince's
SHAMPINE = ["1951/21600", 0, "22642/50085", "451/720", "-12231/42400", "649/6300", "1/60"]


@pytest.mark.parametrize(("name", "weights"), [("bosh3", schemes.get("bosh3").embedded), ("dopri5", SHAMPINE)])
def test_the_embedded_weights_are_those_of_the_pair(name: str, weights: list[str]) -> None:
    pair = schemes.get(name)
    exact = bseries(schemes.runge_kutta("embedded", pair.A, weights), 5)
    solver = of_torchdiffeq.Adaptive(name, stages=pair.stages)
    found = probe(solver.embedded, 5)
    assert found.weights == pytest.approx({key: float(a) for key, a in exact.items()}, abs=1e-13)


@diffrax_alone
@pytest.mark.parametrize("method", DIFFRAX)
def test_diffrax_has_the_orders_of_the_literature(method: str) -> None:
    from odenets.audit import of_diffrax

    with of_diffrax.double_precision():
        found = of_diffrax.finding(method, of_diffrax.solvers()[method], None)
    assert (found.measured, found.embedded) == DIFFRAX[method]
    assert found.nodes == found.measured
    assert found.verdict == "confirmed"


@diffrax_alone
def test_the_callers_precision_comes_back() -> None:
    import jax

    from odenets.audit import of_diffrax

    jax.config.update("jax_enable_x64", False)
    with pytest.raises(ZeroDivisionError), of_diffrax.double_precision():
        assert jax.config.jax_enable_x64
        raise ZeroDivisionError
    assert not jax.config.jax_enable_x64


@pytest.mark.parametrize("name", [name for name in over() if name != "feagin10"])  # 4766 trees: half a minute
def test_our_own_registry_has_the_orders_that_are_computed_exactly(name: str) -> None:
    from odenets.audit.of_schemes import finding

    s = schemes.get(name)
    row = finding(name, s, None)
    assert (row.verdict == "confirmed") == (
        s.explicit and len(s.states) == 1 and not s.operator and not s.mean().symbols
    ), row
    assert row.verdict in ("confirmed", "not audited"), row


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A registry of few entries, so that commands over all of it are short."""
    import odenets.audit.of_schemes

    names = ["euler", "dopri5", "lm2", "gauss", "polynet_poly2"]
    monkeypatch.setattr(odenets.audit.of_schemes, "names", lambda: names)
    return names


# ---- planted errors


def planted(monkeypatch: pytest.MonkeyPatch, name: str, **change: Any) -> Finding:
    """The finding of a torchdiffeq method with an altered tableau."""
    solver = of_torchdiffeq.solvers()[name]
    wrong = type("Wrong", (solver,), {"tableau": solver.tableau._replace(**change)})
    monkeypatch.setitem(import_module("torchdiffeq._impl.odeint").SOLVERS, "wrong", wrong)
    return of_torchdiffeq.finding("wrong", wrong, None)


def tableau(name: str) -> Any:
    return of_torchdiffeq.solvers()[name].tableau


def test_a_wrong_coefficient_in_torchdiffeq_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    beta = [row.clone() for row in tableau("dopri5").beta]
    beta[2][1] += 1e-6
    found = planted(monkeypatch, "dopri5", beta=beta)
    assert (found.verdict, found.claimed, found.measured) == ("refuted", 5, 1)
    assert found.reason == "claims order 5, has 1"


def test_a_wrong_node_in_torchdiffeq_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    found = planted(monkeypatch, "bosh3", alpha=torch.tensor([1 / 2, 2 / 3, 1.0], dtype=torch.float64))
    assert (found.verdict, found.measured, found.nodes) == ("refuted", 3, 1)
    assert "nodes" in found.reason


def test_a_step_that_is_not_one_step_is_no_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_torchdiffeq, "HUGE", 1e-3)  # the step is refused, and smaller ones follow
    found = next(found for found in audit("torchdiffeq", 6) if found.method == "dopri5")
    assert found.verdict == "not audited"
    assert "one step needs 7" in found.reason


@diffrax_alone
def test_a_wrong_tableau_and_a_wrong_claim_in_diffrax_are_refuted() -> None:
    import dataclasses

    import diffrax
    import numpy as np

    from odenets.audit import of_diffrax

    right = diffrax.Bosh3.tableau
    wrong = dataclasses.replace(right, a_lower=(np.array([0.5]), np.array([0.01, 0.74]), right.a_lower[2]))

    class Wrong(diffrax.Bosh3):  # type: ignore[misc]
        tableau = wrong

    class Boastful(diffrax.Bosh3):  # type: ignore[misc]
        def error_order(self, terms: Any) -> int:
            return 4

    with of_diffrax.double_precision():
        assert of_diffrax.measured("Wrong", Wrong()).reason.startswith("claims order 3, has 2")
        found = of_diffrax.measured("Boastful", Boastful())
    assert (found.verdict, found.reason) == ("refuted", "claims an error estimate of h^4, it is h^3")


def test_a_wrong_scheme_of_ours_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_schemes, "order", lambda scheme: 2)  # too little is wrong too
    found = of_schemes.finding("rk4_classic", schemes.get("rk4_classic"), 4)
    assert (found.verdict, found.reason) == ("refuted", "claims order 2, has 4")


# ---- verdicts and words


def test_a_verdict_holds_as_far_as_was_asked() -> None:
    found = judged(Finding("l", "m", claimed=5, measured=3, nodes=3, asked=3))
    assert (found.verdict, found.reason) == ("confirmed", "as far as order 3")
    assert found.cells[2:5] == ("5", "≥ 3", "≥ 3")
    assert judged(Finding("l", "m", claimed=5, measured=3, asked=6)).verdict == "refuted"
    assert judged(Finding("l", "m", claimed=3, measured=4, asked=4)).reason == "has more than it claims"


def test_the_table_of_markdown_has_a_cell_a_column() -> None:
    lines = markdown([Finding("l", "m", reason="a | b")]).splitlines()
    assert [len(re.split(r"(?<!\\)\|", line)) for line in lines] == [len(HEADER) + 2] * 3
    assert r"a \| b" in lines[2]


@pytest.mark.parametrize("order", [0, 10])
def test_an_order_outside_is_refused(order: int) -> None:
    with pytest.raises(OdenetsError, match="1 to 9"):
        audit("schemes", order)


# ---- the command


def test_the_command_prints_json_and_markdown(capsys: pytest.CaptureFixture[str], few: list[str]) -> None:
    out, err, status = typed("audit --library schemes --order 3 --json", capsys)
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert found["versions"]["odenets"]
    assert [row["method"] for row in found["findings"]] == few
    out, _, status = typed("audit --library schemes --order 3 --markdown", capsys)
    assert status == 0
    assert "| schemes | dopri5 | 5 | ≥ 3 |" in out
    out, _, _ = typed("audit --library schemes --order 3", capsys)
    assert "as far as order 3" in out


def test_what_is_refuted_is_exit_status_1(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_schemes, "order", lambda scheme: 6)
    out, err, status = typed("audit --library schemes", capsys)
    assert (status, err) == (1, "")
    assert "refuted" in out


def test_a_library_that_is_absent_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "installed", lambda name: name != "diffrax")
    out, err, status = typed("audit --library diffrax", capsys)
    assert (out, status) == ("", 2)
    assert err == "odenets: diffrax is not installed: pip install 'odenets[audit]'\n"
    out, err, status = typed("audit --order 1", capsys)
    assert (err, status) == ("diffrax is not installed: pip install 'odenets[audit]'\n", 0)
    assert "torchdiffeq" in out
