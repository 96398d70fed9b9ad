"""Certificates that are kept between runs."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from analysis import (
    certificate,
)
from analysis.remembered import place, recall, recalled
from analysis.tables import claims
from schemes import Scheme, get


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("ODENETS_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.mark.parametrize(
    "title", ["rk4_classic", "ssprk33", "lm2", "milne_simpson", "revnet", "zerosnet_learned", "ssprk54"]
)
def test_a_kept_certificate_is_the_one_computed(kept, title, monkeypatch):
    scheme: Scheme = get(title)
    assert recalled(scheme) == certificate(scheme)
    monkeypatch.setattr("analysis.remembered.answer", None)  # nothing is computed twice
    assert recalled(scheme) == certificate(scheme)


def test_facts_are_kept_one_by_one(kept):
    scheme = get("rk4_classic")
    assert recall(scheme, ["order"]) == {"order": 4} and len(list(kept.iterdir())) == 1
    assert set(json.loads(place(scheme).read_text())["facts"]) == {"order"}
    recall(scheme, ["stage_order"])
    assert set(json.loads(place(scheme).read_text())["facts"]) == {"order", "stage_order"}


@pytest.mark.parametrize(
    "broken",
    ["", "{", "[]", "3", '{"theory": 1}', '{"theory": "T", "facts": 3}', '{"theory": "T", "facts": {"order": F}}'],
)
@pytest.mark.parametrize(
    "code", ["7", '["int"]', '["os:system", "x"]', '["schemes:get"]', '["analysis.nothing:X"]', '["int", "zz"]']
)
def test_a_broken_file_is_computed_again(kept, broken, code):
    from analysis.remembered import theory

    scheme = get("heun2")
    recall(scheme, ["order"])
    place(scheme).write_text(broken.replace('"T"', json.dumps(theory())).replace("F", code))
    assert recall(scheme, ["order"]) == {"order": 2}


def test_another_theory_or_table_is_another_answer(kept, monkeypatch):
    scheme = get("heun2")
    recall(scheme, ["order"])
    assert place(scheme) != place(replace(scheme, tolerance=Fraction(1, 10**9))) != place(get("euler"))
    monkeypatch.setattr("analysis.remembered.theory", lambda: "another")
    monkeypatch.setattr("analysis.remembered.answer", lambda question, scheme: "asked")
    assert recall(scheme, ["order"]) == {"order": "asked"}


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("ODENETS_CACHE", str(file))
    assert recall(get("heun2"), ["order"]) == {"order": 2}


def test_claims_take_certificates_from_where_they_are_told(monkeypatch):
    one = certificate(get("rk4_classic"))
    assert {claim.computed for claim in claims(lambda scheme: one) if claim.fact == "order"} == {4}
