"""Certificates: complete, right where others err, never a crash, and every claim of the registry computed."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from fractions import Fraction
from math import inf
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import AnalysisError, certificate, describe, facts
from analysis.certificates import Certificate, Unknown
from analysis.tables import Claim, claims, columns, markdown, registry_page, rows
from schemes import adams_moulton, bdf, get, milne_simpson, multistep, names, nystrom, runge_kutta
from schemes.registry import CLAIMS
from tests.strategies import parametric_schemes, schemes

F = Fraction


# ---- the record ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names())
def test_every_entry_has_a_certificate(name):
    """Frozen; every question is answered or says why not; all of it goes into JSON."""
    found = certificate(get(name))
    with pytest.raises(FrozenInstanceError):
        found.order = 7
    for fact, about, answer in found.answers():
        if isinstance(answer, Unknown):
            assert name in answer.reason, fact
            assert len(answer.reason) > 20 and not answer.reason.endswith("."), fact
        elif answer is not None and about.label:
            assert about.say(answer), fact
    json.dumps(facts(get(name)), allow_nan=False)


def test_the_certificate_of_the_classical_scheme():
    """Every number from a book: HNW II.1, II.3; Butcher 312 (A5); HNW IV.2; Kraaijevanger 1991; van der Houwen 1987."""
    c = certificate(get("rk4_classic"))
    assert (c.order, c.linear_order, c.effective_order, c.stage_order) == (4, 4, 4, 1)
    assert (c.effective_step, c.error_constant, c.embedded_order) == (1, F(1, 120), None)
    assert (c.dissipation_order, c.dispersion_order) == (5, 4)
    assert c.zero_stability.strictly_stable and not c.zero_stability.parasitic
    assert c.stability_function(z=F(2)) == 7
    assert float(c.real_interval.low) == pytest.approx(-2.785293563405282, rel=1e-12)
    assert float(c.imaginary_interval.high) == pytest.approx(8**0.5, rel=1e-12)
    assert (c.a_alpha, c.a_stable, c.l_stable, c.ssp_coefficient) == (0, False, False, 0)
    assert (c.reversal.how, c.first_same_as_last, c.evaluations, c.registers) == ("implicit", False, {"f": 4}, 3)


# ---- right where peers err -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "end"), [("ssprk53", 2.695), ("ssprk54", 3.278)])
def test_imaginary_intervals_whose_low_coefficients_cancel(name, end):
    """NodePy 1.1.1 answers 1e-4 and 0: floating point leaves rounding where |R(iy)|² - 1 has exact zeros."""
    assert float(certificate(get(name)).imaginary_interval.high) == pytest.approx(end, abs=1e-3)


@pytest.mark.parametrize(
    ("scheme", "angle"),
    [
        (get("trapezoid"), 90),  # NodePy 89
        (adams_moulton(1), 90),
        (get("backward_euler"), 90),
        (bdf(1), 90),
        (bdf(2), 90),
        (nystrom(2), 0),  # NodePy 90
        (nystrom(3), 0),
        (milne_simpson(2), 0),  # NodePy 90
        (milne_simpson(4), 0),
        # Hairer, Wanner, Solving ODEs II, table V.2.1, to more digits: numerics.md section 8
        (bdf(3), 86.0323668602),
        (bdf(4), 73.3516704746),
        (bdf(5), 51.8397558360),
        (bdf(6), 17.8397777922),
    ],
    ids=lambda x: x.name if hasattr(x, "name") else "",
)
def test_angles(scheme, angle):
    assert float(certificate(scheme).a_alpha) == pytest.approx(angle, abs=1e-9)


def test_backward_eulers_ssp_coefficient_is_infinite():
    """NodePy raises."""
    assert certificate(get("backward_euler")).ssp_coefficient == inf == certificate(bdf(1)).ssp_coefficient


def test_bdf7_is_not_zero_stable():
    """Cryer 1972; Hairer, Nørsett, Wanner I, theorem III.3.4."""
    stable = [certificate(bdf(k)).zero_stability.stable for k in range(1, 8)]
    assert stable == [True] * 6 + [False]


# ---- attacked ------------------------------------------------------------------------------------------------------


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.one_of(schemes(), schemes(explicit=False), parametric_schemes()))
def test_random_schemes_never_crash_it(scheme):
    found = certificate(scheme)
    assert all(scheme.name in reason for reason in found.unanswered.values())
    facts(scheme, 2)


def test_a_case_without_an_answer_says_so():
    doubled = multistep("doubled", [1, -2, 1], [0, 1, 0])
    found = certificate(doubled)
    assert not found.zero_stability.stable and found.order.reason.startswith("doubled has a multiple principal root")
    cancelled = certificate(runge_kutta("cancelled", [[1]], [1, -1]))
    assert "cancelled is inconsistent: its weights on the field sum to 0" in cancelled.unanswered["order"]
    free = certificate(get("lm2"))
    assert free.real_interval.reason == "lm2 has free parameters: fix k first, scheme.at(k=…)"
    assert isinstance(certificate(get("polynet_poly2")).order, Unknown)


# ---- claims and tables ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: f"{claim.name}-{claim.fact}")
def test_what_the_registry_claims_is_what_is_computed(claim):
    assert claim.confirmed, f"{claim.name}: {claim.fact} is claimed {claim.claimed}, computed {claim.text}"


def test_a_wrong_claim_is_refuted():
    assert not Claim("euler", "order", 2, 1).confirmed and Claim("euler", "order", 1, 1).confirmed
    assert not Claim("x", "ssp_coefficient", 2.65062, 2.65063).confirmed
    assert not Claim("x", "order", 1, Unknown("it has none")).confirmed
    assert not Claim("x", "embedded_order", 4, None).confirmed


def test_a_claim_is_about_a_fact():
    assert set(CLAIMS) <= {name for name, _, _ in certificate(get("euler")).answers()}


def test_numbers_beyond_floats_are_no_crash():
    vast = runge_kutta("vast", [[10**320]], ["1/2", "1/2"])
    assert "beyond the floating-point numbers" in certificate(vast).unanswered["principal_error_norm"]
    assert "E+319" in describe(vast) or "e+319" in describe(vast)


def test_the_page_of_certificates_is_not_stale():
    page = Path(__file__).parents[2] / "docs" / "certificates.md"
    assert page.read_text().rstrip() == registry_page().rstrip(), (
        "run: odenets certify --markdown > docs/certificates.md"
    )


def test_tables_have_a_row_or_a_column_a_scheme():
    pair = [get("euler"), get("bosh3")]
    assert rows(pair, ["order", "embedded_order"]) == [
        ["", "order", "embedded order"],
        ["euler", "1", "–"],
        ["bosh3", "3", "2"],
    ]
    header, *body = columns(pair)
    assert header == ["", "euler", "bosh3"] and ["embedded order", "–", "2"] in body
    assert markdown([["a|b", "c"], ["1", "2"]]) == "| a\\|b | c |\n| --- | --- |\n| 1 | 2 |"


def test_the_record_has_a_function_for_every_field():
    assert isinstance(certificate(get("euler")), Certificate)
    with pytest.raises(AnalysisError):
        from analysis import order

        order(get("polynet_poly2"))
