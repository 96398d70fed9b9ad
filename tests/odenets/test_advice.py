"""What is said of a design before it is trained: true, in one line, and never in the way."""

import linecache
import subprocess
import sys
import warnings
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import analysis
from odenets.advice import Advice, StabilityWarning, advise, runge_kutta_start, warn, zero_stability
from odenets.advice.families import recovered
from odenets.errors import OdenetsError
from schemes import Uniform, adams_bashforth, entries, gauss, get, learned, multistep, names, starter
from tests.strategies import multisteps


def said(*schemes):
    return zero_stability(*schemes).text


# ---- zero-stability ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "text"),
    [
        (get("rk4_classic"), "zero-stable: root 1"),
        (get("lm2"), "zero-stable: roots 1, -k for k in [-0.1, 0]"),
        (get("lm2", k=learned("-1/20")), "zero-stable: roots 1, -k at k = -0.05"),
        (get("lm2", k=Fraction(1, 3)), "zero-stable: roots 1, -k at k = 1/3"),
        (get("lm2", k=1), "weakly zero-stable: roots 1, -k at k = 1"),
        (
            get("lm2", k=1.2),
            "not zero-stable: root -1.2 outside the unit circle at k = 1.2: take k from (-1, 1]",
        ),
        (
            get("lm2", k=learned(Uniform("1/2", "3/2"))),
            "not zero-stable: roots 1, -k for k in [0.5, 1.5]: take k from (-1, 1]",
        ),
        (
            get("lm2", k=-1),
            "not zero-stable: 2-fold root 1 on the unit circle at k = -1: take k from (-1, 1]",
        ),
        (get("leapfrog"), "weakly zero-stable: roots 1, -1"),
        (get("ab3"), "zero-stable: roots 1, 0 (2-fold)"),
        (get("revnet"), "zero-stable: root 1 (2-fold)"),
        (get("zerosnet_learned"), "zero-stable: roots 1, -1/3 (2-fold) at lam = -1.8"),
        (
            get("heavy_ball", gamma=-2),
            "not zero-stable: root -2 outside the unit circle at gamma = -2: take gamma from [-1, 1)",
        ),
        # Hairer, Nørsett, Wanner I, III.3: the most accurate explicit two-step scheme, order 3, roots 1 and -5
        (
            multistep("dahlquist", [-5, 4, 1], [2, 4, 0]),
            "not zero-stable: root -5 outside the unit circle",
        ),
    ],
)
def test_zero_stability_is_said_with_the_root_that_decides_and_the_repair(scheme, text):
    assert said(scheme) == text


@settings(max_examples=25)
@given(multisteps())
def test_the_verdict_is_the_one_that_analysis_proves(scheme):
    found, verdict = analysis.zero_stability(scheme), zero_stability(scheme)
    assert (verdict.stable, verdict.weak) == (found.stable, found.stable and not found.strictly_stable)
    assert "\n" not in verdict.text


@given(st.fractions(-2, 2, max_denominator=8), st.fractions(-2, 2, max_denominator=8))
def test_a_start_is_stable_where_all_of_its_law_is(a, b):
    """LM-ResNet is for -1 < k ≤ 1 (Lu et al. 2018, section 3): the root beside 1 is -k."""
    low, high = min(a, b), max(a, b)
    verdict = zero_stability(get("lm2", k=learned(Uniform(low, high))))
    assert verdict.stable == (low > -1 and high <= 1)


@given(st.fractions(-2, 2, max_denominator=8), st.fractions(-2, 2, max_denominator=8))
def test_several_laws_are_asked_at_all_their_ends(a, b):
    family = get("full_history")
    assume(a < b)
    scheme = family.at(k1=learned(Uniform(a, b)), k2=learned(Uniform(a, b)))
    corners = [family.at(k1=x, k2=y) for x in (a, b) for y in (a, b)]
    assert zero_stability(scheme).stable == all(analysis.zero_stability(c).stable for c in corners)


def test_steps_that_differ_are_told_by_the_first_and_the_last_or_by_the_one_that_fails():
    def along(first, last):
        return [get("lm2", k=first + (last - first) * Fraction(i, 8)) for i in range(9)]

    assert said(*along(Fraction(1, 2), -Fraction(1, 2))) == (
        "zero-stable: roots 1, -k at k = 0.5 in the first and at k = -0.5 in the last of 9 steps"
    )
    assert said(*along(Fraction(3, 2), Fraction(1, 2))) == (
        "not zero-stable: root -1.5 outside the unit circle at k = 1.5 in 4 of 9 steps: take k from (-1, 1]"
    )
    assert said(get("euler"), get("ab2")) == "zero-stable: each of 2 steps by itself"
    assert said(get("euler"), get("rk4_classic")) == "zero-stable: root 1"
    assert zero_stability(get("euler"), get("lm2", k=1)).weak


def test_an_interval_that_holds_a_coefficient_is_compared_with_the_stable_one():
    def held(*ends):
        return said(get("lm2", k=learned("-1/20", within=ends)))

    assert held(-1, 1) == "zero-stable: roots 1, -k at k = -0.05, as for all k in (-1, 1)"
    assert held(-2, 1) == "zero-stable: roots 1, -k at k = -0.05, but not for all k in (-2, 1)"
    assert held(-1, 2) == "zero-stable: roots 1, -k at k = -0.05, but not for all k in (-1, 2)"


