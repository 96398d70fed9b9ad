"""What is no formula is one sentence with the place, after bounded work."""

import pickle
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemes import FormulaError, SchemeError, formula_lines, parse

STEP = "u[n+1] = u[n] + h f(u[n])"
WRONG = [  # text, line, column, words of the sentence
    ("", 1, 1, "nothing to read"),
    (f"{STEP} $", 1, 27, r"'\$' is no part"),
    ("u[n+1] = u[n] + h f(u[n]", 1, 25, "the bracket of line 1, column 20 is not closed|expected"),
    ("u[n+1] = u[n] + h (f(u[n]) + u[n]", 1, 34, "the bracket of line 1, column 19 is not closed"),
    (f"{STEP})", 1, 26, r"'\)' stands behind"),
    ("u[n+1] = u[n] +", 1, 16, "the end of the line stands where"),
    ("u[n+1] = u[n]*u[n] + h f(u[n])", 1, 14, "linear"),
    ("u[n+1] = u[n] h f(u[n])", 1, 17, "linear"),
    ("u[n+1] = h f(u[n])/u[n]", 1, 19, "divided by a state"),
    ("u[n+1] = u[n]^2 + h f(u[n])", 1, 14, "no powers"),
    ("u[n+1] = u[n] + h f(3)", 1, 19, "f is taken of 3"),
    ("u[n+1] = u[n] + h f()", 1, 21, "no argument"),
    ("u[n+1] = u[n] + h f(u[n], t)", 1, 25, "one argument"),
    ("u[n+1] = u[n] + 1", 1, 15, "added to the number 1"),
    ("u[n+1] = u[n] + f(u[n])", 1, 17, "no factor h"),
    ("u[n+1] = u[n] + h^2 f(u[n])", 1, 21, "h.2 before it"),
    ("u[n+1] = u[n] + h u[n] + h f(u[n])", 1, 1, "the state u.n. has a factor of h"),
    ("u[n+1] = u[n] + h f(u[n] + f(u[n]))", 1, 28, "no factor h"),
    ("u[n+1] = u[n] + h f(u[n+2])", 1, 21, r"u\[n\+2\] has no line"),
    ("F1 = h f(u[n])", 1, 10, r"no line says what is next, write u\[n\+1\]"),
    ("F1 = h f(3)", 1, 8, "f is taken of 3"),
    (f"{STEP} + F1; F1 = h f(u[n])", 1, 29, "used before it is known, by line 1, column 33"),
    ("Y2 = u[n] + F1\nF1 = h f(u[n])\nu[n+1] = Y2", 1, 13, "used before it is known, by line 2, column 1"),
    (f"{STEP} + v[n]", 1, 29, r"write v\[n\+1\]"),
    (f"{STEP}\nu[n+1] = u[n]", 2, 1, "another line, line 1, column 1"),
    (f"gamma = 1\n{STEP} + gamma h f(u[n])\ngamma = 2", 3, 1, "another line, line 1, column 1"),
    (f"{STEP} + k h f(u[n])\nk learned; k chosen", 2, 12, "another line"),
    ("u[n+1] = u[n] + u h f(u[n])", 1, 17, r"u is a state, write u\[n\]"),
    (f"{STEP}\nu learned", 2, 1, "u is a state"),
    (f"{STEP} + k h f(u[n])\nh learned", 2, 1, "the step"),
    ("u[n+1] = u[n] + pi h f(u[n])", 1, 17, "write the number as a decimal"),
    (f"{STEP} + h k(u[n]) + h k f(u[n])", 1, 31, "for a product write|no parameter|alone"),
    (f"{STEP} = 3", 1, 27, "second '='"),
    ("h f(u[n])", 1, 1, "no '='"),
    ("h f(u[n]) = 3\nu[n+1] = u[n]", 1, 1, "no new value|cancels"),
    ("u[n+1] = u[n]", 1, 14, "no field"),
    ("u[n+1] = 2 u[n] + h f(u[n])", 1, 1, "moves even"),
    ("u[n+1] = 3", 1, 1, "added to the number 3"),
    ("u[n+1] = u[n+1] + u[n] + h f(u[n])", 1, 1, "cancels"),
    ("u[n+1] = u[n] + h f(u[n])/(1 - 1)", 1, 26, "divides by zero"),
    ("u[n+1] = u[n] + 0^-1 h f(u[n])", 1, 18, "divides by zero"),
    ("u[n+1] = u[n] + h 2 f(u[n])", 1, 19, "the number 2"),
    ("u[n+1] = u[n] + sqrt(k) h f(u[n])", 1, 17, "sqrt"),
    ("u[n+1] = u[n] + sqrt(-2) h f(u[n])", 1, 17, "sqrt"),
    ("u[n+1] = u[n] + n h f(u[n])", 1, 17, "another name than n"),
    ("u[n+1] = u[n] + if h f(u[n])", 1, 17, "cannot be a name|expected"),
    ("u[m+1] = u[n]", 1, 1, "no step"),
    (f"{STEP}\nk learned", 2, 1, "declared and not read"),
    (f"{STEP} + k h f(u[n])\nk learned from 2 in -1..1", 2, 1, "not inside"),
    (f"{STEP} + k h f(u[n])\nk learned in 1", 2, 15, "low..high"),
    (f"{STEP} + k h f(u[n])\nk learned per sample", 2, 1, "sample"),
    (f"{STEP} + k h f(u[n])\nk ~ Gauss(0, 1)", 2, 5, "no distribution"),
    (f"{STEP} + k h f(u[n])\nk ~ Bernoulli(2)", 2, 5, "probability"),
    (f"{STEP} + k h f(u[n])\nk ~ Bernoulli(1, 1)", 2, 5, "2 arguments"),
    (f"{STEP} + k h f(u[n])\nk ~ Bernoulli(u[n])", 2, 15, "no number"),
    (f"{STEP} + k h f(u[n])\nk random", 2, 3, "no kind"),
    (f"{STEP} + x {'9' * 61} h f(u[n])", 1, 31, "more than 60 digits"),
    (f"{STEP} + 1e41 h f(u[n])", 1, 29, "beyond 40"),
    ("u[n+1] = u[n] + 9^9^9 h f(u[n])", 1, 18, "exponent"),
    ("u[n+1] = u[n] + 2^41 h f(u[n])", 1, 18, "exponent"),
    ("u[n+1] = u[n] + 2^(1/2) h f(u[n])", 1, 18, "exponent"),
    ("u[n+1] = u[n] + 2^k h f(u[n])", 1, 18, "exponent"),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), WRONG)
