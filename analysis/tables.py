"""Certificates side by side: as rows of a registry's table, in Markdown, and claims against what is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from analysis.certificates import Certificate, Unknown, cell, certificate
from analysis.phrases import number
from schemes import Scheme, entries, get

Certify = Callable[[Scheme], Certificate]

ACCURACY = (
    "order", "effective_order", "stage_order", "embedded_order", "effective_step", "error_constant",
    "principal_error_norm", "dissipation_order", "dispersion_order", "symplectic_order", "symmetric_order",
    "energy_order",
)  # fmt: skip
STABILITY = (
    "zero_stability", "real_interval", "imaginary_interval", "a_alpha", "l_stable", "ssp_coefficient", "reversal",
    "first_same_as_last", "evaluations", "registers",
)  # fmt: skip


def rows(schemes: Iterable[Scheme], facts: Sequence[str], certify: Certify = certificate) -> list[list[str]]:
    """A header, then a row a scheme; a cell without an answer is "–". `certify` may be `recalled`, from the cache."""
    found = [certify(scheme) for scheme in schemes]
    if not found:
        return [["", *facts]]
    labels = {name: about.label for name, about, _ in found[0].answers()}
    body = [
        [one.name, *(cells[name] for name in facts)]
        for one in found
        for cells in [{name: cell(about, x) for name, about, x in one.answers()}]
    ]
    return [["", *(labels[name] for name in facts)], *body]


def columns(schemes: Iterable[Scheme], certify: Certify = certificate) -> list[list[str]]:
    """The same transposed, with all facts that have a label and that some scheme answers: for a comparison."""
    schemes = list(schemes)
    facts = [name for name, about, _ in certify(schemes[0]).answers() if about.label]
    turned = [list(row) for row in zip(*rows(schemes, facts, certify), strict=True)]
    return [turned[0], *(row for row in turned[1:] if any(x != "–" for x in row[1:]))]


def markdown(table: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; a bar inside a cell is escaped."""
    head, *body = [[str(x).replace("|", "\\|") for x in row] for row in table]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *body])


def registry_page(certify: Certify = certificate) -> str:
    """docs/certificates.md: the certificates of the whole registry."""
    schemes = [get(entry.name) for entry in entries()]
    certificates = dict(zip(schemes, map(certify, schemes), strict=True))
    accuracy, stability = (markdown(rows(schemes, facts, certificates.__getitem__)) for facts in (ACCURACY, STABILITY))
    return PAGE.format(count=len(schemes), accuracy=accuracy, stability=stability)


PAGE = """# Certificates

Computed from the {count} tables of the registry by `odenets certify --markdown`; no number here was typed. A dash: the
question has no answer for this scheme, or not before a free parameter is fixed. `odenets show NAME` gives the reason,
and the growth parameters of parasitic roots, R(z) and the modified equation; `--json` the terms of the principal error.

## Order, error, structure

Orders are exact, over all trees. *Effective order*: of the best conjugate scheme. *Principal error*: the 2-norm of the
error coefficients of order p + 1. *Error constant*: C of exp(z) - C z^(p+1). All with respect to the effective step.

{accuracy}

## Stability, running

Intervals of z = hλ on which the powers of the stability matrix are bounded, ends exact, then 12 digits. α in degrees.
SSP coefficient in steps h of forward Euler. *Undone*: how the step before is found from the states after it.
*Registers*: vectors that must be kept between two evaluations.

{stability}
"""


# ---- claims --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Claim:
    """What the registry says of an entry, and what is computed."""

    name: str
    fact: str
    claimed: Any
    computed: Any

    @property
    def text(self) -> str:
        if self.computed is None:
            return "nothing: the question does not arise"
        return self.computed.reason if isinstance(self.computed, Unknown) else number(self.computed)

    @property
    def confirmed(self) -> bool:
        """Equal; a number typed with a point, to its digits."""
        if isinstance(self.computed, Unknown) or self.computed is None:
            return False
        if isinstance(self.claimed, float) and isfinite(self.claimed):
            digits = len(repr(self.claimed).partition(".")[2])
            off = abs(float(self.computed) - self.claimed)
            return off <= max(0.5000001 * 10.0**-digits, 1e-8 * abs(self.claimed))  # a rounded table has fewer digits
        return bool(self.computed == self.claimed)


def claims(certify: Certify = certificate) -> list[Claim]:
    """All claims that are typed in the registry."""
    found = {entry.name: certify(get(entry.name)) for entry in entries() if entry.claims}
    return [
        Claim(entry.name, fact, claimed, getattr(found[entry.name], fact))
        for entry in entries()
        for fact, claimed in entry.claims.items()
    ]
