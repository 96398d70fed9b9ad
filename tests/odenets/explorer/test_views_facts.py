"""The certificate in groups, the modified equation, the stochastic limit and the catalogue."""

import json
from dataclasses import fields
from fractions import Fraction

import pytest

from analysis import AnalysisError, certificate, modified_equation, zero_stability
from analysis.certificates import Certificate, Unknown
from analysis.structure import structure
from odenets.errors import OdenetsError
from odenets.explorer.catalogue import whole_catalogue
from odenets.explorer.designs import scheme_of
from odenets.explorer.views import VIEWS, modified_view
from odenets.explorer.views.certificate_view import ABOUT, GROUPS, answers, better
from schemes import entries, get, names

FACTS = [name for group in GROUPS.values() for name in group]


def asked(scheme, group):
    return {fact["name"]: fact for fact in VIEWS["certificate"](scheme, {"group": group})["facts"]}


def test_every_labelled_fact_is_in_exactly_one_group():
    labelled = [f.name for f in fields(Certificate) if "fact" in f.metadata and f.metadata["fact"].label]
    assert sorted(FACTS) == sorted(labelled) == sorted(ABOUT)


@pytest.mark.parametrize(
    "name", ["euler", "lm2", "rk4_classic", "dopri5", "gauss", "revnet", "polynet_poly2", "ars222"]
)
def test_the_groups_are_the_certificate(name):
    scheme = get(name)
    whole = certificate(scheme)
    for group in GROUPS:
        for fact in asked(scheme, group).values():
            x = getattr(whole, fact["name"])
            if name == "ars222" and "adds several fields" in fact["says"]:
                assert fact["unknown"] and fact["name"] in GROUPS["stability"]
            elif isinstance(x, Unknown):
                assert (fact["says"], fact["unknown"], fact["cell"]) == (x.reason, True, "–")
            else:
                assert "unknown" not in fact
                assert x is None or fact["says"] == ABOUT[fact["name"]].say(x)


@pytest.mark.parametrize(
    ("name", "several"),
    [("cnab", True), ("sbdf2", True), ("lm2_shake_shake", True), ("ars222", True),
     ("revnet", False), ("stormer_verlet", False), ("leimkuhler_matthews", False), ("rk4_classic", False)],
)  # fmt: skip
def test_no_stability_of_one_field_where_several_are_added(name, several):
    found = asked(get(name, **({"k": "-1/20"} if name.startswith("lm2") else {})), "stability")
    for fact in ("real_interval", "imaginary_interval", "a_stable"):
        assert ("adds several fields" in found[fact]["says"]) is several


def test_facts_are_numbers_to_compare():
    rk4 = (
        asked(get("rk4_classic"), "order") | asked(get("rk4_classic"), "stability") | asked(get("rk4_classic"), "cost")
    )
    assert (rk4["order"]["size"], rk4["order"]["better"]) == (4.0, "more")
    assert rk4["real_interval"]["size"] == pytest.approx(2.785293563405)
    assert (rk4["evaluations"]["size"], rk4["evaluations"]["better"]) == (4.0, "less")
    gauss = asked(get("gauss"), "stability")
    assert gauss["real_interval"]["size"] is None and gauss["real_interval"]["infinite"]
    assert (gauss["a_stable"]["size"], gauss["a_stable"]["better"]) == (1.0, "yes")
    assert {better(name) for name in FACTS} == {"more", "less", "yes", ""}


def test_free_parameters_stay_free():
    assert "k" in asked(get("lm2"), "error")["error_constant"]["says"] or asked(get("lm2"), "stability")
    assert asked(get("lm2"), "stability")["zero_stability"]["says"] == "for k in (-1, 1]"


def test_nothing_is_written_of_a_visitors_table(tmp_path, monkeypatch):
    monkeypatch.setenv("ODENETS_CACHE", str(tmp_path))
    answers.cache_clear()
    asked(scheme_of({"text": "| 1", "name": "mine"}), "cost")
    assert not list(tmp_path.iterdir())
    asked(get("euler"), "cost")
    assert len(list(tmp_path.iterdir())) == 1


