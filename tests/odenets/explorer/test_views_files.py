"""What leaves the page: exports that read back, safe names, source that runs."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odenets.errors import OdenetsError
from odenets.explorer.views import VIEWS
from odenets.explorer.views.source_view import safe
from schemes import get, loads, source, step
from tests.sample import over


@pytest.mark.parametrize("name", over())
def test_an_export_is_read_back_as_the_same_scheme(name):
    for form in ("json", "toml", "text", "csv"):
        found = VIEWS["export"](get(name), {"form": form})
        assert loads(found["text"], form) == get(name)
    assert VIEWS["export"](get(name), {"form": "json"})["file"] == f"{name}.json"


def test_latex_holds_formula_and_tableau():
    found = VIEWS["export"](get("rk4_classic"), {"form": "latex"})
    assert (
        "\\begin{array}" in found["text"] and "\\begin{align*}" in found["text"] and found["file"] == "rk4_classic.tex"
    )


def test_another_form_is_refused():
    with pytest.raises(OdenetsError, match="json, toml, text, csv, latex"):
        VIEWS["export"](get("euler"), {"form": "../etc/passwd"})


@pytest.mark.parametrize("view, option", [("export", "form"), ("certificate", "group")])
@pytest.mark.parametrize("value", [[], {}, ["json"], None, 1])
def test_an_option_that_is_no_word_is_refused(view, option, value):
    with pytest.raises(OdenetsError, match=f"{option} = .* is none of"):
        VIEWS[view](get("euler"), {option: value})


@given(st.text(max_size=200))
def test_a_file_name_is_safe(name):
    stem, dot, suffix = safe(name, "py").partition(".")
    assert set(stem) <= {*string.ascii_letters, *string.digits, *"_-"} and stem and (dot, suffix) == (".", "py")
    assert len(stem) <= 80 and not stem.startswith("-")


def test_the_source_is_that_of_the_library():
    assert VIEWS["source"](get("lm2"), {}) == {"step": source(get("lm2")), "file": "lm2.py"}


@pytest.mark.parametrize(
    "name", ["lm2", "rk4_classic", "revnet", "polynet_poly2", "stochastic_depth", "euler_maruyama"]
)
def test_the_module_is_a_file_of_its_own_that_steps_as_the_table(name):
    torch = pytest.importorskip("torch")
    scheme = get(name)
    found = VIEWS["module"](scheme, {})
    assert "odenets" not in found["module"].replace("of odenets", "") and found["file"] == f"{name}.py"
    scope = {"__name__": "emitted"}
    exec(compile(found["module"], "emitted", "exec"), scope)
    fields = [field for field in dict.fromkeys(scheme.fields) if field != "one"]
    made = scope["build"](*[torch.nn.Tanh() for _ in fields]).double().eval()
    fixed = scheme.at(**{name: float(value.detach()) for name, value in made.named_parameters()}).mean()
    states = [torch.full((2,), 0.3 + i / 7, dtype=torch.float64) for i in range(len(scheme.states))]
    ours, theirs = (
        made(*states),
        step(fixed, {f: torch.ones_like if f == "one" else torch.tanh for f in scheme.fields}, states),
    )
    ours = ours if isinstance(ours, tuple) else (ours,)
    assert all(torch.allclose(a, b, rtol=1e-12) for a, b in zip(ours, theirs, strict=True))


def test_the_module_of_an_implicit_scheme_is_refused():
    pytest.importorskip("torch")
    with pytest.raises(OdenetsError, match="gauss is implicit"):
        VIEWS["module"](get("gauss"), {})