@given(st.fractions(-3, 3, max_denominator=9).filter(lambda k: k not in (0, 1)))
def test_the_values_of_a_table_are_recovered_from_it(k):
    family, values = recovered(get("lm2", k=k))
    assert values == {"k": k} and family.at(**values).V == get("lm2", k=k).V
    assert recovered(get("heavy_ball", gamma=k))[1] == {"gamma": k}
    assert recovered(get("zerosnet_learned", lam=k))[1] == {"lam": k}


@pytest.mark.parametrize("name", ["lm2", "ab3", "nobody"])
def test_a_table_under_the_name_of_another_keeps_its_own_roots(name):
    odd = multistep(name, [-5, 4, 1], [0, 6, 0])
    assert said(odd) in (
        "not zero-stable: root -5 outside the unit circle at k = 5: take k from (-1, 1]",  # V is that of lm2
        "not zero-stable: root -5 outside the unit circle",
    )
    assert (" at k" in said(odd)) == (name == "lm2")


# ---- warnings ------------------------------------------------------------------------------------------------------


def test_an_unstable_design_warns_once_in_one_line_and_a_stable_one_not():
    def build(*schemes):
        warn(*schemes)

    with pytest.warns(StabilityWarning) as caught:
        build(*[get("lm2", k=2)] * 9)
    (found,) = caught
    text = "lm2 is not zero-stable: root -2 outside the unit circle at k = 2: take k from (-1, 1]"
    assert (str(found.message), found.filename) == (text, __file__)
    assert "build(*[" in linecache.getline(__file__, found.lineno)  # where a design is built, not where it is judged
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn(get("lm2"), get("leapfrog"), get("rk4_classic"))


@pytest.mark.parametrize("error", [analysis.AnalysisError("no answer"), RuntimeError("a bug"), ImportError("no numpy")])
def test_nothing_that_theory_raises_stops_a_design(monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr("analysis.roots.zero_stability", fail)
    monkeypatch.setattr("analysis.remembered.recall", fail)
    scheme = multistep("mine", [-1, 0, 1], [0, 2, 0])
    scheme = replace(scheme, name=f"mine_{type(error).__name__}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn(scheme)
        assert said(scheme) == f"zero-stability is not known: {error}"
        assert advise(scheme).order == f"not known: {error}"


def test_advice_is_imported_without_the_theory():
    code = "import sys, odenets.advice; print('analysis' in sys.modules, 'torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]


# ---- all that is said ----------------------------------------------------------------------------------------------


def test_answers_are_those_of_the_start():
    found = advise(get("lm2"))
    assert found == Advice(
        zero_stability="zero-stable: roots 1, -k for k in [-0.1, 0]",
        order="1",
        effective_step="20/19 h",  # 1/(1 + k)
        real_interval="[-21/10, 0] in h λ",  # ζ = -1 there: 1 + (1-k) + z - k = 0, z = -2 + 2k
        imaginary_interval="{0} · i in h λ",
        evaluations="1",
        registers="2",
        start="k = -0.05",
    )


@pytest.mark.parametrize("name", ["polynet_poly2", "revnet", "shake_shake", "gauss", "imex_euler", "full_history"])
def test_every_kind_of_scheme_gets_a_phrase_or_a_reason(name):
    name = name if name in names() else next(n for n in names() if n.startswith(name[:4]))
    assert all(isinstance(x, str) and "\n" not in x for x in vars(advise(get(name))).values())


# ---- starts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "start"),
    [("lm2", "euler"), ("ab2", "midpoint"), ("leapfrog", "midpoint"), ("ab3", "heun3"), ("ab4", "rk4_classic")],
)
def test_a_start_has_the_order_of_its_scheme_and_the_fewest_stages(scheme, start):
    assert runge_kutta_start(get(scheme)).table == get(start).table


@pytest.mark.parametrize("p", [2, 3, 4, 5, 6])
def test_no_entry_of_the_order_has_fewer_stages(p):
    found = runge_kutta_start(adams_bashforth(p))
    fit = [get(e.name) for e in entries() if e.order and e.order >= p and not e.declared]
    assert analysis.order(found) >= p and found.explicit
    assert found.stages == min(s.stages for s in fit if s.explicit and s.kind == "runge_kutta" and {*s.fields} == {"f"})


@pytest.mark.parametrize("k", [2, 3, 4])
def test_a_started_scheme_steps_with_its_start_and_then_itself(k):
    scheme = adams_bashforth(k)
    begun = replace(scheme, start=runge_kutta_start(scheme))
    assert starter(begun, k).table == scheme.table
    first = starter(begun, 0)
    assert first.stages >= runge_kutta_start(scheme).stages and first.states == scheme.states


def test_a_start_evaluates_the_field_and_keeps_the_state_of_its_scheme():
    x = multistep("mine", [0, -1, 1], ["-1/2", "3/2", 0])
    mine = replace(x, fields=("g",))
    assert runge_kutta_start(mine).fields == ("g", "g")


@pytest.mark.parametrize(
    ("scheme", "reason"),
    [
        (get("revnet"), "revnet has several fields, f, g, a Runge–Kutta start has one: name its start"),
        (get("polynet_poly2"), "polynet_poly2 has no order to start with, take start = 'euler': polynet_poly2 applies"),
        (gauss(7), "no explicit Runge–Kutta scheme of order 14 is known for "),
    ],
)
def test_where_no_start_is_known_one_sentence_says_so(scheme, reason):
    with pytest.raises(OdenetsError) as error:
        runge_kutta_start(scheme)
    assert str(error.value).startswith(reason)