def test_another_group_is_refused():
    with pytest.raises(OdenetsError, match="order, error, stability"):
        VIEWS["certificate"](get("euler"), {"group": "colour"})


# ---- the modified equation -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rk4_classic", "lm2", "revnet", "gauss", "stochastic_depth", "tsit5"])
def test_the_terms_are_those_of_the_modified_equation(name):
    scheme, order = get(name), 3
    found = VIEWS["modified"](scheme, {"order": order})
    series = modified_equation(scheme, order)
    assert [
        (tuple(t["tree"]), tuple(t["fields"])) if "fields" in t else tuple(t["tree"]) for t in found["terms"]
    ] == list(series)
    assert all(t["order"] == len(t["tree"]) for t in found["terms"])
    numbers = [(t["float"], c) for t, c in zip(found["terms"], series.values(), strict=True)]
    assert all(x == pytest.approx(float(c), rel=1e-5) if isinstance(c, Fraction) else x is None for x, c in numbers)
    assert len(found["pieces"]) == found["latex"].count("\n") + 1 == found["text"].count("' = ")


def test_the_symmetry_of_a_tree_and_a_symbolic_coefficient():
    terms = VIEWS["modified"](get("lm2"), {"order": "3"})["terms"]
    assert {tuple(t["tree"]): t["symmetry"] for t in terms}[1, 2, 2] == "2"
    assert terms[1]["coefficient"] == str(modified_equation(get("lm2"), 2)[1, 2]).replace("**", "^")


@pytest.mark.parametrize(
    ("order", "says"),
    [("9", "8 as the order"), (0, "from 1 to 8"), ("x", "from 1 to 8"), (True, "1 to 8"), (2.5, "1 to 8")],
)
def test_another_order_is_refused(order, says):
    with pytest.raises(OdenetsError, match=says):
        VIEWS["modified"](get("euler"), {"order": order})


def test_too_many_trees_are_refused_before_they_are_made(monkeypatch):
    monkeypatch.setattr(modified_view, "modified_equation", None)
    with pytest.raises(OdenetsError, match="order 8 has 24314 trees, the page shows 1300"):
        VIEWS["modified"](get("ark436l2sa"), {"order": 8})


@pytest.mark.parametrize("name", ["rk4_classic", "revnet", "ark436l2sa", "strang"])
def test_the_trees_are_counted_as_they_are(name):
    assert modified_view.trees(structure(get(name)).grammar, 4) == len(modified_equation(get(name), 4))


def test_steps_that_leave_every_modified_equation_are_refused():
    with pytest.raises(AnalysisError, match=r"every modified equation$"):
        VIEWS["modified"](get("lm2", k=-2), {"order": 2})
    assert not zero_stability(get("lm2", k=-2)).stable


# ---- stochastic ----------------------------------------------------------------------------------------------------


def test_a_random_scheme_has_its_limit_and_another_says_why_not():
    found = VIEWS["stochastic"](get("stochastic_depth"), {})
    assert "dB" in found["latex"] and found["limit"] and all(p.startswith("<math>") for p in found["limit"][0])
    none = VIEWS["stochastic"](get("euler"), {})
    assert none["limit"] is None and "nothing is random in euler" in none["says"]


# ---- the catalogue -------------------------------------------------------------------------------------------------


def test_the_catalogue_has_every_entry_with_its_facts_and_is_small():
    found = whole_catalogue()
    assert [entry["name"] for entry in found["entries"]] == [e.name for e in entries()]
    for fact in ("explicit", "learned", "stochastic"):
        assert [e["name"] for e in found["entries"] if e[fact]] == names(**{fact: True})
    by_name = {entry["name"]: entry for entry in found["entries"]}
    assert by_name["lm2"]["parameters"] == ["k"] and by_name["gauss"]["structure"] == {"stages": "2"}
    assert {fact["name"] for fact in found["facts"]} == set(FACTS)
    assert found["bounds"]["stages"] == 36 and set(found["views"]) == set(VIEWS)
    assert len(json.dumps(found, ensure_ascii=False, separators=(",", ":"), allow_nan=False)) < 140_000
