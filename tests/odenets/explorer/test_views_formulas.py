"""Formulas as MathML pieces and as segments: nothing of them is lost, and every piece is well formed."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.crossbar import crossbar
from odenets.explorer.labels import flat, segments
from odenets.explorer.mathml import fragment, pieces
from odenets.explorer.views import VIEWS
from schemes import SchemeError, formula_lines, get, runge_kutta
from tests.sample import over


def words(mathml):
    """The text of a fragment without blanks."""
    return re.sub(r"\s", "", "".join(ElementTree.fromstring(mathml).itertext()))


@pytest.mark.parametrize("name", over())
def test_the_pieces_say_the_whole_line(name):
    found = VIEWS["formula"](get(name), {})
    for line, parts in zip(found["latex"], found["lines"], strict=True):
        whole = words(fragment(line.replace("&", "")))
        assert "".join(map(words, parts)) == whole
        assert "mtext>\\" not in "".join(parts)
    assert found["text"] == formula_lines(get(name))


def test_a_line_breaks_behind_its_relation_and_before_its_signs():
    (line,) = VIEWS["formula"](get("lm2"), {})["lines"]
    assert [words(piece) for piece in line] == ["un+1=", "(1−k)un", "+kun−1", "+hf(un)"]
    assert 'form="infix">+' in line[2] and 'form="infix">=' in line[0]
    assert [words(piece) for piece in pieces("u' &= f + h^{2} \\left[\\tfrac{1}{6} f''(f, f) - f'f'f\\right]")] == [
        "u′=", "f", "+h2[16f″(f,f)", "−f′f′f]"]  # fmt: skip


@pytest.mark.parametrize("name", ["lam_1", "a1b2", "ä", "_x", "x_", "gamma2", "left", "frac", "mathrm_"])
def test_any_name_of_a_parameter_is_well_formed(name):
    scheme = runge_kutta("named", [[], [name]], [name, "1"])
    for line in VIEWS["formula"](scheme, {})["lines"]:
        assert all("\\" not in words(piece) for piece in line)
    assert VIEWS["wiring"](scheme, {})


@given(st.text(max_size=20))
def test_a_fragment_is_well_formed_whatever_it_holds(text):
    try:
        ElementTree.fromstring(fragment(text))
    except ElementTree.ParseError:
        assert any(ord(x) < 32 or 0xD800 <= ord(x) < 0xE000 or ord(x) >= 0xFFFE for x in text)


SEGMENTS = {
    "$u_{n-1}$": [{"text": "u", "at": ""}, {"text": "n−1", "at": "sub"}],
    r"$-\frac{3}{2}$": [{"text": "−", "at": ""}, {"over": "3", "under": "2"}],
    r"$\left(1 - k\right)$": [{"text": "(1 − k)", "at": ""}],
    r"$\frac{k^{2} + 1}{\lambda}$": [{"over": "k^2 + 1", "under": "λ"}],
    r"$1.2500\cdot 10^{-5}$": [{"text": "1.2500·10", "at": ""}, {"text": "−5", "at": "sup"}],
    r"$\mathrm{lam_}_{1}$": [{"text": "lam", "at": ""}, {"text": "1", "at": "sub"}],
    "": [],
}


@pytest.mark.parametrize("label", SEGMENTS)
def test_the_segments_of_a_label(label):
    assert segments(label) == SEGMENTS[label]


@pytest.mark.parametrize("name", over(explicit=True))
def test_the_wiring_is_the_crossbar_in_plain_text(name):
    scheme = get(name)
    found, wired = VIEWS["wiring"](scheme, {}), crossbar(scheme)
    assert [(t["source"], t["target"], t["kind"]) for t in found["taps"]] == [
        (t.source, t.target, t.kind) for t in wired.taps]  # fmt: skip
    known = {lane["name"] for lane in found["lanes"]}
    assert {t["source"] for t in found["taps"]} <= known
    assert [c["name"] for c in found["columns"] if not c["field"]] == [f"next {state}" for state in scheme.states]
    texts = [flat(x["label"]) for part in ("lanes", "columns", "taps") for x in found[part]]
    assert not any(set(text) & set("\\{}$_") for text in texts)


def test_the_coefficients_of_lm2_stand_on_its_lanes():
    found = VIEWS["wiring"](get("lm2"), {})
    taps = {(t["source"], t["target"]): (flat(t["label"]), t["kind"]) for t in found["taps"]}
    assert taps["u[n]", "next u[n]"] == ("(1 − k)", "parameter")
    assert taps["u[n-1]", "next u[n]"] == ("k", "parameter")
    assert found["lanes"][1]["lag"] == 1


def test_an_implicit_scheme_has_no_wiring_and_no_source():
    with pytest.raises(ValueError, match=r"gauss is implicit.*has no wiring"):
        VIEWS["wiring"](get("gauss"), {})
    with pytest.raises(SchemeError, match="gauss is implicit"):
        VIEWS["source"](get("gauss"), {})


def test_a_prime_stands_beside_its_letter_and_a_number_apart_from_h():
    _, first, second, third = pieces("u' &= 2 f - h 6 f'f + h^{2} 10 f''(f, f)")
    assert "msup" not in first + second and second.count("′") == 1
    assert "<mi>h</mi><mo>·</mo><mn>6</mn>" in second
    assert "″" in third and "</msup><mo>·</mo><mn>10</mn>" in third
