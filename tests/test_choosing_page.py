"""docs/choosing.md: its tables are the certificates, its commands find what stands below them, its code prints that."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import fields
from fractions import Fraction
from math import floor, log2, sqrt
from pathlib import Path
from typing import Any

import pytest

from analysis import Certificate, find, modified_equation, zero_stability
from analysis.certificates import Fact, cell
from analysis.phrases import tidy
from analysis.remembered import recall
from analysis.trees import from_key, sigma
from odenets.cli import main
from odenets.cli.common import console
from odenets.cli.schemes import named
from schemes import Scheme, get, names, unroll

PAGE = (Path(__file__).parent.parent / "docs" / "choosing.md").read_text()
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
FACTS: dict[str, tuple[str, Fact]] = {
    f.metadata["fact"].label: (f.name, f.metadata["fact"]) for f in fields(Certificate) if "fact" in f.metadata
}
OTHERS: dict[str, Callable[[Scheme], str]] = {
    "stages": lambda scheme: str(scheme.stages),
    "smallest root": lambda scheme: tidy(smallest_root(scheme)),
}


def smallest_root(scheme: Scheme) -> Any:
    roots: list[Any] = [abs(root.value) for root in zero_stability(scheme).roots]
    return min(roots)


# ---- tables --------------------------------------------------------------------------------------------------------


def table(section: str) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The headers behind the first, and of each row the first cell and the others."""
    lines = [line.strip("|").split("|") for line in SECTIONS[section].splitlines() if line.startswith("| ")]
    (_, *headers), *rows = [[x.strip() for x in line] for line in lines]
    return headers, [(first, cells) for first, *cells in rows]


def meant(label: str) -> Scheme:
    """The scheme of a row: `euler`, `lm2:k=-1/2`, `unroll(gauss, 3)`; in parentheses for comparison."""
    label = label.removeprefix("(`").removesuffix("`)").strip("`")
    if match := re.fullmatch(r"unroll\((\w+), (\d+)\)", label):
        return unroll(get(match[1]), int(match[2]))
    name, _, pairs = label.partition(":")
    return named(name, pairs.split(",") if pairs else [], f"{name}:")[1]


def computed(scheme: Scheme, header: str) -> str:
    if header in OTHERS:
        return OTHERS[header](scheme)
    name, about = FACTS[header]
    return rounded(cell(about, recall(scheme, [name])[name]))


def rounded(text: str) -> str:
    """Decimals, and fractions too long to read, to four digits."""
    return re.sub(r"-?\d+(?:/\d{5,}|\.\d+(?:e-?\d+)?)", lambda match: f"{float(Fraction(match[0])):.4g}", text)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_cell_is_the_certificates(section: str) -> None:
    headers, rows = table(section)
    assert len(rows) >= 5
    for label, cells in rows:
        scheme = meant(label)
        assert (label, cells) == (label, [computed(scheme, header) for header in headers])


# ---- commands ------------------------------------------------------------------------------------------------------


def listed(out: str) -> list[str]:
    """The first column of what `odenets schemes` prints."""
    return re.findall(r"^ (\w+) ", out, re.MULTILINE)[1:]


@pytest.mark.parametrize("section", SECTIONS)
def test_commands_find_the_rows_below_them_but_those_in_parentheses(
    section: str, capsys: pytest.CaptureFixture[str]
) -> None:
    console.cache_clear()  # consoles hold on to the streams of the test before
    found: set[str] = set()
    commands = re.findall(r"^    odenets (.+)$", SECTIONS[section], re.MULTILINE)
    assert commands
    for command in commands:
        main(shlex.split(command))
        found |= set(listed(capsys.readouterr().out))
    for label, _ in table(section)[1]:
        assert (label.strip("(`)").partition(":")[0] in found) == label.startswith("`"), label


def test_the_call_in_python_finds_what_its_command_finds(capsys: pytest.CaptureFixture[str]) -> None:
    (call,) = re.findall(r"`analysis\.(find\(.+?\))`", " ".join(PAGE.split()))
    console.cache_clear()
    main(shlex.split("schemes --order 4 --explicit --max-stages 6 --real-interval 5 --sort error-constant"))
    assert [scheme.name for scheme in eval(call, {"find": find})] == listed(capsys.readouterr().out)


# ---- words ---------------------------------------------------------------------------------------------------------


def test_schemes_in_the_text_are_in_the_registry() -> None:
    mentioned = set(re.findall(r"`(\w+)`", PAGE))
    assert len(mentioned) > 40
    assert mentioned <= set(names())


def norm(name: str, order: int) -> float:
    """The 2-norm of the terms of h^order by which the scheme's modified equation differs from u' = f."""
    terms = modified_equation(get(name), order)
    return sqrt(sum(float(b / sigma(from_key(t))) ** 2 for t, b in terms.items() if len(t) == order))


def steps_back(label: str) -> int:
    """Steps that can be undone until the smallest root has brought the rounding error of float32 up to 1."""
    return floor(24 / log2(1 / smallest_root(meant(label))))


def known(name: str, fact: str) -> Any:
    return recall(get(name), [fact])[fact]


def ssp(name: str) -> Any:
    return known(name, "ssp_coefficient") / Fraction(get(name).stages)


PHRASES: dict[str, Callable[[], tuple[Any, ...]]] = {  # numbers that stand in no table
    "betters by {:.0f} % only": lambda: (100 * (1 - norm("kuntzmann4", 5) / norm("rk4_classic", 5)),),
    "the next one, {:.2g} h^6, is not, so for all h above {:.1g} it": lambda: (
        norm("shanks5_five_stages", 6),
        norm("shanks5_five_stages", 5) / norm("shanks5_five_stages", 6),
    ),
    "after {} steps of `momentum`, {} of `lm2:k=-1/2`, {} of `zerosnet`": lambda: (
        *map(steps_back, ("momentum", "lm2:k=-1/2", "zerosnet")),
    ),
    "of each field than `forest_ruth`, 1/{:.0f} of its error": lambda: (
        known("forest_ruth", "principal_error_norm") / known("pefrl", "principal_error_norm"),
    ),
    "C is {} and {} for each stage, nearest to Euler's {} is `ssprk2` with {}": lambda: (
        *map(ssp, ("ssprk43", "ssprk104", "euler", "ssprk2")),
    ),
}


@pytest.mark.parametrize("phrase", PHRASES)
def test_numbers_in_the_text_are_computed(phrase: str) -> None:
    assert phrase.format(*PHRASES[phrase]()) in " ".join(PAGE.split())