def test_a_wrong_formula_is_a_sentence_with_its_place(text, line, column, words):
    with pytest.raises(FormulaError, match=words) as caught:
        parse(text)
    error = caught.value
    assert (error.line, error.column) == (line, column)
    assert str(error) == f"formula, line {line}, column {column}: {error.sentence}" and "\n" not in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.line, again.column) == (str(error), line, column)


START = "u[n+1] = u[n] + "
HEAVY = {
    "open brackets": START + "(" * 15_000,
    "a hundred brackets and one": START + "(" * 101 + "1" + ")" * 101 + " h f(u[n])",
    "calls in calls": START + "h f(" * 3000,
    "exponents": START + "2^" * 9000 + "2 h f(u[n])",
    "20,001 characters": "a" * 20_001,
    "a long name": "a" * 41,
    "many stages": START + "+".join(f"h f({i} u[n])" for i in range(1, 102)),
    "far back": STEP + " + u[n-65]",
    "farther back": STEP + " + u[n-99999]",
    "many parameters": START + " ".join(f"k{i}" for i in range(65)) + " h f(u[n])",
    "a wide product": START + " ".join(f"(1+k{i})" for i in range(60)) + " h f(u[n])",
    "a high product": START + "(1+k)" * 3000 + " h f(u[n])",
    "a wide power": START + "(a + b + c + d + e + f1 + g)^40 h f(u[n])",
    "quotients": START + " + ".join(f"1/(1+k{i}) h f(u[n])" for i in range(60)),
    "long fractions": START + " + ".join(f"1/{10**59 + 2 * i + 1} h f(u[n])" for i in range(200)),
    "a long power": START + "9" * 60 + "^40^2 h f(u[n])",
    "dense": "\n".join(
        f"v{i}[n+1] = h f(u[n]) + " + "+".join(f"k{8 * i + j} v{j}[n]" for j in range(8)) for i in range(8)
    ) + "\nu[n+1] = 2 u[n]",
}  # fmt: skip


@pytest.mark.parametrize("name", HEAVY)
def test_heavy_formulas_are_refused_in_bounded_work(name):
    with pytest.raises(FormulaError):
        parse(HEAVY[name])


def test_long_but_plain_formulas_are_read():
    assert parse(START + "-" * 10_000 + " h f(u[n])").stages == 1
    assert parse(START + "+".join(["h f(u[n])"] * 1500)).B == ((1500,),)
    assert parse(START + "(" * 99 + "h f(u[n])" + ")" * 99).stages == 1
    assert parse("u[n+1] = (1 - " + " - ".join(f"k{i}" for i in range(30)) + ") u[n] + h f(u[n])"
                 + "".join(f" + k{i} u[n-{i + 1}]" for i in range(30))).history == 30  # fmt: skip


def test_roots_that_cancel_need_more_digits():
    with pytest.raises(FormulaError, match="digits"):
        parse("u[n+1] = u[n] + (sqrt(2)*10^30 - 1414213562373095048801688724209)*10^30 h f(u[n])")


WORDS = """u[n+1] u[n] u[n-1] v[n] v[n+1] u[n+2] hf[n] hf[n-1] f[n] u_n u_{n+1} f( g( h k lam eta λ F1 Y2 u n if
    = = + - * / ^ ** ² ( ) sqrt( 1/2 3 0.25 0 1e30 ; , ~ .. $ [ ] { } learned chosen in per from step"""
PIECES = (*WORDS.split(), "Bernoulli(", "Uniform(0,1)", "h f(u[n])", "h f(u[n+1])", START, STEP, STEP, " ", "\n")


def survives(text):
    """Whether it is a scheme; if not, it must be one sentence with a place in the text."""
    try:
        made = parse(text)
    except FormulaError as error:
        rows = text.split("\n")
        assert 1 <= error.line <= len(rows) and 1 <= error.column <= len(rows[error.line - 1]) + 1, (text, error)
        return False
    assert formula_lines(made)
    return True


@pytest.mark.parametrize("count", [1500, pytest.param(20_000, marks=pytest.mark.slow)])
def test_random_pieces_are_schemes_or_sentences(count):
    draw = random.Random(count)
    good = 0
    for i in range(count):
        blank = " " * (i % 2)
        good += survives(STEP * (i % 3 == 0) + blank + blank.join(draw.choices(PIECES, k=draw.randint(1, 20))))
    assert good


@given(st.text(max_size=60))
def test_any_text_is_a_scheme_or_a_sentence(text):
    survives(text)


@given(st.integers(0, len(STEP)), st.characters(), st.booleans())
def test_a_formula_with_one_character_changed_is_a_scheme_or_a_sentence(i, character, put_in):
    survives(STEP[:i] + character + STEP[i + (not put_in) :])


def test_a_deep_caller_gets_a_sentence_too():
    def deep(calls):
        return deep(calls - 1) if calls else parse(START + "(" * 99 + "h f(u[n])" + ")" * 99)

    with pytest.raises(FormulaError, match="deep"):
        deep(600)


def test_it_is_the_package_s_exception():
    assert issubclass(FormulaError, SchemeError)
